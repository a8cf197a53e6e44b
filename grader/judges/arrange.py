"""From a submitted notebook, however mangled, to the cells that are run, in the order the exercise was written in.

Locked cells always come from our source. The learner's cells are recognised by grade_id, else by their text, else by
the names they bind; a cell that is recognised brings the unrecognised ones below it along. Test cells of the
submission are never tests; where their text was changed (merged with an answer, say) they run as the learner's own.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from grader.notebooks import bound_names_of, kind_of, release_text, strip_magics

Kind = Literal["text", "free", "locked", "solution", "test"]


class NotANotebook(Exception):
    """The bytes hold no notebook; the text says why, for the learner."""


@dataclass(frozen=True)
class Step:
    """One cell to run in the worker. ``label`` is how messages name it; ``cell`` is its place in the submission."""

    label: str
    code: str
    cell: int | None = None
    answer: bool = False  # it stands where the learner is to answer


@dataclass(frozen=True)
class Arrangement:
    """Steps in order, and for each test cell's grade_id how many of them come before it."""

    steps: tuple[Step, ...]
    anchors: Mapping[str, int]


@dataclass(frozen=True)
class _Cell:
    code: str
    is_code: bool
    grade_id: str | None
    solution: bool


def arrange(source: Any, submitted: bytes, released: Callable[[Any], str] = release_text) -> Arrangement:
    """Lay the submitted cells out along ``source`` (our nbformat notebook). Raises NotANotebook.

    ``released`` gives a cell of ``source`` as learners were handed it.
    """
    cells = _read(submitted)
    kinds = [kind_of(cell) for cell in source.cells]
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in source.cells]
    matched = _match(source, kinds, ids, cells, released)

    groups: dict[int, list[Step]] = {}
    place = -1  # cells above the first recognised one stay above everything
    free = 0
    locked: dict[int, int] = {}
    for number, (cell, index) in enumerate(zip(cells, matched, strict=True)):
        if index is not None:
            place = index
            if kinds[index] == "locked":
                locked.setdefault(index, number)
            if kinds[index] in ("locked", "test") and _same(cell.code, released(source.cells[index])):
                continue
        if not cell.code.strip() or not (cell.is_code or (index is not None and _parses(cell.code))):
            continue
        if index is not None and kinds[index] == "solution":
            label = f"your cell `{ids[index]}`"
        else:
            free += 1
            label = (
                f"your own cell {free} after `{ids[place]}`" if place >= 0 and ids[place] else f"your own cell {free}"
            )
        answer = place >= 0 and kinds[place] == "solution"
        groups.setdefault(place, []).append(Step(label, cell.code, number, answer))

    steps = list(groups.get(-1, []))
    anchors: dict[str, int] = {}
    for index, kind in enumerate(kinds):
        if kind == "locked":
            steps.append(Step(f"the given cell `{ids[index]}`", source.cells[index].source, locked.get(index)))
        if kind == "test":
            anchors[ids[index]] = len(steps)
        steps.extend(groups.get(index, []))
    return Arrangement(tuple(steps), anchors)


def _match(
    source: Any,
    kinds: Sequence[str],
    ids: Sequence[str | None],
    cells: Sequence[_Cell],
    released: Callable[[Any], str],
) -> list[int | None]:
    """For each submitted cell the index of the source cell it is, or None."""
    by_id = {grade_id: i for i, grade_id in enumerate(ids) if grade_id}
    texts = {_flat(released(cell)): i for i, cell in enumerate(source.cells) if cell.cell_type == "code"}
    found: list[int | None] = []
    for cell in cells:
        index = by_id.get(cell.grade_id) if cell.grade_id else None
        if index is None and cell.is_code:
            index = texts.get(_flat(cell.code))
        found.append(index)
    missing = [i for i, kind in enumerate(kinds) if kind == "solution" and i not in found]
    for i in missing:
        wanted = set(bound_names_of(source.cells[i].source))
        for position, cell in enumerate(cells):
            if wanted and found[position] is None and cell.is_code and wanted & set(bound_names_of(cell.code)):
                found[position] = i
    return found


def _read(data: bytes) -> list[_Cell]:
    try:
        document = json.loads(_text(data))
    except (ValueError, RecursionError, MemoryError) as wrong:
        raise NotANotebook("it is not JSON: saved by another program, or cut off") from wrong
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):  # nbformat 3 kept them one level down
        sheets = document.get("worksheets")
        cells = sheets[0].get("cells") if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict) else None
    if not isinstance(cells, list):
        raise NotANotebook("it has no cells")
    return [_cell(cell if isinstance(cell, dict) else {}) for cell in cells]


def _text(data: bytes) -> str:
    """Unicode in any form, with as many marks in front as editors have put there, else a Windows code page."""
    for encoding in (json.detect_encoding(data), "cp1252"):
        try:
            return data.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _cell(cell: Mapping[str, Any]) -> _Cell:
    text = cell.get("source", cell.get("input", ""))
    if isinstance(text, list):
        text = "".join(part for part in text if isinstance(part, str))
    if not isinstance(text, str):
        text = ""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    marks = marks if isinstance(marks, dict) else {}
    grade_id = marks.get("grade_id")
    return _Cell(
        text.replace("\r\n", "\n").replace("\r", "\n"),
        cell.get("cell_type") == "code",
        grade_id if isinstance(grade_id, str) else None,
        marks.get("solution") is True,
    )


def _parses(code: str) -> bool:
    try:
        return bool(ast.parse(strip_magics(code)).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _flat(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _same(one: str, other: str) -> bool:
    return _flat(one) == _flat(other)
