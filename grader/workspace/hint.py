"""``ladder hint``: one step of help at a time, remembered in the workspace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from grader.catalog import Hint, hints
from grader.errors import InputError
from grader.model import Check, Level

STATE_FILE = ".ladder-hints.json"


@dataclass(frozen=True)
class Given:
    """What a learner is told: ``step`` of ``steps``, what kind of help it is, and the text."""

    check: str  # exercise/name
    kind: str  # "hint", "read" or "notes"
    text: str
    step: int
    steps: int


def hint(level: Level, check_ref: str, state_dir: Path) -> Given:
    """The next help for a check: first hint, second hint, what to read, then the notes, which stay the last word.

    ``check_ref`` is ``level/exercise/check``, ``exercise/check``, or a name or title alone where one check has it.
    InputError if it names no check, more than one, or one without hints.
    """
    check = _find(level, check_ref)
    name = f"{check.exercise}/{check.name}"
    help_ = hints(level).get(name)
    if help_ is None:
        why = "" if check.hidden else ": it is a visible check, whose message says where to look"
        raise InputError(f"there are no hints for {name}{why}")
    steps = _steps(help_)
    taken = _taken(state_dir)
    step = min(taken.get(name, 0), len(steps) - 1)
    _remember(state_dir, taken | {name: step + 1})
    kind, text = steps[step]
    return Given(name, kind, text, step + 1, len(steps))


def _find(level: Level, check_ref: str) -> Check:
    found = [
        check
        for check in level.checks
        if check_ref in (check.id, f"{check.exercise}/{check.name}", check.name)
        or check_ref.strip(" .").casefold() == check.title.strip(" .").casefold()
    ]
    review = next((one for one in level.reviews if check_ref in (one.id, f"{one.exercise}/{one.id}")), None)
    if review is not None:
        asked = "; ".join(criterion.title for criterion in review.criteria)
        raise InputError(f"{review.id} is read by a mentor, who asks: {asked}")
    if not found:
        raise InputError(f"{level.id} has no check {check_ref!r}; `ladder levels --json` lists them all")
    if len(found) > 1:
        choices = ", ".join(f"{check.exercise}/{check.name}" for check in found)
        raise InputError(f"{check_ref!r} is the name of several checks; write one of: {choices}")
    return found[0]


def _steps(help_: Hint) -> list[tuple[str, str]]:
    steps = [("hint", text) for text in help_.hints]
    steps.append(("read", help_.read))
    if help_.notes:
        steps.append(("notes", "\n".join(help_.notes)))
    return steps


def _taken(state_dir: Path) -> dict[str, int]:
    """How many steps were taken by check. A file somebody spoilt costs no more than starting again."""
    try:
        state = json.loads((state_dir / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(state, dict):
        return {}
    return {name: count for name, count in state.items() if type(count) is int and count >= 0}


def _remember(state_dir: Path, taken: dict[str, int]) -> None:
    try:
        (state_dir / STATE_FILE).write_text(json.dumps(taken, indent=1, sort_keys=True), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{state_dir / STATE_FILE}: cannot be written: {error.strerror}") from None
