"""Members of an archive, streamed: nothing is unpacked that was not asked for, and nothing without a bound.

Of ``tarfile`` only the parser of one 512-byte header is used: its reader stops without a word at a damaged
header and believes the sizes that extended headers claim.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from grader.intake.members import CHUNK, MB, Kind, Member
from grader.intake.names import Refusal, shown

MAX_ARCHIVE_BYTES = 256 * MB
MAX_UNPACKED_BYTES = 512 * MB  # all that is inflated, junk included
MAX_EXTENDED_HEADER = 64 * 1024  # room for a long name, not for a bomb
MAX_ZIP_DIRECTORY = 4 * MB
_SIZE_DIGITS = 19  # more than any file has, and few enough for int(), which raises beyond some thousands
_BLOCK = 512
_NOT_AN_ARCHIVE = "is not an archive that ladder reads (.tar.gz, .tgz, .tar or .zip)"
_CUT_SHORT = "is cut short or damaged"


def members(file: BinaryIO) -> Iterator[Member]:
    """The members of an open archive, recognised by its first bytes; Refusal where it cannot be read."""
    file.seek(0, io.SEEK_END)
    if file.tell() > MAX_ARCHIVE_BYTES:
        raise Refusal(f"is larger than {MAX_ARCHIVE_BYTES // MB} MB; `ladder pack` makes a small one")
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    if not magic:
        raise Refusal("is empty")
    if magic[:2] == b"\x1f\x8b":
        return _tar(_Stream(gzip.GzipFile(fileobj=file)))
    if magic[:2] == b"PK":
        return _zip(file)
    return _tar(_Stream(file))


class _Stream:
    """Reads forward only, counts what is inflated and stops at the bound."""

    def __init__(self, file: BinaryIO | gzip.GzipFile) -> None:
        self._file = file
        self._total = 0

    def some(self, size: int) -> bytes:
        """Up to ``size`` bytes; empty at the end."""
        try:
            data = self._file.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile, OSError):
            raise Refusal(_CUT_SHORT) from None
        self._total += len(data)
        if self._total > MAX_UNPACKED_BYTES:
            raise Refusal(f"unpacks to more than {MAX_UNPACKED_BYTES // MB} MB")
        return data

    def exactly(self, size: int) -> bytes:
        """``size`` bytes, a small number; Refusal if there are fewer."""
        data = b""
        while len(data) < size:
            piece = self.some(size - len(data))
            if not piece:
                raise Refusal(_CUT_SHORT)
            data += piece
        return data

    def finish(self) -> None:
        """Read what stands after the end mark (a little padding), so that a gzip checksum is checked."""
        left = 4 * MB
        while piece := self.some(CHUNK):
            left -= len(piece)
            if left < 0:
                raise Refusal("goes on long after its end")


class _Body:
    """A tar member's bytes; whatever was not asked for is skipped, so that the next header is found."""

    def __init__(self, stream: _Stream, size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % _BLOCK

    def chunks(self) -> Iterator[bytes]:
        while self._left:
            piece = self._stream.some(min(CHUNK, self._left))
            if not piece:
                raise Refusal(_CUT_SHORT)
            self._left -= len(piece)
            yield piece

    def skip(self) -> None:
        for _ in self.chunks():
            pass
        self._stream.exactly(self._padding)


_TAR_KINDS = {
    **dict.fromkeys((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE), Kind.FILE),
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARDLINK,
    **dict.fromkeys((tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE), Kind.SPECIAL),
}

_EXTENSIONS = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE)


def _tar(stream: _Stream) -> Iterator[Member]:
    extended: dict[str, str] = {}  # what the headers before a member say about it
    for number in range(2**31):
        try:
            block = stream.exactly(_BLOCK)
        except Refusal as refusal:
            # too little for one header: no archive, or one that was cut short at once
            raise refusal if number else Refusal(_NOT_AN_ARCHIVE + ", or cut short") from None
        if not block.strip(b"\0"):
            stream.finish()
            return
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.TarError, ValueError):
            raise Refusal(_CUT_SHORT if number else _NOT_AN_ARCHIVE) from None
        if header.type in _EXTENSIONS:
            _extend(extended, header.type, _extended_header(stream, header.size))
            continue
        kind = _TAR_KINDS.get(header.type)
        if kind is None or any(key.startswith("GNU.sparse") for key in extended):
            raise Refusal(f"holds {shown(header.name)}, a kind of member that no workspace needs")
        size = header.size if kind is Kind.FILE else 0
        if kind is Kind.FILE and "size" in extended:
            size = _size(extended["size"])
        if size < 0:
            raise Refusal(_CUT_SHORT)
        body = _Body(stream, size)
        yield Member(
            extended.get("path", header.name),
            kind,
            extended.get("linkpath", header.linkname),
            bool(header.mode & 0o100),
            body.chunks,
        )
        body.skip()
        extended.clear()


def _size(digits: str) -> int:
    """The size that an extended header claims; negative if no file can have it."""
    return int(digits) if len(digits) <= _SIZE_DIGITS and digits.isdecimal() else -1


def _extended_header(stream: _Stream, size: int) -> bytes:
    if not 0 <= size <= MAX_EXTENDED_HEADER:
        raise Refusal("holds an extended header that is larger than any name needs")
    data = stream.exactly(size)
    stream.exactly(-size % _BLOCK)
    return data


def _extend(extended: dict[str, str], kind: bytes, data: bytes) -> None:
    if kind == tarfile.GNUTYPE_LONGNAME:
        extended["path"] = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
    elif kind == tarfile.GNUTYPE_LONGLINK:
        extended["linkpath"] = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
    elif kind == tarfile.XHDTYPE:
        extended.update(_pax_records(data))
    # a global header (`git archive` writes one) says nothing about a name


def _pax_records(data: bytes) -> Iterator[tuple[str, str]]:
    """``LENGTH KEY=VALUE\\n`` records, where LENGTH counts the whole record."""
    while data:
        digits, space, _ = data.partition(b" ")
        length = int(digits) if digits.isdigit() and len(digits) < 7 else 0
        record = data[len(digits) + 1 : length]
        if not space or length > len(data) or not record.endswith(b"\n") or b"=" not in record:
            raise Refusal(_CUT_SHORT)
        key, _, value = record[:-1].partition(b"=")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "surrogateescape")
        data = data[length:]


class _ShortReads(io.RawIOBase):
    """The archive's file for ``zipfile``, which reads a directory of any claimed size in one go."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_ZIP_DIRECTORY:
            raise Refusal("lists more members than a workspace needs")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


@contextlib.contextmanager
def _zip_faults() -> Iterator[None]:
    """All that ``zipfile`` says about bytes it cannot read, as the one thing a learner needs to know."""
    try:
        yield
    except UnicodeDecodeError:
        raise Refusal("holds a name that is not UTF-8") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error):
        raise Refusal(_CUT_SHORT) from None


def _zip(file: BinaryIO) -> Iterator[Member]:
    with _zip_faults():
        archive = zipfile.ZipFile(_ShortReads(file), metadata_encoding="utf-8")
    for info in archive.infolist():
        with _zip_faults():
            member = _zip_member(archive, info)
        yield member


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = info.filename.replace("\\", "/")  # some Windows tools write it so
    mode = info.external_attr >> 16
    if info.flag_bits & 0x1:
        raise Refusal(f"is locked with a password ({shown(name)})")

    def chunks() -> Iterator[bytes]:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal(f"packs {shown(name)} by a method other than deflate")
        # Opened outside the loop: a fault must be told where it happens, not thrown into whoever reads.
        with _zip_faults():
            body = archive.open(info)
        while True:
            with _zip_faults():
                piece = body.read(CHUNK)
            if not piece:
                return
            yield piece

    if name.endswith("/"):
        return Member(name, Kind.FOLDER)
    if stat.S_ISLNK(mode):
        target = b"".join(chunks()) if info.file_size <= 4096 else b"/"
        return Member(name, Kind.SYMLINK, target.decode("utf-8", "surrogateescape"))
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Member(name, Kind.SPECIAL)
    return Member(name, Kind.FILE, executable=bool(mode & 0o100), chunks=chunks)
