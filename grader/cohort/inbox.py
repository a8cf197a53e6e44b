"""An inbox of submissions: INBOX/<learner>/<level>.tar.gz, or a folder in its place."""

from __future__ import annotations

from pathlib import Path

from grader.cohort.local import Item
from grader.errors import InputError

_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")


def items_in(inbox: Path) -> list[Item]:
    """Every submission in the inbox, by learner and name; the learner is the folder's name, nothing else.

    InputError if there is no such folder or nothing in it.
    """
    if not inbox.is_dir():
        raise InputError(f"{inbox}: there is no such folder")
    items = [
        Item(path, learner.name)
        for learner in sorted(inbox.iterdir())
        if learner.is_dir() and not learner.is_symlink() and not learner.name.startswith(".")
        for path in sorted(learner.iterdir())
        if not path.is_symlink() and not path.name.startswith(".") and (path.is_dir() or path.name.endswith(_ARCHIVES))
    ]
    if not items:
        raise InputError(f"{inbox}: holds no submission; expected {inbox}/<learner>/<level>.tar.gz")
    return items
