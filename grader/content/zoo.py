"""The zoo of degenerate answers: no hidden check may pass on any of them.

A check is forgeable where it accepts degenerate data: an assertion in a loop over nothing, NaN under ``not … >``,
a scalar that broadcasts, a model that reports on itself. So every check is run here with each animal in place of
everything the learner made. Nothing of a learner runs: values stand in for the worker's answers.
"""

from __future__ import annotations

import ast
import math
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from grader import syntax
from grader.bridge.handle import Handle
from grader.bridge.session import Budget, Done, Session, describe
from grader.model import Exercise, Limits

Animal = Callable[[Sequence[Any]], Any]  # the arguments of a call (empty for a plain name) -> what comes back


def _length(args: Sequence[Any]) -> int:
    for arg in args:
        if isinstance(arg, pd.DataFrame | pd.Series | np.ndarray | list) and np.ndim(arg):
            return len(arg)
    return 3


def _frame(args: Sequence[Any], value: Any) -> pd.DataFrame:
    given = next((arg for arg in args if isinstance(arg, pd.DataFrame)), pd.DataFrame({"a": [1.0], "b": [2.0]}))
    return pd.DataFrame({column: [value] * len(given) for column in given.columns})


def _first(args: Sequence[Any]) -> Any:
    return args[0] if args else None


def _doubled(args: Sequence[Any]) -> Any:
    given = next((arg for arg in args if isinstance(arg, pd.DataFrame)), None)
    return pd.concat([given, given]) if given is not None else [0, 0]


ANIMALS: Mapping[str, Animal] = {
    "None": lambda args: None,
    "zero": lambda args: 0.0,
    "negative zero": lambda args: -0.0,
    "one": lambda args: 1.0,
    "True": lambda args: True,
    "NaN": lambda args: math.nan,
    "NA": lambda args: pd.NA,
    "infinity": lambda args: math.inf,
    "complex": lambda args: 1j,
    "text": lambda args: "",
    "empty list": lambda args: [],
    "empty dict": lambda args: {},
    "empty array": lambda args: np.array([]),
    "array of NaN": lambda args: np.full(_length(args), np.nan),
    "array of zeros": lambda args: np.zeros(_length(args)),
    "array of ones": lambda args: np.ones(_length(args), dtype=int),
    "array of halves": lambda args: np.full(_length(args), 0.5),
    "two columns of halves": lambda args: np.full((_length(args), 2), 0.5),
    "array of infinity": lambda args: np.full(_length(args), np.inf),
    "array of objects": lambda args: np.array([None] * _length(args), dtype=object),
    "masked array": lambda args: np.ma.masked_array(np.zeros(_length(args)), mask=True),
    "broadcastable array": lambda args: np.zeros((1, 1)),
    "square of zeros": lambda args: np.zeros((2, 2)),
    "empty table": lambda args: pd.DataFrame(),
    "table without rows": lambda args: _frame(args, 0).iloc[:0],
    "table of NaN": lambda args: _frame(args, np.nan),
    "table of NA": lambda args: _frame(args, pd.NA),
    "table of text": lambda args: _frame(args, ""),
    "argument itself": _first,
    "argument twice": _doubled,
    "empty tuple": lambda args: (),
    "NaN twice": lambda args: (math.nan, math.nan),
}
SELF_REPORTING = "object that reports on itself"
FILES: Mapping[str, bytes] = {
    "empty file": b"",
    "one line end": b"\n",
    "null": b"null\n",
    "empty object": b"{}\n",
    "empty array": b"[]\n",
    "one cell": b"a\n",
    "NaN row": b"a,b\nnan,nan\n",
    "spaces": b"   \n   \n",
}


@dataclass(frozen=True)
class Escape:
    """A degenerate answer that a check accepted."""

    check: str
    animal: str

    def __str__(self) -> str:
        return f"{self.check} passes on the degenerate answer: {self.animal}"


class ZooSession(Session):
    """Stands where a worker would: every name, call and file is one animal."""

    def __init__(self, animal: str, functions: frozenset[str]) -> None:
        super().__init__(socket.socket(), Limits(), Budget(math.inf))
        self.close()  # there is nobody to talk to
        self._animal = animal
        self._functions = functions

    def fetch(self, name: str) -> Any:
        self.calls += 1
        self.last_call = f"looked for your `{name}`"
        return self._object(name) if name in self._functions else self._answer(())

    def call(self, target: Handle, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        self.calls += 1
        self.last_call = f"called your `{target._ladder_name}` with {describe(args, kwargs)}"
        return self._answer([*args, *kwargs.values()])

    def module(self, name: str) -> Any:
        return self._object(name)

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Done:
        self.calls += 1
        return Done(0, FILES.get(self._animal, b""), b"", 0.01, 0.01)

    def ask(self, operation: str, *arguments: Any, seconds: float | None = None) -> Any:
        self.calls += 1
        match operation:
            case "attribute":
                return self._object(str(arguments[1]))
            case "item":
                return self._answer(())
            case "length":
                return 0
            case "members" | "list":
                return []
            case "exists":
                return True
            case "read":
                return FILES.get(self._animal, b"")
        return None

    def _object(self, name: str) -> Handle:
        return Handle(self, 1, "object", name)

    def _answer(self, args: Sequence[Any]) -> Any:
        return self._object("object") if self._animal == SELF_REPORTING else ANIMALS[self._animal](args)


def functions_of(codes: Sequence[str]) -> frozenset[str]:
    """Names that the reference binds by def or class: those arrive as handles, all others as data."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for code in codes for node in syntax.parse(code).body if isinstance(node, kinds))


def animals_for(exercise: Exercise) -> Iterator[str]:
    """The animals that make sense for an exercise: values for a notebook, files for a repo."""
    yield from (FILES if exercise.kind == "repo" else (*ANIMALS, SELF_REPORTING))
