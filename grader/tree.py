"""A folder held in memory: relative POSIX paths to bytes, with a digest. What a submission is after intake."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Tree:
    """Files by relative POSIX path; ``executable`` names those with the x bit. Folders exist by their files."""

    files: Mapping[str, bytes]
    executable: frozenset[str] = field(default=frozenset())

    @property
    def digest(self) -> str:
        """``sha256:…`` over paths, x bits and contents; order and file times do not matter."""
        hasher = hashlib.sha256()
        for path in sorted(self.files):
            data = self.files[path]
            hasher.update(f"{path}\0{int(path in self.executable)}\0{len(data)}\0".encode())
            hasher.update(data)
        return "sha256:" + hasher.hexdigest()

    def under(self, folder: str) -> Tree:
        """The sub-tree below ``folder``, with paths relative to it; empty if there is none."""
        prefix = folder.rstrip("/") + "/"
        return Tree(
            {path[len(prefix) :]: data for path, data in self.files.items() if path.startswith(prefix)},
            frozenset(path[len(prefix) :] for path in self.executable if path.startswith(prefix)),
        )

    def placed(self, folder: str) -> Tree:
        """The same files moved below ``folder``."""
        prefix = folder.rstrip("/") + "/"
        return Tree(
            {prefix + path: data for path, data in self.files.items()},
            frozenset(prefix + path for path in self.executable),
        )

    def laid_over(self, base: Tree) -> Tree:
        """``base`` with this tree's files in place of its own where both have one."""
        return Tree({**base.files, **self.files}, (base.executable - self.files.keys()) | self.executable)

    def without(self, *folders: str) -> Tree:
        """The tree less everything below the given folders."""
        prefixes = tuple(folder.rstrip("/") + "/" for folder in folders)
        kept = {path: data for path, data in self.files.items() if not path.startswith(prefixes)}
        return Tree(kept, self.executable & kept.keys())

    def write(self, folder: Path) -> None:
        """Write every file below ``folder`` (ours, not shared with learner code)."""
        for path, data in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            if path in self.executable:
                target.chmod(0o755)

    @classmethod
    def read(cls, folder: Path, *, skip: frozenset[str] = frozenset()) -> Tree:
        """Read a folder of ours: regular files, no links followed; ``skip`` names parts of paths to leave out."""
        files: dict[str, bytes] = {}
        executable = set()
        for file in _walk(folder):
            path = file.relative_to(folder).as_posix()
            if skip.isdisjoint(PurePosixPath(path).parts):
                files[path] = file.read_bytes()
                if file.stat().st_mode & 0o100:
                    executable.add(path)
        return cls(files, frozenset(executable))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.is_file():
            yield entry
