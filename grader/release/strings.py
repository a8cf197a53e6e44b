"""Strings that tell one text from every other, and finding many of them in a file at once.

Everything is compared in *normal form*: without blanks, line ends, quotes and backslashes. So a line is found again
however it was indented, quoted, or escaped inside the JSON of a notebook.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

# A shorter line may well be written twice: of the levels' own, none of 30 stands by chance where learners see it.
LONG_ENOUGH = 30
_CHUNK = 48
_LARGEST = 64 << 20  # bytes of an archive's arrays
_WINDOW = 24  # a string is looked for by its beginning
_VARIED = 6  # different bytes in a chunk at least; the empty pages of a database are all alike
_DROPPED = b" \t\r\n'\"`\\"
# How something is called is what an exercise tells; what is imported is known to everybody.
_INTERFACE = re.compile(rb"\s*(import\s|from\s+[\w.]+\s+import\b|(async\s+)?def\s|class\s|@)")


def normal(data: bytes) -> bytes:
    """``data`` in normal form."""
    return data.translate(None, _DROPPED)


def telling(text: str | bytes) -> frozenset[bytes]:
    """The telling lines of code or prose, in normal form; short lines count with the short ones that follow them.

    Imports and signatures tell nothing. Of a JSON document it is its texts that are read.
    """
    data = text.encode() if isinstance(text, str) else text
    found = set()
    together = b""
    for line in (_spoken(data) or data).splitlines():
        own = normal(line)
        if _INTERFACE.match(line):
            together = b""
        elif len(own) >= LONG_ENOUGH:
            found.add(own)
            together = b""
        else:
            together += own
            if len(together) >= LONG_ENOUGH:
                found.add(together)
                together = b""
    return frozenset(found)


def unpacked(path: str, data: bytes) -> bytes:
    """What a NumPy archive (``.npz``) holds: its arrays one by one, then its own bytes. Other files as they are.

    So is an archive with anything else in it, or with more than 64 MB.
    """
    if not path.endswith(".npz"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            plain = all(re.fullmatch(r"\w+\.npy", one.filename) and not one.comment for one in members)
            if plain and not archive.comment and sum(one.file_size for one in members) <= _LARGEST:
                return b"".join([*map(archive.read, members), data])  # something may lie between them
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError):
        pass
    return data


def chunks(data: bytes) -> frozenset[bytes]:
    """A data file, whatever its format, cut into pieces of 48 bytes of its normal form."""
    whole = normal(data)
    cut = (whole[start : start + _CHUNK] for start in range(0, len(whole), _CHUNK))
    return frozenset(piece for piece in cut if len(piece) >= LONG_ENOUGH and len(set(piece)) >= _VARIED)


class Finder:
    """Finds which of many strings (normal form, `LONG_ENOUGH`) are in a file; a content is read once only."""

    def __init__(self, strings: Iterable[bytes]) -> None:
        self._strings = frozenset(strings)
        self._lengths: dict[bytes, set[int]] = defaultdict(set)  # by beginning: data has many strings of one length
        for string in self._strings:
            self._lengths[string[:_WINDOW]].add(len(string))
        self._known: dict[bytes, frozenset[bytes]] = {}

    def found(self, data: bytes) -> frozenset[bytes]:
        """Those of the strings that are anywhere in the file."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._known:
            readings = (data, _spoken(data))
            self._known[digest] = frozenset().union(*(self._look(normal(reading)) for reading in readings))
        return self._known[digest]

    def _look(self, text: bytes) -> set[bytes]:
        lengths = self._lengths
        found: set[bytes] = set()
        for place in range(len(text) - _WINDOW + 1):
            window = text[place : place + _WINDOW]
            if window in lengths:
                found.update(text[place : place + length] for length in lengths[window])
        return found & self._strings


def _spoken(data: bytes) -> bytes:
    """What a JSON document says, without its escapes and the punctuation between a notebook's lines."""
    if data.lstrip()[:1] not in (b"{", b"["):
        return b""
    try:
        return "\n".join(_texts(json.loads(data))).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return b""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):  # a document's keys say what it is, not what it says
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
