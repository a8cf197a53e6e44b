"""Which names of a course's notebook live in the learner's process, guessed from the instructor's own solution.

A guess is tried on that solution before any learner is judged by it (`executor`); each further one asks more of the
learner's process, and so believes it more.
"""

from __future__ import annotations

import ast
from typing import Any

from grader import syntax
from grader.notebooks import bound_names_of, kind_of, names_used, solution_cells, strip_magics


def guesses(source: Any) -> tuple[tuple[str, ...], ...]:
    """Sets of names to try in turn: what solutions bind or change in place; then data they use; then functions too."""
    bound: dict[str, None] = {}
    changed: dict[str, None] = {}
    used: set[str] = set()
    for cell in solution_cells(source):
        bound.update(dict.fromkeys(bound_names_of(cell.source)))
        changed.update(dict.fromkeys(_changed_in_place(cell.source)))
        used |= names_used(cell.source)
    data: dict[str, None] = {}
    functions: dict[str, None] = {}
    for cell in source.cells:
        if cell.cell_type == "code" and kind_of(cell) in ("locked", "free"):
            defined = _defined(cell.source)
            for name in bound_names_of(cell.source):
                (functions if name in defined else data)[name] = None
    first = dict.fromkeys([*bound, *(name for name in changed if name in data)])
    second = dict.fromkeys([*first, *(name for name in data if name in used)])
    third = dict.fromkeys([*second, *(name for name in functions if name in used)])
    return tuple(dict.fromkeys(tuple(names) for names in (first, second, third)))


def _changed_in_place(code: str) -> list[str]:
    """Names whose value code changes without binding them: ``table["x"] = …``, ``items.append(…)``, ``del d[k]``."""
    found = []
    for node in ast.walk(_tree(code)):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            found.append(_root(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found.append(_root(node.value.func) if isinstance(node.value.func, ast.Attribute) else None)
    return [name for name in found if name is not None]


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _defined(code: str) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in _tree(code).body if isinstance(node, kinds)}


def _tree(code: str) -> ast.Module:
    try:
        return syntax.parse(strip_magics(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
