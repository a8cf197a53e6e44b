"""What a run's record says about where it came from."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from delay_experiments.data import BadInput, file_of


def digest(folder: Path, months: list[int]) -> str:
    """What the files of these months are, as 32 hexadecimal digits.

    The first 32 digits of the SHA-256 over the bytes of the files, one after the other, in rising order of month.
    Nothing else counts: not their names, not when they were written, not what else lies in ``folder``.
    """
    hasher = hashlib.sha256()
    for month in sorted(months):
        hasher.update(file_of(folder, month).read_bytes())
    return hasher.hexdigest()[:32]


def git_state(folder: Path) -> tuple[str, bool]:
    """The commit that is checked out in ``folder`` (40 hexadecimal digits), and whether the code differs from it.

    Only files that git follows count: data, results and notes that no commit holds change nothing. Raises BadInput
    when ``folder`` is in no git repository, or in one without a commit.
    """
    commit = _git(folder, "rev-parse", "HEAD").strip()
    return commit, bool(_git(folder, "status", "--porcelain").strip())


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise BadInput("git is not installed") from None
    if done.returncode != 0:
        raise BadInput(f"{folder}: no commit to name ({done.stderr.strip().splitlines()[0]})")
    return done.stdout
