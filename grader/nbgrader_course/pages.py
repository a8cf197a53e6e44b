"""Autograded notebooks of our own levels, so that formgrader can open what a scorecard tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from grader import catalog
from grader.model import CheckResult, Exercise, Level, Scorecard
from grader.nbgrader_course.course import as_text
from grader.nbgrader_course.outputs import below
from grader.notebooks import kind_of, release
from grader.tree import Tree


def write(folder: Path, level: Level, card: Scorecard, submitted: Tree | None) -> None:
    """Write ``folder/EXERCISE.ipynb`` for every exercise: the learner's answers where they are at hand, and results."""
    folder.mkdir(parents=True, exist_ok=True)
    for exercise in level.exercises:
        results = {one.id.rsplit("/", 1)[1]: one for one in card.checks if one.exercise == exercise.id}
        page = _notebook(level, exercise, submitted) if exercise.kind == "notebook" else _repo(exercise, results)
        for cell in page.cells:
            result = results.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            if cell.cell_type == "code" and result is not None:
                cell.outputs = [nbformat.from_dict(one) for one in below(result)]  # type: ignore[no-untyped-call]
        target = folder / f"{exercise.id}.ipynb"
        data = as_text(page).encode("utf-8", "replace")  # half a character in an answer cannot be written
        if not target.is_file() or target.read_bytes() != data:
            target.unlink(missing_ok=True)  # nbgrader leaves it read-only
            target.write_bytes(data)


def _notebook(level: Level, exercise: Exercise, submitted: Tree | None) -> Any:
    page = release(catalog.source_notebook(level, exercise.id), level.id, exercise.id)
    answers = _answers(b"" if submitted is None else submitted.files.get(f"notebooks/{exercise.id}.ipynb", b""))
    for cell in page.cells:
        if kind_of(cell) == "solution":
            cell.source = answers.get(cell.metadata["nbgrader"]["grade_id"], cell.source)
    return page


def _answers(data: bytes) -> dict[str, str]:
    """What was handed in, by grade_id, as far as it can be read."""
    try:
        cells = json.loads(data)["cells"]
        return {
            cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
            for cell in cells
            if "grade_id" in cell["metadata"].get("nbgrader", {})
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _repo(exercise: Exercise, results: dict[str, CheckResult]) -> Any:
    """A starter repo has no notebook: one cell for each check."""
    page: Any = v4.new_notebook()  # type: ignore[no-untyped-call]
    page.cells.append(v4.new_markdown_cell(f"# {exercise.title}", id="title"))  # type: ignore[no-untyped-call]
    for place, check in enumerate(exercise.checks):
        marks = {"grade": True, "solution": False, "locked": True, "task": False, "grade_id": check.name,
                 "points": check.points, "cell_type": "code", "schema_version": 3}  # fmt: skip
        cell: Any = v4.new_code_cell(f"# {check.title}", id=f"check-{place}")  # type: ignore[no-untyped-call]
        cell.metadata["nbgrader"] = nbformat.from_dict(marks)  # type: ignore[no-untyped-call]
        page.cells.append(cell)
    return page
