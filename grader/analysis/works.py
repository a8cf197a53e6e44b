"""A submission made small: the fingerprints of what its learner wrote, so that thousands fit into memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.analysis.fingerprints import Prints, prints_of, run_hashes
from grader.analysis.own_work import Starter, Unit, units_of
from grader.analysis.tokens import Language, tokens_of
from grader.history import BrokenHistory, History
from grader.tree import Tree


@dataclass(frozen=True)
class Printed:
    """One cell or file as fingerprints, less the starter's."""

    name: str
    prints: Prints


@dataclass(frozen=True)
class ExerciseWork:
    """One learner's own work on an exercise. ``exact`` and ``shape`` are digests of it, with and without names."""

    units: tuple[Printed, ...]
    tokens: int
    exact: str
    shape: str
    commits: frozenset[str]  # ids that are not the starter's

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """All fingerprints, each once, ascending."""
        return all_hashes(self.units)


@dataclass(frozen=True)
class Work:
    """One submission, made small enough that thousands fit into memory."""

    learner: str
    exercises: Mapping[str, ExerciseWork]
    notes: tuple[str, ...]


class Reader:
    """Makes works of one level's submissions; equal texts are read once."""

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self._read: dict[tuple[Language, str], tuple[Prints, int, str]] = {}
        # every run of the starter, not only those that winnowing keeps: beside other code it may keep others
        self._given = {
            exercise: np.unique(np.concatenate([run_hashes(tokens_of(text, language)) for language, text in texts]))
            for exercise, texts in starter.given.items()
            if texts
        }

    def work(self, learner: str, tree: Tree) -> Work:
        """One submission's own work. Never fails for what is in it; notes say what could not be read."""
        units, notes = units_of(tree, self._starter)
        by_exercise: dict[str, list[Unit]] = {}
        for unit in units:
            by_exercise.setdefault(unit.exercise, []).append(unit)
        exercises = {exercise: self._exercise(exercise, found, tree) for exercise, found in by_exercise.items()}
        return Work(learner, exercises, tuple(notes))

    def _exercise(self, exercise: str, units: Sequence[Unit], tree: Tree) -> ExerciseWork:
        printed, tokens, shapes = [], 0, []
        given = self._given.get(exercise, np.array([], np.uint64))
        for unit in units:
            prints, count, shape = self._prints(unit)
            kept = ~np.isin(prints.hashes, given, assume_unique=True)
            own = Prints(prints.hashes[kept], prints.first[kept], prints.last[kept])
            printed.append(Printed(unit.name, own))
            tokens += count
            shapes.append(shape)
        exact = hashlib.sha256("\0".join(sorted(unit.text for unit in units)).encode("utf-8", "surrogatepass"))
        return ExerciseWork(
            units=tuple(printed),
            tokens=tokens,
            exact=exact.hexdigest(),
            shape=hashlib.sha256("".join(sorted(shapes)).encode()).hexdigest(),
            commits=_commits(tree.under(f"{exercise}/.git"), self._starter.commits.get(exercise, frozenset())),
        )

    def _prints(self, unit: Unit) -> tuple[Prints, int, str]:
        key = (unit.language, hashlib.sha256(unit.text.encode("utf-8", "surrogatepass")).hexdigest())
        if key not in self._read:
            tokens = tokens_of(unit.text, unit.language)
            self._read[key] = (prints_of(tokens), len(tokens), tokens.shape)
        return self._read[key]


def all_hashes(units: Sequence[Printed]) -> NDArray[np.uint64]:
    """The fingerprints of several units, each once, ascending."""
    return np.unique(np.concatenate([np.array([], np.uint64), *(unit.prints.hashes for unit in units)]))


def _commits(git: Tree, starters: frozenset[str]) -> frozenset[str]:
    """Ids of the commits that are not the starter's; none where there is no history or it cannot be read."""
    if not git.files:
        return frozenset()
    try:
        return frozenset(commit.id for commit in History(git, starters).commits_since_start)
    except BrokenHistory:
        return frozenset()
