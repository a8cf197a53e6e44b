"""What a run's record says about where it came from."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

from delay_experiments.data import BadInput, file_of


def digest(folder: Path, months: list[int]) -> str:
    """The first 32 digits of the SHA-256 over the months' files, in rising order of month."""
    return sha256(b"".join(file_of(folder, month).read_bytes() for month in sorted(months))).hexdigest()[:32]


def git_state(folder: Path) -> tuple[str, bool]:
    """The commit that is checked out, and whether the files that git follows differ from it."""
    found = subprocess.run(["git", "log", "-1", "--format=%H"], cwd=folder, capture_output=True, text=True)
    if found.returncode:
        raise BadInput(f"{folder}: not in a git repository with a commit")
    subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=folder, capture_output=True)
    changed = subprocess.run(["git", "diff-index", "--quiet", "HEAD", "--"], cwd=folder).returncode
    return found.stdout.strip(), changed != 0
