"""From a job to the judge that fits its exercise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader import catalog
from grader.judges import course, notebook, repo
from grader.judges.workers import Workers
from grader.model import CheckResult
from grader.tree import Tree


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
    course: course.CourseNotebook | None = None


def judge_exercise(
    job: Job,
    workers: Workers,
    tell: Callable[[CheckResult], None],
    show: course.Show = lambda *_: None,
) -> None:
    """Judge one exercise of one submission; each result is told as it comes, in the order of the checks.

    ``show`` is given what the cells of a course's notebook displayed, for people to read.
    """
    if job.course is not None:
        course.judge(job.course, job.tree, workers, job.seed, tell, show, job.only)
        return
    level = catalog.find_level(job.level)
    exercise = level.exercise(job.exercise)
    cases = Path(job.cases)
    if exercise.kind == "notebook":
        source = catalog.source_notebook(level, exercise.id)
        notebook.judge(exercise, source, job.tree, cases, workers, job.seed, tell, job.only)
    else:
        start = frozenset(job.start_commits)
        checks = level.folder / "checks"
        repo.judge(exercise, checks, start, job.tree, cases, workers, job.seed, tell, job.only, job.attempt)
