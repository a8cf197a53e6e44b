"""Grades many submissions on this machine, several at once; one bad archive never stops the others."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from grader import catalog, intake, scoring
from grader.cohort.ahead import Ahead
from grader.cohort.jobs import Bench
from grader.cohort.plan import Job
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
    attempt: int = 1

    @property
    def name(self) -> str:
        """The submission as a person calls it."""
        return str(self.path)


@dataclass(frozen=True)
class Graded:
    """A submission that was graded; ``warning`` is for the mentor, one line or empty."""

    item: Item | Job
    scorecard: Scorecard
    warning: str = ""


@dataclass(frozen=True)
class Rejected:
    """A submission that could not be graded, and the one line that says why."""

    item: Item | Job
    error: LadderError


Keep = Callable[[Job, str], None]  # a job's result, to be kept as soon as it is there
T = TypeVar("T", Item, Job)


def default_jobs() -> int:
    """As many submissions at once as this process has cores."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def grade_all(
    items: Sequence[Item], walls: Walls, key: Key, jobs: int, on_result: Progress | None = None
) -> Iterator[Graded | Rejected]:
    """Grade every item, ``jobs`` at a time; yields each as it is done."""
    grader = Grader(walls, key)
    yield from _side_by_side(items, lambda item: _grade(grader, key, item, on_result), jobs)


def grade_jobs(
    jobs: Sequence[Job], bench: Bench, at_once: int, keep: Keep, on_result: Progress | None = None
) -> Iterator[Graded | Rejected]:
    """Do every job, begun in the given order, ``at_once`` at a time; yields each as it is done.

    ``keep`` is called from the thread that did the job, before it is yielded; not for results with an error of ours.
    """

    with Ahead(bench.key, jobs) as data:

        def work(job: Job) -> Graded | Rejected:
            data.wait(job)
            line = bench.run(job, on_result)
            card = scoring.from_line(line)
            if not card.has_errors:
                keep(job, line)
            return Graded(job, card)

        yield from _side_by_side(jobs, work, at_once)


def _side_by_side(
    items: Iterable[T], work: Callable[[T], Graded | Rejected], threads: int
) -> Iterator[Graded | Rejected]:
    """What ``work`` makes of each item, as it comes. Nothing is held longer than until it is yielded.

    When whoever iterates stops, no further item is begun; those in hand are left to end by themselves.
    """
    waiting = iter(items)
    done: queue.SimpleQueue[Graded | Rejected | None] = queue.SimpleQueue()  # None: a thread has nothing more to do
    lock = threading.Lock()
    stopped = threading.Event()

    def run() -> None:
        try:
            while not stopped.is_set():
                with lock:
                    item = next(waiting, None)
                if item is None:
                    return
                done.put(_guarded(work, item))
        finally:
            done.put(None)

    # Daemons: after Ctrl-C nobody waits for a learner's code to use up its time.
    hands = [threading.Thread(target=run, name=f"grading-{number}", daemon=True) for number in range(threads)]
    for hand in hands:
        hand.start()
    left = len(hands)
    try:
        while left:
            one = done.get()
            if one is None:
                left -= 1
            else:
                yield one
    finally:
        stopped.set()


def _guarded(work: Callable[[T], Graded | Rejected], item: T) -> Graded | Rejected:
    try:
        return work(item)
    except LadderError as error:
        return Rejected(item, error)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one submission leaves the others alone
        return Rejected(item, GraderFault(f"{item.name}: {type(error).__name__}: {error}"))


def _grade(grader: Grader, key: Key, item: Item, on_result: Progress | None) -> Graded | Rejected:
    submission = intake.read_submission(item.path, item.level)
    if submission.level_id is None:
        raise InputError(f"{item.path}: no .ladder.toml says which level this is; name it with --level")
    level = catalog.find_level(submission.level_id)
    learner, warning = _identity(item, submission.learner_claim, key)
    if not warning and submission.key_id not in (None, key.id):
        warning = f"{item.path}: names the key {submission.key_id!r} inside; graded with {key.id!r}, other data"
    return Graded(item, grader.grade(level, submission.tree, learner, on_result, attempt=item.attempt), warning)


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
