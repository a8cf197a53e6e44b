"""Which answers of a mangled notebook still stand, and so which checks may not fail. Written without the grader's own
reading of notebooks, as what the grader is held to.

An answer (a solution cell, or any other code cell that is the learner's) **stands** if

- its text is whole in a cell that runs: a code cell, or one retyped as text that still carries a grade_id of the
  exercise; which holds whole texts of the notebook and nothing else, in the order the exercise has them, the ones
  above it in the cell standing as well; and which is Python as IPython reads it;
- every answer it builds on stands;
- nothing else that runs binds a name that it binds or uses: no half of a cell, no untouched stub.

A check that needs only answers that stand must pass.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from .accidents import text_of

_ADDED = ("%%time", "%%capture")  # cell magics that run what is below them as Python, in the notebook's namespace


@dataclass(frozen=True)
class Part:
    """One cell of the notebook that was handed in before anything happened to it."""

    text: str
    is_answer: bool

    @property
    def names(self) -> Names:
        return Names.of(self.text)


@dataclass(frozen=True)
class Names:
    """Names that code binds at its top level, and all that it mentions; None of either if it is no Python."""

    bound: frozenset[str]
    used: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Names:
        tree = parsed(text)
        if tree is None:
            return cls(frozenset(), frozenset())
        bound: set[str] = set()
        waiting: list[ast.AST] = list(tree.body)
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                bound.update((name.asname or name.name).split(".")[0] for name in node.names)
            else:
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    bound.add(node.id)
                waiting.extend(ast.iter_child_nodes(node))
        return cls(frozenset(bound), frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)) | bound)


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of what IPython makes of a cell; None if it cannot run it."""
    first, _, rest = text.lstrip("\n").partition("\n")
    body = rest if first.startswith(_ADDED) else text
    if any(line.startswith("%%") for line in body.splitlines()):
        return None
    try:
        return ast.parse(TransformerManager().transform_cell(body))
    except SyntaxError:
        return None


class Notebook:
    """The notebook before the accidents: ``parts`` in its order, code cells only; ``grade_ids`` of the exercise."""

    def __init__(self, parts: Sequence[Part], grade_ids: frozenset[str]) -> None:
        self._parts = [Part(part.text.strip("\n"), part.is_answer) for part in parts]
        self._names = [part.names for part in self._parts]
        self._grade_ids = grade_ids
        self._binder = {
            name: at for at, part in enumerate(self._parts) if part.is_answer for name in self._names[at].bound
        }

    def needs(self, text: str) -> frozenset[int]:
        """The answers that ``text`` builds on, those that they build on included."""
        return self._closure(Names.of(text).used)

    def standing(self, document: Mapping[str, Any] | None) -> frozenset[int]:
        """The answers that stand in a mangled document, by their place in ``parts``."""
        running = [text_of(cell) for cell in (document or {"cells": []})["cells"] if self._runs(cell)]
        made_of = [self._made_of(text) for text in running]
        strange = [Names.of(text).bound for text, parts in zip(running, made_of, strict=True) if parts is None]
        whole = [parts for parts in made_of if parts is not None]
        answers = {at for at, part in enumerate(self._parts) if part.is_answer}
        touched = frozenset().union(*strange)
        standing = {at for at in answers if not touched & (self._names[at].used | self._names[at].bound)}
        while True:
            left = {
                at
                for at in standing
                if self._closure(self._names[at].used) <= standing
                and any(at in parts and self._reached(parts, at, standing) for parts in whole)
            }
            if left == standing:
                return frozenset(standing)
            standing = left

    def _closure(self, used: frozenset[str]) -> frozenset[int]:
        found: set[int] = set()
        waiting = [self._binder[name] for name in used if name in self._binder]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting += [self._binder[name] for name in self._names[at].used if name in self._binder]
        return frozenset(found)

    def _runs(self, cell: Mapping[str, Any]) -> bool:
        metadata = cell.get("metadata")
        marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
        known = isinstance(grade_id, str) and grade_id in self._grade_ids
        return (cell["cell_type"] == "code" or known) and parsed(text_of(cell)) is not None

    def _made_of(self, text: str) -> list[int] | None:
        """The parts that a cell's text is made of, from the top; None if anything else is in it."""
        found = []
        left = text.strip("\n")
        by_length = sorted(range(len(self._parts)), key=lambda at: -len(self._parts[at].text))
        while left:
            for at in by_length:
                part = self._parts[at].text
                if part and left.startswith(part) and left[len(part) : len(part) + 1] in ("", "\n"):
                    found.append(at)
                    left = left[len(part) :].strip("\n")
                    break
            else:
                return None
        return found

    def _reached(self, parts: Sequence[int], at: int, standing: set[int]) -> bool:
        above = parts[: parts.index(at) + 1]
        built_on = frozenset().union(*(self._closure(self._names[other].used) for other in above))
        broken = {other for other in above if self._parts[other].is_answer} - standing
        return list(above) == sorted(above) and built_on <= standing and not broken
