"""Source notebooks: which cell is what, which names the solutions bind, and the form that learners are given."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any, Literal

Kind = Literal["text", "free", "locked", "solution", "test"]
BEGIN_HIDDEN = "### BEGIN HIDDEN TESTS"


def kind_of(cell: Any) -> Kind:
    """What an nbformat cell is, by its nbgrader metadata; without any it is the learner's own."""
    marks = cell.metadata.get("nbgrader", {})
    if marks.get("grade") and not marks.get("solution"):
        return "test"
    if marks.get("solution"):
        return "solution"
    if marks.get("locked") and cell.cell_type == "code":
        return "locked"
    return "free" if cell.cell_type == "code" else "text"


def solution_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if kind_of(cell) == "solution" and cell.cell_type == "code"]


def test_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if kind_of(cell) == "test"]


def locked_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if kind_of(cell) == "locked"]


def bound_names(source: Any) -> tuple[str, ...]:
    """Names that the solution cells bind at top level, in order of first binding; imports are not among them."""
    names: dict[str, None] = {}
    for cell in solution_cells(source):
        names.update(dict.fromkeys(bound_names_of(cell.source)))
    return tuple(names)


def bound_names_of(code: str) -> tuple[str, ...]:
    """Names that code binds at top level (also inside its if, for, while, with and try); none if it does not parse."""
    try:
        body = ast.parse(strip_magics(code)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(dict.fromkeys(name for statement in body for name in _bound(statement)))


def names_used(code: str) -> frozenset[str]:
    """Every name that code mentions, bound or read."""
    return frozenset(
        node.id for node in ast.walk(ast.parse(strip_magics(code))) if isinstance(node, ast.Name)
    )


def strip_magics(code: str) -> str:
    """Code without IPython's own lines (``%magic``, ``!command``), so that `ast` can read it."""
    if code.lstrip().startswith("%%"):
        code = code.lstrip().partition("\n")[2]
    lines = [
        ("pass" if line.lstrip().startswith(("%", "!")) and not line[:1].isspace() else line)
        for line in code.splitlines()
    ]
    return "\n".join(lines) + "\n"


def release_text(cell: Any) -> str:
    """The text of a locked or test cell as learners see it: a hidden test is one comment."""
    if kind_of(cell) == "test" and cell.source.lstrip().startswith(BEGIN_HIDDEN):
        points = cell.metadata["nbgrader"]["points"]
        return f"# Hidden check: {cell.metadata['ladder']['title']} ({points:g} points)"
    return str(cell.source)


def release(source: Any, level_id: str, exercise_id: str) -> Any:
    """The notebook that learners are given: solutions and hidden tests cleared the way nbgrader clears them."""
    from nbgrader.preprocessors import (
        ClearHiddenTests,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    notebook = copy.deepcopy(source)
    hidden = {cell.id: release_text(cell) for cell in test_cells(notebook)}
    for preprocessor in (ClearSolutions, ClearHiddenTests, ClearOutput, LockCells):
        notebook, _ = preprocessor().preprocess(notebook, {})
    for cell in test_cells(notebook):
        cell.source = hidden[cell.id]
    # After the comments are in: nbgrader must find unchanged what the learner left unchanged.
    notebook, _ = ComputeChecksums().preprocess(notebook, {})
    notebook.metadata["ladder"] = {
        "level": level_id,
        "exercise": exercise_id,
        "names": list(bound_names(source)),
    }
    return notebook


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom() | ast.Lambda():
            return
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _bound(child)
