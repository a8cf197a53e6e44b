"""Where a cohort's submissions and results are kept: a folder or any place that fsspec reaches.

``URL/submissions/<sha256>``   an archive, by its own digest
``URL/results/<job digest>``   a scorecard, one JSON line
``URL/notes/<name>``           what a run writes down for the next

Everything is written whole or not at all, so whatever is there can be used, whenever a process was killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from grader.errors import GraderFault

_DIGEST = re.compile(r"[0-9a-f]{64}")


class StoreFault(GraderFault):
    """The store cannot be read or written: the disk is full, the network is gone, a file is damaged."""


class Damaged(StoreFault):
    """One submission is not in the store, or not as it was put there; the others may well be."""


class Store:
    """One cohort's store. Thread-safe, and safe between processes: equal names always hold equal bytes, but for notes.

    ``url`` is a path or an fsspec URL; it is made where it is not there. Every method raises StoreFault, in one line.
    """

    def __init__(self, url: str) -> None:
        self.url = url if "://" in url else str(Path(url).absolute())
        try:
            self._files, self._root = url_to_fs(self.url)
        except (ValueError, ImportError, OSError) as error:
            raise StoreFault(f"store {self.url}: cannot be used: {error}") from None

    def put(self, data: bytes) -> str:
        """Keep a submission; the sha256 it is found by, 64 hex digits."""
        digest = hashlib.sha256(data).hexdigest()
        name = f"submissions/{digest}"
        if self._read(name) != data:
            self._write(name, data)
        return digest

    def get(self, digest: str) -> bytes:
        """A submission by its sha256, which is looked at again."""
        name = f"submissions/{_checked(digest)}"
        data = self._read(name)
        if data is None:
            raise Damaged(f"store {self.url}: {name} is not there")
        if hashlib.sha256(data).hexdigest() != digest:
            raise Damaged(f"store {self.url}: {name} is damaged: its bytes are not those that were put there")
        return data

    def result(self, job: str) -> str | None:
        """The result that was kept for a job's digest, or None."""
        data = self._read(f"results/{_checked(job)}")
        return None if data is None else data.decode("utf-8", "replace")

    def put_result(self, job: str, line: str) -> None:
        """Keep a job's result."""
        self._write(f"results/{_checked(job)}", line.encode())

    def note(self, name: str) -> str | None:
        """What was noted under a name, or None."""
        data = self._read(f"notes/{name}")
        return None if data is None else data.decode("utf-8", "replace")

    def put_note(self, name: str, text: str) -> None:
        """Note something; it replaces what was there."""
        self._write(f"notes/{name}", text.encode())

    def drop_note(self, name: str) -> None:
        """Forget a note, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            try:
                self._files.rm_file(self._path(f"notes/{name}"))
            except FileNotFoundError:
                raise
            except OSError as error:
                raise self._fault(f"notes/{name}", error) from None

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _read(self, name: str) -> bytes | None:
        try:
            data = self._files.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._fault(name, error) from None
        return bytes(data)

    def _write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            if isinstance(self._files, LocalFileSystem):
                _replace(Path(path), data)
                return
            # Written beside its place first: not every kind of store writes a file whole.
            partial = f"{path}.{secrets.token_hex(8)}.part"
            try:
                self._files.pipe_file(partial, data)
                self._files.mv(partial, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    self._files.rm_file(partial)
                raise
        except OSError as error:
            raise self._fault(name, error) from None

    def _fault(self, name: str, error: OSError) -> StoreFault:
        return StoreFault(f"store {self.url}: {name}: {error.strerror or error}")


def _replace(path: Path, data: bytes) -> None:
    """Put a file in its place, on the disk before its name is: a power cut leaves the former file or this one."""
    handle, partial = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(partial).unlink()
        raise


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise StoreFault(f"{digest!r} is no digest")
    return digest
