"""What main tells a judge. Main reads no learner's data, so it needs none of the libraries that judges do."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model import Exercise
from grader.tree import Tree


@dataclass(frozen=True)
class CourseNotebook:
    """One notebook of a course, complete: a judge of it needs nothing that lies on a disk.

    ``source`` is the instructor's notebook (nbformat 4 as JSON, each source one text) with tests as they are to be
    run. ``given`` lies beside it in the judge. ``remote`` are the names that the worker is asked for; None: those that
    the learner's answers bind.
    ``proven`` are the checks that the instructor's own solution passed here: whatever goes wrong in such a check is
    the learner's answer, in any other it may be that this check cannot be judged from outside.
    """

    exercise: Exercise
    source: str
    given: Tree
    remote: tuple[str, ...] | None
    proven: frozenset[str] = frozenset()
    solved: bool = True  # False: made from a release, so nobody's solution was there to try


@dataclass(frozen=True)
class Job:
    """What a judge is told: which exercise, whose tree, where the cases are, and which checks (None: all).

    With ``course`` it is a notebook of somebody else's nbgrader course, and ``level`` and ``cases`` are not looked at.
    """

    level: str
    exercise: str
    tree: Tree
    cases: str
    seed: str
    only: tuple[str, ...] | None = None
    start_commits: tuple[str, ...] = ()  # of a repo: what was handed over, not the learner's
    attempt: int = 1  # which of the learner's submissions it is
    course: CourseNotebook | None = None
