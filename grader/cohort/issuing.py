"""Hands out workspaces under a cohort's key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.errors import InputError
from grader.intake.label import FILE, Label
from grader.intake.names import Refusal
from grader.model import Level
from grader.seeds import Key
from grader.workspace.start import beside, start


def issue(level: Level, names: Sequence[str], out: Path, key: Key) -> Iterator[str]:
    """Make OUT/<learner> for each name; yields each name as its workspace is there.

    A workspace that is there already is left as it is, so that an issue that was cut off is made whole by the same
    command. InputError if something else is in its place.
    """
    for name in names:
        if not _is_there(level, out / name, name, key):
            _make(level, out / name, name, key)
        yield name


def _make(level: Level, folder: Path, name: str, key: Key) -> None:
    """A workspace, there whole or not at all."""
    with beside(folder, ".issuing-") as scratch:
        made = scratch / name
        start(level, made, name, key)
        try:
            made.rename(folder)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made into a workspace: {error.strerror}") from None


def _is_there(level: Level, folder: Path, name: str, key: Key) -> bool:
    """Whether the folder is the workspace that would be made."""
    try:
        found = Label.parse((folder / FILE).read_bytes())
    except (OSError, Refusal):
        return False
    return found == Label(level.id, name, key.id, key.seed_id(level.id, name))
