"""The checks of a notebook, read from the test cells of our source notebook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from grader import syntax
from grader.catalog.draft import Draft
from grader.errors import InputError
from grader.table import SLUG, Table

BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
NBGRADER_SCHEMA = 3
# What nbgrader itself writes beside the keys that matter here.
_NBGRADERS_OWN = ("task", "cell_type", "checksum")
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")
_LOCKED, _SOLUTION, _TEST = (False, False, True), (False, True, False), (True, False, True)
_MANUAL = (True, True, False)  # nbgrader's manually graded cell: prose for a mentor; its points are nbgrader's


def notebook_path(folder: Path, exercise_id: str) -> Path:
    """Where the source notebook of an exercise is."""
    return folder / "notebooks" / f"{exercise_id}.ipynb"


def no_strays(folder: Path, exercise_ids: frozenset[str]) -> None:
    """InputError if a notebook belongs to no exercise: nobody would ever see or grade it."""
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        if path.stem not in exercise_ids:
            raise InputError(f"{folder.name}/notebooks/{path.name}: level.toml has no such notebook exercise")


def read_cells(folder: Path, exercise_id: str) -> list[dict[str, Any]]:
    """The notebook's cells, each with its source as one text; InputError unless it is sound nbformat 4.5."""
    path = notebook_path(folder, exercise_id)
    where = f"{folder.name}/notebooks/{path.name}"
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{where}: there is no such file, though level.toml has the exercise") from None
    except (OSError, ValueError) as fault:
        raise InputError(f"{where}: not a notebook: {fault}") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise InputError(f"{where}: not a notebook: it has no cells")
    if notebook.get("nbformat") != 4 or notebook.get("nbformat_minor", 0) < 5:
        raise InputError(f"{where}: must be nbformat 4.5")
    kernel = Table(notebook.get("metadata"), f"{where}, metadata").table("kernelspec").text("name")
    if kernel != "python3":
        raise InputError(f"{where}: the kernel must be python3; it is {kernel}")
    cells: list[dict[str, Any]] = []
    for place, cell in enumerate(notebook["cells"], start=1):
        if not isinstance(cell, dict) or "source" not in cell or not isinstance(cell.get("metadata"), dict):
            raise InputError(f"{where}, cell {place}: not a cell")
        if not cell.get("id") or any(cell["id"] == other["id"] for other in cells):
            raise InputError(f"{where}, cell {place}: needs an id that no other cell has")
        if cell.get("outputs") or cell.get("execution_count") is not None:
            raise InputError(f"{where}, cell {place}: has outputs; a source notebook has none")
        lines = cell["source"]
        cells.append({**cell, "source": lines if isinstance(lines, str) else "".join(map(str, lines))})
    return cells


def drafts(folder: Path, exercise_id: str) -> tuple[Draft, ...]:
    """The checks of the notebook, in the order of its test cells; InputError at the first faulty cell."""
    file = f"{folder.name}/notebooks/{exercise_id}.ipynb"
    seen: dict[str, int] = {}
    found = []
    for place, cell in enumerate(read_cells(folder, exercise_id), start=1):
        metadata = cell["metadata"]
        if "nbgrader" not in metadata:
            _plain(cell, f"{file}, cell {place}")
            continue
        table = Table(metadata["nbgrader"], f"{file}, cell {place}")
        grade_id = table.text("grade_id")
        table.where = where = f"{file}, cell {grade_id}"
        if not _GRADE_ID.fullmatch(grade_id):
            raise table.fault("grade_id must be letters, digits, hyphens and underscores")
        if grade_id in seen:
            raise table.fault(f"cells {seen[grade_id]} and {place} have the same grade_id")
        seen[grade_id] = place
        kind = _kind(table)
        points = table.number("points") if kind == _TEST or "points" in table else 0.0
        for key in _NBGRADERS_OWN:
            table.drop(key)
        table.close()
        if kind == _TEST:
            found.append(_test(cell, where, grade_id, points))
            continue
        if kind == _MANUAL:
            _manual(cell, where)
            continue
        if points:
            raise table.fault("only a test cell has points")
        _solution(cell, where) if kind == _SOLUTION else _plain(cell, where)
    return tuple(found)


def _kind(table: Table) -> tuple[bool, bool, bool]:
    if table.whole("schema_version") != NBGRADER_SCHEMA:
        raise table.fault(f"nbgrader's schema_version must be {NBGRADER_SCHEMA}")
    kind = (table.flag("grade"), table.flag("solution"), table.flag("locked"))
    if kind not in (_LOCKED, _SOLUTION, _TEST, _MANUAL):
        grade, solution, locked = (str(flag).lower() for flag in kind)
        raise table.fault(f"grade={grade}, solution={solution}, locked={locked} is no locked, solution or test cell")
    return kind


def _plain(cell: dict[str, Any], where: str) -> None:
    if "ladder" in cell["metadata"]:
        raise InputError(f"{where}: has a ladder block, but is no test cell")
    for marker in (BEGIN_HIDDEN, END_HIDDEN, BEGIN_SOLUTION, END_SOLUTION):
        if _lines_of(cell["source"], marker):
            raise InputError(f"{where}: has {marker!r}, but is no solution or test cell")


def _manual(cell: dict[str, Any], where: str) -> None:
    if cell.get("cell_type") != "markdown":
        raise InputError(f"{where}: a manually graded cell is prose, so it must be a markdown cell")
    _plain(cell, where)


def _solution(cell: dict[str, Any], where: str) -> None:
    if "ladder" in cell["metadata"]:
        raise InputError(f"{where}: has a ladder block, but is no test cell")
    if _lines_of(cell["source"], BEGIN_HIDDEN) or _lines_of(cell["source"], END_HIDDEN):
        raise InputError(f"{where}: hidden tests stand in a solution cell")
    markers = re.findall(r"### (BEGIN|END) SOLUTION", cell["source"])
    if not markers or markers != ["BEGIN", "END"] * (len(markers) // 2):
        raise InputError(f"{where}: needs {BEGIN_SOLUTION!r} … {END_SOLUTION!r}, each closed before the next")


def _test(cell: dict[str, Any], where: str, name: str, points: float) -> Draft:
    if cell.get("cell_type") != "code":
        raise InputError(f"{where}: a test cell must be a code cell")
    if not SLUG.fullmatch(name):
        raise InputError(f"{where}: a check's grade_id must be lower-case letters, digits and hyphens")
    if "ladder" not in cell["metadata"]:
        raise InputError(f"{where}: a test cell needs a ladder block with title and skill")
    table = Table(cell["metadata"]["ladder"], where)
    hidden = _hidden(cell["source"], where)
    draft = Draft(
        where=where,
        name=name,
        title=table.text("title"),
        skill=table.text("skill"),
        points=points,
        hidden=hidden,
        requires=table.texts("requires", ()),
    )
    table.close()
    if hidden and not points:
        raise draft.fault("a hidden check needs points")
    if points and not hidden:
        raise draft.fault("a visible check guides and carries no points")
    try:
        body = syntax.parse(cell["source"]).body
    except (SyntaxError, ValueError) as fault:
        raise draft.fault(f"is not Python: {fault}") from None
    if not body:
        raise draft.fault("checks nothing")
    return draft


def _hidden(source: str, where: str) -> bool:
    """True if the whole cell is hidden, False if none of it is; InputError if it is a mixture."""
    begins, ends = _lines_of(source, BEGIN_HIDDEN), _lines_of(source, END_HIDDEN)
    if not begins and not ends:
        return False
    written = [place for place, line in enumerate(source.splitlines()) if line.strip()]
    if begins != written[:1] or ends != written[-1:]:
        raise InputError(
            f"{where}: is hidden in part; {BEGIN_HIDDEN!r} must be its first and {END_HIDDEN!r} its last line"
        )
    return True


def _lines_of(source: str, marker: str) -> list[int]:
    # nbgrader cuts at every line that contains the words, so the words count here wherever they stand.
    words = marker.removeprefix("### ")
    return [place for place, line in enumerate(source.splitlines()) if words in line]
