"""Grades many submissions on this machine, several at once; one bad archive never stops the others."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader import catalog, intake
from grader.errors import GraderFault, InputError, LadderError
from grader.grading import Grader, Progress
from grader.model import Scorecard
from grader.seeds import Key
from grader.walls import Walls


@dataclass(frozen=True)
class Item:
    """One submission to grade. ``learner`` None: take the name inside, which only practice may do."""

    path: Path
    learner: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class Graded:
    """A submission that was graded; ``warning`` is for the mentor, one line or empty."""

    item: Item
    scorecard: Scorecard
    warning: str = ""


@dataclass(frozen=True)
class Rejected:
    """A submission that could not be graded, and the one line that says why."""

    item: Item
    error: LadderError


def default_jobs() -> int:
    """As many submissions at once as this process has cores."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def grade_all(
    items: Sequence[Item], walls: Walls, key: Key, jobs: int, on_result: Progress | None = None
) -> Iterator[Graded | Rejected]:
    """Grade every item, ``jobs`` at a time; yields each as it is done."""
    grader = Grader(walls, key)
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        waiting = [pool.submit(_grade, grader, key, item, on_result) for item in items]
        try:
            for done in concurrent.futures.as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()


def _grade(grader: Grader, key: Key, item: Item, on_result: Progress | None) -> Graded | Rejected:
    try:
        submission = intake.read_submission(item.path, item.level)
        if submission.level_id is None:
            raise InputError(f"{item.path}: no .ladder.toml says which level this is; name it with --level")
        level = catalog.find_level(submission.level_id)
        learner, warning = _identity(item, submission.learner_claim, key)
        return Graded(item, grader.grade(level, submission.tree, learner, on_result), warning)
    except LadderError as error:
        return Rejected(item, error)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one submission leaves the others alone
        return Rejected(item, GraderFault(f"{item.path}: {type(error).__name__}: {error}"))


def _identity(item: Item, claim: str | None, key: Key) -> tuple[str, str]:
    """Whose submission it is: never what the submission says, except under the practice key, which proves nothing."""
    if item.learner is not None:
        differs = claim is not None and claim != item.learner
        return (
            item.learner,
            f"{item.path}: names {claim!r} inside; graded as {item.learner!r}" if differs else "",
        )
    if key.id != "practice":
        raise InputError(
            f"{item.path}: under a cohort's key --learner must say whose it is; the name inside is not used"
        )
    return claim or "practice", ""
