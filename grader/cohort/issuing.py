"""Hands out workspaces under a cohort's key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.model import Level
from grader.seeds import Key
from grader.workspace.start import start


def issue(level: Level, names: Sequence[str], out: Path, key: Key) -> Iterator[str]:
    """Make OUT/<learner> for each name; yields each name as its workspace is there."""
    for name in names:
        start(level, out / name, name, key)
        yield name
