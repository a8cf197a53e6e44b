"""What a learner wrote, by exercise, as Markdown to read beside a decision: answers, own cells, changed files.

Everything a learner wrote stands in fences (see `fencing`); none of it is run or parsed as code, outputs are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from grader import catalog
from grader.catalog import LEFTOVERS
from grader.model import Exercise, Level
from grader.notebooks import kind_of, release_text
from grader.promotion.fencing import code, fence, plain
from grader.tree import Tree

FILE_LIMIT = 64_000  # bytes of one file or cell; what is larger is named with its digest instead
EXERCISE_LIMIT = 1_000_000  # bytes shown of one exercise
_LANGUAGES = {".py": "python", ".toml": "toml", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".sh": "bash"}


def excerpts(level: Level, tree: Tree, given: Mapping[str, Tree] | None = None) -> dict[str, str]:
    """Markdown by file name (``EXERCISE.md``), one for each exercise; ``tree`` is a submission after intake.

    ``given`` is the data that the learner was handed out, by exercise: it lies in repos and is nobody's own work.
    """
    data = given or {}
    return {f"{one.id}.md": _excerpt(level, one, tree, data.get(one.id, Tree({}))) for one in level.exercises}


def _excerpt(level: Level, exercise: Exercise, tree: Tree, given: Tree) -> str:
    blocks = _notebook(level, exercise, tree) if exercise.kind == "notebook" else _repo(level, exercise, tree, given)
    parts, size = [f"# {plain(exercise.title)}\n\nWhat the learner wrote in `{exercise.id}`, as it was handed in.\n"], 0
    for title, text, language in blocks:
        data = text.encode("utf-8", "replace")
        size += len(data)
        if len(data) > FILE_LIMIT or size > EXERCISE_LIMIT:
            parts.append(f"## {title}\n\nNot shown: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}.\n")
        else:
            parts.append(f"## {title}\n\n{fence(text, language)}")
    if len(parts) == 1:
        parts.append("Nothing beyond what was handed out.\n")
    return "\n".join(parts)


Block = tuple[str, str, str]  # a title in Markdown of ours, a text of the learner's, its language


def _notebook(level: Level, exercise: Exercise, tree: Tree) -> Iterator[Block]:
    """Every cell that is not as it was handed out, in the learner's order; the answers, changed or not."""
    source = catalog.source_notebook(level, exercise.id)
    answers = {_grade_id(cell) for cell in source.cells if kind_of(cell) == "solution"} - {None}
    given = {_flat(release_text(cell)) for cell in source.cells if kind_of(cell) in ("locked", "test")}
    given |= {_flat(cell.source) for cell in source.cells if kind_of(cell) in ("text", "free")}
    for place, cell in enumerate(_cells(tree.files.get(f"notebooks/{exercise.id}.ipynb", b"")), start=1):
        text, grade_id = _source(cell), _grade_id(cell)
        if not text.strip() or _flat(text) in given:
            continue
        title = f"Answer {code(str(grade_id))}" if grade_id in answers else f"Own cell, the {place}. of the notebook"
        yield title, text, _language(cell)


def _repo(level: Level, exercise: Exercise, tree: Tree, given: Tree) -> Iterator[Block]:
    """Every file that is not as it was handed out."""
    work = tree.under(exercise.id).without(".git").files
    if not work:
        return
    start = {**_starter(level, exercise), **given.files}
    for path, data in sorted(work.items()):
        if start.get(path) != data:
            yield from _file(path, data)
    if gone := sorted(start.keys() - work.keys()):
        yield "Removed files", "\n".join(gone), ""


def _file(path: str, data: bytes) -> Iterator[Block]:
    if path.endswith(".ipynb"):
        for place, cell in enumerate(_cells(data), start=1):
            if _source(cell).strip():
                yield f"{code(path)}, cell {place}", _source(cell), _language(cell)
        return
    try:
        text = data.decode("utf-8")
        if "\0" in text:
            raise ValueError
    except ValueError:
        text = f"{len(data):,} bytes that are no text, sha256 {hashlib.sha256(data).hexdigest()}"
    suffix = "." + path.rsplit(".", 1)[-1]
    yield code(path), text, _LANGUAGES.get(suffix, "")


def _starter(level: Level, exercise: Exercise) -> Mapping[str, bytes]:
    folder = level.folder / "starter" / exercise.id
    return Tree.read(folder, skip=LEFTOVERS).files if folder.is_dir() else {}


def _cells(data: bytes) -> list[Mapping[str, Any]]:
    """The cells of a notebook of the learner's; none where it cannot be read as one."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return []
    cells = document.get("cells") if isinstance(document, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _source(cell: Mapping[str, Any]) -> str:
    text = cell.get("source", "")
    if isinstance(text, list):
        text = "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


def _language(cell: Mapping[str, Any]) -> str:
    return "python" if cell.get("cell_type") == "code" else ""


def _flat(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return grade_id if isinstance(grade_id, str) else None
