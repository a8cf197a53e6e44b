"""From a job to the judge that fits its exercise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader import catalog
from grader.judges import course, notebook, repo
from grader.judges.job import Job
from grader.judges.workers import Workers
from grader.model import CheckResult


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
