"""Runs a level's hidden checks against the zoo: the real checks, with animals where the learner's answers would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader import catalog, notebooks
from grader.bridge.session import Session
from grader.content.zoo import Escape, ZooSession, animals_for, functions_of
from grader.content.variant import starter_tree
from grader.judges import notebook, repo
from grader.judges.submission import Submission
from grader.model import CheckResult, Exercise, Level, Outcome


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

    class Animal(Submission):
        """A submission whose worker is the zoo: programs do nothing, files hold an animal."""

        @property
        def session(self) -> Session:
            if self._session is None:
                self._session = ZooSession(animal, frozenset())
            return self._session

    repo.judge_with(exercise, level.folder / "checks", lambda: Animal.bare(exercise, tree, cases), "zoo", told.append)
    return told
