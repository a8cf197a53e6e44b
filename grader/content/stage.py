"""Runs a level's hidden checks against the zoo: the real checks, with animals where the learner's answers would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader import catalog, history, notebooks
from grader.bridge.session import Budget
from grader.content.variant import starter_tree
from grader.content.zoo import Escape, ZooSession, animals_for, functions_of
from grader.judges import notebook, repo
from grader.judges.submission import Submission
from grader.judges.workers import NO_WORKERS
from grader.model import CheckResult, Exercise, Level, Limits, Outcome
from grader.tree import Tree


def escapes(level: Level, cases: Path) -> Iterator[Escape]:
    """Every hidden check that accepts an animal."""
    for exercise in level.exercises:
        for animal in animals_for(exercise):
            judge = _notebook if exercise.kind == "notebook" else _repo
            for line in judge(level, exercise, cases, animal):
                if line.hidden and line.outcome is Outcome.PASSED:
                    yield Escape(line.id, animal)


def _notebook(level: Level, exercise: Exercise, cases: Path, animal: str) -> list[CheckResult]:
    source = catalog.source_notebook(level, exercise.id)
    functions = functions_of([notebooks.strip_magics(cell.source) for cell in notebooks.solution_cells(source)])
    return notebook.judge_answers(exercise, source, ZooSession(animal, functions), cases, "zoo")


def _repo(level: Level, exercise: Exercise, cases: Path, animal: str) -> list[CheckResult]:
    told: list[CheckResult] = []
    tree = starter_tree(level).under(exercise.id)
    start = history.start_commits(level.folder, exercise.id)

    def submission() -> Submission:
        return _Animal(exercise.id, tree, start, cases, exercise.limits, Budget(exercise.limits.seconds), animal)

    repo.judge_with(exercise.checks, level.folder / "checks", submission, "zoo", told.append)
    return told


class _Animal(Submission):
    """A starter whose worker is the zoo: programs do nothing and succeed, and every file holds an animal."""

    def __init__(
        self,
        exercise: str,
        tree: Tree,
        start: frozenset[str],
        cases: Path,
        limits: Limits,
        budget: Budget,
        animal: str,
    ) -> None:
        super().__init__(exercise, tree, start, cases, limits, budget, NO_WORKERS)
        self._session = ZooSession(animal, frozenset())

    def again(self) -> Submission:
        return self
