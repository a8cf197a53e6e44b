"""The worker's files: written when the submission arrives, read back for the judge. All below one folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

_LARGEST = 64 * 1024 * 1024  # bytes of one file that is read back


def put(root: Path, contents: Mapping[str, bytes], executable: Sequence[str]) -> None:
    for path, data in contents.items():
        write(root, path, data)
    for path in executable:
        (root / path).chmod(0o755)


def read(root: Path, path: str) -> bytes:
    target = root / path
    if not target.exists():
        raise FileNotFoundError(path)
    if target.stat().st_size > _LARGEST:
        raise OSError(f"{path} is larger than {_LARGEST >> 20} MiB")
    return target.read_bytes()


def exists(root: Path, path: str) -> bool:
    return (root / path).exists()


def listing(root: Path, pattern: str) -> list[str]:
    return sorted(found.relative_to(root).as_posix() for found in root.glob(pattern) if found.is_file())


def write(root: Path, path: str, data: bytes) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def remove(root: Path, path: str) -> None:
    (root / path).unlink()
