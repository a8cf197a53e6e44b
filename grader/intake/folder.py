"""Members of a folder: no link is followed, and what is neither file nor folder is passed over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from grader.intake.members import CHUNK, Kind, Member
from grader.intake.names import MAX_DEPTH, Refusal, is_earlier_pack, is_junk, shown

# Between looking and opening, a file may have become a link or a pipe: neither is followed or waited for.
_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # not every system has all three
    _FLAGS |= getattr(os, _name, 0)


def members(top: Path) -> Iterator[Member]:
    """Every file below ``top`` by name; junk folders, and a workspace's own ``data``, are not entered."""
    skipped: set[tuple[str, ...]] = {("data",)} if (top / ".ladder.toml").is_file() else set()
    yield from _walk(top, (), skipped)


def _walk(folder: Path, parts: tuple[str, ...], skipped: set[tuple[str, ...]]) -> Iterator[Member]:
    if len(parts) > MAX_DEPTH:
        raise Refusal(f"is nested deeper than {MAX_DEPTH} folders: {shown('/'.join(parts))}")
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        raise _unreadable("/".join(parts) or ".", error) from None
    for entry in entries:
        here = (*parts, entry.name)
        if is_junk(here) or here in skipped or entry.is_symlink() or is_earlier_pack("/".join(here)):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield Member("/".join(here), Kind.FOLDER)
            yield from _walk(folder / entry.name, here, skipped)
        elif entry.is_file(follow_symlinks=False):
            yield _file(folder / entry.name, "/".join(here))


def _file(path: Path, name: str) -> Member:
    def chunks() -> Iterator[bytes]:
        try:
            with open(os.open(path, _FLAGS), "rb") as file:  # noqa: PTH123 - Path cannot open a descriptor
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Refusal(f"changed while it was read ({shown(name)})")
                while piece := file.read(CHUNK):
                    yield piece
        except OSError as error:
            raise _unreadable(name, error) from None

    try:
        mode = path.lstat().st_mode
    except OSError as error:
        raise _unreadable(name, error) from None
    return Member(name, Kind.FILE, executable=bool(mode & 0o100), chunks=chunks)


def _unreadable(name: str, error: OSError) -> Refusal:
    return Refusal(f"cannot be read at {shown(name)}: {error.strerror}")
