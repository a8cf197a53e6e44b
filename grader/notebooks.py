"""Source notebooks: which cell is what, which names the solutions bind, and the form that learners are given."""

from __future__ import annotations

import ast
import copy
import re
import warnings
from functools import lru_cache
from typing import Any, Literal

from grader import syntax

Kind = Literal["text", "free", "locked", "solution", "test"]
BEGIN_HIDDEN = "### BEGIN HIDDEN TESTS"
# Cell magics below which there is still Python that binds its names; below any other there is some other language.
_TRANSPARENT_MAGICS = ("%%time", "%%capture", "%%prun")
_MAGIC_LINE = re.compile(r"(\s*)(?:[%!].*|[\w.]+\?{1,2}\s*)")
# One run of characters up to the first `=`: two that overlap would take hours to refuse a long line of spaces.
_MAGIC_VALUE = re.compile(r"([\w\s,.*()\[\]]+=\s*)[%!].*")
_LONGEST = 200_000  # characters of a cell that is looked into; a notebook of such cells would be parsed for minutes


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
    """The code cells that the learner answers in."""
    return [cell for cell in notebook.cells if kind_of(cell) == "solution" and cell.cell_type == "code"]


def test_cells(notebook: Any) -> list[Any]:
    """The cells that are one check each."""
    return [cell for cell in notebook.cells if kind_of(cell) == "test"]


def bound_names(source: Any) -> tuple[str, ...]:
    """Names that the solution cells bind at top level, in order of first binding; imports are not among them.

    In a release there is nothing in those cells to bind them: it lists the names instead. ValueError names a solution
    cell of our source that is not Python.
    """
    if "ladder" in source.metadata:
        return tuple(source.metadata["ladder"]["names"])
    names: dict[str, None] = {}
    for cell in solution_cells(source):
        tree = _parse(cell.source)
        if tree is None:
            raise ValueError(f"solution cell {cell.metadata['nbgrader'].get('grade_id')!r} is not Python")
        names.update(_Bindings.of(tree))
    return tuple(names)


@lru_cache(maxsize=1000)
def bound_names_of(code: str) -> tuple[str, ...]:
    """Names that code binds at top level (also inside its if, for, while, with and try); none if it does not parse.

    Nor for a cell of more than 200,000 characters, which nobody wrote.
    """
    tree = _parse(code) if len(code) <= _LONGEST else None
    return () if tree is None else tuple(_Bindings.of(tree))


def names_used(code: str) -> frozenset[str]:
    """Every name that code mentions, bound or read; none if it does not parse."""
    tree = _parse(code)
    nodes = () if tree is None else ast.walk(tree)
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def strip_magics(code: str) -> str:
    """Code without IPython's own lines (``%magic``, ``!command``, ``name?``), so that `ast` can read it.

    What is Python already stays as it is: a line of a long expression may well begin with ``%``.
    """
    first, _, rest = code.lstrip().partition("\n")
    if first.startswith("%%"):
        return strip_magics(rest) if first.startswith(_TRANSPARENT_MAGICS) else "\n"
    if _plain_parse(code) is None:
        code = "\n".join(_without_magic(line) for line in code.splitlines()) + "\n"
    return code


def _without_magic(line: str) -> str:
    if match := _MAGIC_LINE.fullmatch(line):
        return match[1] + "pass"
    if match := _MAGIC_VALUE.fullmatch(line):
        return match[1] + "None"
    return line


def _parse(code: str) -> ast.Module | None:
    return _plain_parse(strip_magics(code))


def _plain_parse(code: str) -> ast.Module | None:
    """The syntax tree, or None: a learner's code may be anything, a bracket nested ten thousand deep included."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the learner's escapes and comparisons
            return syntax.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def release_text(cell: Any) -> str:
    """The text of a locked or test cell as learners see it: a hidden test is one comment."""
    if kind_of(cell) == "test" and cell.source.lstrip().startswith(BEGIN_HIDDEN):
        points = cell.metadata["nbgrader"]["points"]
        word = "point" if points == 1 else "points"
        return f"# Hidden check: {cell.metadata['ladder']['title']} ({points:g} {word})"
    return str(cell.source)


def released_text(cell: Any) -> str:
    """The text of any course's cell as its learners see it: what is hidden from them is cut out."""
    text, hidden = [], False
    for line in str(cell.source).splitlines():
        if "BEGIN HIDDEN TESTS" in line:
            hidden = True
        elif "END HIDDEN TESTS" in line:
            hidden = False
        elif not hidden:
            text.append(line)
    return "\n".join(text)


def imports_of(code: str) -> tuple[str, ...]:
    """Names that code imports at top level or below its if, for, with and try; ``*`` for all of a module's."""
    tree = _parse(code)
    found: dict[str, None] = {}
    for node in () if tree is None else ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.update(dict.fromkeys(alias.asname or alias.name.split(".")[0] for alias in node.names))
    return tuple(found)


def release(source: Any, level_id: str, exercise_id: str) -> Any:
    """The notebook that learners are given: solutions and hidden tests cleared the way nbgrader clears them.

    Outputs and mark schemes go too; ``metadata.ladder`` names level, exercise and what the solutions bind. ``source``
    stays as it is. RuntimeError where the markers of a cell do not pair.
    """
    # nbgrader takes a second to import: only who makes a release pays it
    from nbgrader.preprocessors import (
        ClearHiddenTests,
        ClearMarkScheme,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    notebook = copy.deepcopy(source)
    hidden = {cell.id: release_text(cell) for cell in test_cells(notebook)}
    for preprocessor in (ClearSolutions, ClearHiddenTests, ClearMarkScheme, ClearOutput, LockCells):
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


class _Bindings(ast.NodeVisitor):
    """Collects what running a module binds in its own scope; bodies of functions and classes have their own."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}

    @classmethod
    def of(cls, tree: ast.Module) -> dict[str, None]:
        """The names in order of first binding; none where the tree is nested too deep to walk."""
        finder = cls()
        try:
            finder.visit(tree)
        except RecursionError:
            return {}
        return finder.names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.names[node.id] = None

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:  # `x: int` alone binds nothing
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.names[node.name] = None
        for outside in (*node.decorator_list, node.args):
            self.visit(outside)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names[node.name] = None
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outside)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        # Its target is the comprehension's own; a `:=` inside it is the module's.
        self.visit(node.iter)
        for condition in node.ifs:
            self.visit(condition)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._capture(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._capture(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        self._capture(node.rest)

    def _capture(self, name: str | None) -> None:
        if name is not None:
            self.names[name] = None
