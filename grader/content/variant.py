"""Variants of a level, its reference and its starter as submissions."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from grader import catalog, history, intake, notebooks
from grader.catalog import Variant, read_variants
from grader.errors import InputError
from grader.model import Exercise, Level
from grader.tree import Tree

__all__ = ["Variant", "read_cells", "read_variants", "reference_tree", "starter_tree", "variant_tree"]

_CELL = re.compile(r"^# %% *(?:\[[a-z]+\] *)?([^\n]*)\n", re.MULTILINE)


def starter_tree(level: Level) -> Tree:
    """The untouched workspace, as its submission would hold it."""
    tree = Tree({})
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            released = notebooks.release(catalog.source_notebook(level, exercise.id), level.id, exercise.id)
            tree = _notebook(exercise.id, released).laid_over(tree)
        else:
            tree = _repo(level.id, exercise.id, history.starter_plan(level.folder, exercise.id)).laid_over(tree)
    return tree


def reference_tree(level: Level, exercise: Exercise) -> Tree:
    """The reference solution of one exercise, as a submission."""
    if exercise.kind == "notebook":
        return _solved(level, exercise, {})
    return _repo(level.id, exercise.id, _solution_plan(level, exercise.id))


def variant_tree(level: Level, variant: Variant) -> Tree:
    """A variant as a submission: of its exercise only."""
    exercise = level.exercise(variant.exercise)
    if exercise.kind == "notebook":
        file = _cells_file(variant)
        replaced = read_cells(file)
        known = {_grade_id(cell) for cell in notebooks.solution_cells(catalog.source_notebook(level, exercise.id))}
        for grade_id in replaced.keys() - known:
            raise InputError(f"{file}: {exercise.id} has no solution cell {grade_id!r}")
        return _solved(level, exercise, replaced)
    return _repo(level.id, exercise.id, _solution_plan(level, exercise.id, variant))


def is_reference(level: Level, variant: Variant) -> bool:
    """Whether a notebook's variant answers in the very words of our source."""
    cells = notebooks.solution_cells(catalog.source_notebook(level, variant.exercise))
    source = {_grade_id(cell): cell.source for cell in cells}
    return all(_words(text) == _words(source.get(name, "")) for name, text in read_cells(_cells_file(variant)).items())


def _words(code: str) -> list[str]:
    return [line.strip() for line in code.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _cells_file(variant: Variant) -> Path:
    return variant.folder / "cells.py"


def read_cells(file: Path) -> dict[str, str]:
    """A py:percent file as grade_id to code; InputError if it is not there, or code stands above its first cell."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from None
    marks = list(_CELL.finditer(text))
    if not marks:
        raise InputError(f"{file}: has no cell; each begins with a line `# %% grade_id`")
    if _words(text[: marks[0].start()]):
        raise InputError(f"{file}: code stands above the first `# %% grade_id`, in no cell")
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {mark[1].strip(): text[mark.end() : end].strip() + "\n" for mark, end in zip(marks, ends, strict=True)}


def _solved(level: Level, exercise: Exercise, replaced: Mapping[str, str]) -> Tree:
    source = catalog.source_notebook(level, exercise.id)
    released = notebooks.release(source, level.id, exercise.id)
    solutions = {_grade_id(cell): cell.source for cell in notebooks.solution_cells(source)}
    for cell in notebooks.solution_cells(released):
        cell.source = replaced.get(_grade_id(cell), solutions[_grade_id(cell)])
    return _notebook(exercise.id, released)


def _grade_id(cell: Any) -> str:
    return str(cell.metadata["nbgrader"]["grade_id"])


def _notebook(exercise_id: str, notebook: Any) -> Tree:
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    return Tree({f"notebooks/{exercise_id}.ipynb": text.encode()})


def _solution_plan(level: Level, repo: str, variant: Variant | None = None) -> history.Plan:
    solution = level.folder / "solution"
    plan = history.starter_plan(level.folder, repo)
    final = _laid_over(plan.final, solution / repo)
    file = solution / f"{repo}.history.toml"
    if variant is not None:
        final = _laid_over(final, variant.folder / repo)
        own = variant.folder / f"{repo}.history.toml"
        file = own if own.is_file() else file
    return plan.then(history.read_steps(file, final), final)


def _laid_over(base: Tree, folder: Path) -> Tree:
    """``folder`` over ``base``; a file ``PATH.deleted`` takes PATH away."""
    if not folder.is_dir():
        return base
    over = Tree.read(folder, skip=frozenset({"__pycache__"}))
    gone = {path.removesuffix(".deleted") for path in over.files if path.endswith(".deleted")}
    files = {path: data for path, data in over.laid_over(base).files.items() if path not in gone}
    return Tree(
        {path: data for path, data in files.items() if not path.endswith(".deleted")},
        base.executable | over.executable,
    )


def _repo(level_id: str, repo: str, plan: history.Plan) -> Tree:
    """Build the repository for real, and read it back the way a submission is read."""
    with tempfile.TemporaryDirectory(prefix="ladder-variant-") as folder:
        plan.build(Path(folder) / repo)
        return intake.read_submission(Path(folder), level_id).tree
