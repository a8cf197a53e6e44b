"""What a learner wrote: the code cells and files of a submission that are not the starter's, as texts. Nothing runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import nbformat

from grader import catalog, history, notebooks
from grader.analysis.tokens import Language
from grader.judges.arrange import NotANotebook, arrange
from grader.model import Level
from grader.tree import Tree

MAX_TEXT = 200_000  # characters of one cell or file that is looked into; nobody writes more by hand
MAX_TEXTS = 1_000_000  # characters of one submission
MAX_UNITS = 400  # cells and files of one submission
_PYTHON = frozenset({".py", ".pyi"})
_WRITTEN = frozenset({".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".sql", ".sh", ".html", ".js"})
_WRITTEN_NAMES = frozenset({"makefile", "dockerfile", "justfile", "containerfile"})


@dataclass(frozen=True)
class Unit:
    """One cell or file of an exercise; ``name`` is how a mentor finds it."""

    exercise: str
    name: str
    language: Language
    text: str


@dataclass(frozen=True)
class Starter:
    """What every learner of a level was given: source notebooks, texts by exercise, the starters' own commits."""

    level: Level
    sources: Mapping[str, Any]
    given: Mapping[str, tuple[tuple[Language, str], ...]]
    commits: Mapping[str, frozenset[str]]


def read_starter(level: Level) -> Starter:
    """The starter of a level: release notebooks, and each repo with every file that its history ever held."""
    sources: dict[str, Any] = {}
    given: dict[str, tuple[tuple[Language, str], ...]] = {}
    commits: dict[str, frozenset[str]] = {}
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            source = catalog.source_notebook(level, exercise.id)
            released = notebooks.release(source, level.id, exercise.id)
            sources[exercise.id] = source
            given[exercise.id] = tuple(("python", str(cell.source)) for cell in released.cells)
        else:
            plan = history.starter_plan(level.folder, exercise.id)
            trees = [plan.base, plan.final, *(step.take for step in plan.steps)]
            units = [unit for tree in trees for unit in _repo(tree, exercise.id)]
            given[exercise.id] = tuple({(unit.language, unit.text): None for unit in units})
            commits[exercise.id] = history.start_commits(level.folder, exercise.id)
    return Starter(level, sources, given, commits)


def units_of(tree: Tree, starter: Starter) -> tuple[list[Unit], list[str]]:
    """The learner's units, and a note for each thing that was left out for its size or because it is unreadable."""
    units: list[Unit] = []
    notes: list[str] = []
    room = MAX_TEXTS
    for unit in _units(tree, starter, notes):
        if len(unit.text) > MAX_TEXT:
            notes.append(f"{unit.exercise}, {unit.name}: {len(unit.text):,} characters, not compared")
        elif len(units) == MAX_UNITS or len(unit.text) > room:
            notes.append(
                f"more than {MAX_UNITS} cells and files, or {MAX_TEXTS:,} characters: the rest is not compared"
            )
            break
        else:
            room -= len(unit.text)
            units.append(unit)
    return units, notes


def _units(tree: Tree, starter: Starter, notes: list[str]) -> Iterator[Unit]:
    for exercise in starter.level.exercises:
        given = {text for _, text in starter.given[exercise.id]}
        if exercise.kind == "notebook":
            data = tree.files.get(f"notebooks/{exercise.id}.ipynb")
            if data is None:
                continue
            try:
                steps = arrange(starter.sources[exercise.id], data).steps
            except NotANotebook as wrong:
                notes.append(f"notebooks/{exercise.id}.ipynb: {wrong}")
                continue
            for step in steps:
                if not step.label.startswith("the given cell") and step.code not in given:
                    yield Unit(exercise.id, step.label.removeprefix("your "), "python", step.code)
        else:
            for unit in _repo(tree.under(exercise.id), exercise.id):
                if unit.text not in given:
                    yield unit
    for path, data in sorted(tree.under("notebooks").files.items()):  # modules that a notebook imports
        if PurePosixPath(path).suffix in _PYTHON:
            yield Unit("notebooks", path, "python", _text(data))


def _repo(tree: Tree, exercise: str) -> Iterator[Unit]:
    for path, data in sorted(tree.files.items()):
        file = PurePosixPath(path)
        if file.parts[0] == ".git":
            continue
        if file.suffix == ".ipynb":
            yield from _cells(exercise, path, data)
        elif file.suffix in _PYTHON:
            yield Unit(exercise, path, "python", _text(data))
        elif file.suffix in _WRITTEN or file.name.casefold() in _WRITTEN_NAMES:
            yield Unit(exercise, path, "text", _text(data))


def _cells(exercise: str, path: str, data: bytes) -> Iterator[Unit]:
    empty = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    try:
        steps = arrange(empty, data).steps
    except NotANotebook:
        yield Unit(exercise, path, "text", _text(data))
        return
    for number, step in enumerate(steps, 1):
        yield Unit(exercise, f"{path}, code cell {number}", "python", step.code)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
