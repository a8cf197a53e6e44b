"""Stamps of folders: what was read from a folder may be kept for as long as its stamp is the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

# A file that is written twice in quick succession may keep its times and its size: what is this young is read again.
_YOUNG_NS = 2_000_000_000
_MOST = 32  # things kept at once, of each kind
T = TypeVar("T")
Stamp = tuple[tuple[str, int, int, int, int], ...]


def stamp_of(folder: Path, skip: frozenset[str] = frozenset()) -> Stamp | None:
    """Path, inode, size and times of every file below ``folder``; None if one was changed a moment ago.

    ``skip`` names parts of paths to leave out. OSError if the folder, or something in it, cannot be looked at.
    """
    found: list[tuple[str, int, int, int, int]] = []
    waiting = [str(folder)]
    newest = 0
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name in skip:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                about = entry.stat(follow_symlinks=False)
                found.append((entry.path, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
                newest = max(newest, about.st_mtime_ns, about.st_ctime_ns)
    return None if newest > time.time_ns() - _YOUNG_NS else tuple(sorted(found))


class Kept(Generic[T]):
    """What was last made of some folders, by a key; made anew when a stamp differs. Thread-safe.

    The stamp is taken first: what changes while it is read is read again the next time.
    """

    def __init__(self, skip: frozenset[str] = frozenset()) -> None:
        self._skip = skip
        self._made: dict[Hashable, tuple[list[Stamp], T]] = {}

    def of(self, key: Hashable, folders: tuple[Path, ...], make: Callable[[], T]) -> T:
        """The kept one if every folder is as it was, else what ``make`` returns now."""
        stamps = []
        for folder in folders:
            stamp = stamp_of(folder, self._skip) if folder.is_dir() else ()
            if stamp is None:
                return make()
            stamps.append(stamp)
        kept = self._made.get(key)
        if kept is None or kept[0] != stamps:
            kept = (stamps, make())
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = kept
        return kept[1]
