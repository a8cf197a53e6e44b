"""What the judge holds of an object that stayed in the worker: its methods can be called, nothing else is believed."""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from grader.bridge.faults import Refused

if TYPE_CHECKING:
    from grader.bridge.session import Session


# Names of types that a message may show. Any other is the learner's to choose, and may spell out a hidden input.
_KNOWN_TYPES = {name for name, found in vars(builtins).items() if isinstance(found, type)} | {
    found.__name__ for found in vars(types).values() if isinstance(found, type)
}


def known_type(claim: object) -> str:
    """The claimed name of a type, if it is one of Python's own; else "object"."""
    return claim if type(claim) is str and claim in _KNOWN_TYPES else "object"


def _described(kind: str) -> str:
    return "an object of a class of its own" if kind == "object" else f"an object of type {kind}"


class Handle:
    """A learner's object, by number. Calls, attributes, items, length and iteration are requests with a deadline.

    Comparison, truth and arithmetic are refused (a BaseException the session remembers): whatever they returned would
    be the learner's opinion of the learner's own answer.
    """

    __slots__ = ("_ladder_claim", "_ladder_name", "_ladder_number", "_ladder_session")

    def __init__(self, session: Session, number: int, claim: str, name: str) -> None:
        object.__setattr__(self, "_ladder_session", session)
        object.__setattr__(self, "_ladder_number", number)
        object.__setattr__(self, "_ladder_claim", claim)
        object.__setattr__(self, "_ladder_name", name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ladder_session.call(self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            # __array_interface__ and its like would let a worker tell NumPy which memory of the judge to read, and
            # with _typ it would tell pandas that this is a table of pandas' own.
            raise AttributeError(name)
        return self._ladder_session.named(
            self._ladder_session.ask("attribute", self, name), f"{self._ladder_name}.{name}"
        )

    def __getitem__(self, key: Any) -> Any:
        return self._ladder_session.ask("item", self, key)

    def __len__(self) -> int:
        length = self._ladder_session.ask("length", self)
        if type(length) is not int or length < 0:
            raise TypeError("length is no number")
        return length

    def __iter__(self) -> Iterator[Any]:
        members = self._ladder_session.ask("members", self)
        if type(members) is not list:
            raise TypeError("not iterable")
        return iter(members)

    def __repr__(self) -> str:
        return f"<your {self._ladder_name}>"

    def __setattr__(self, name: str, value: Any) -> None:
        raise self._ladder_refuse()

    def __delattr__(self, name: str) -> None:
        raise self._ladder_refuse()

    def __hash__(self) -> int:
        return hash(self._ladder_number)

    def __reduce__(self) -> Any:
        raise self._ladder_refuse()

    def _ladder_refuse(self) -> Refused:
        return self._ladder_session.remember(  # type: ignore[no-any-return]
            Refused(f"gave {_described(self._ladder_claim)} where the check needs plain data")
        )


# Checks show learners `type(answer).__name__`; what it is called in here would tell them nothing.
Handle.__name__ = "object"


def _refusing(name: str) -> Any:
    def method(self: Handle, *_: Any) -> Any:
        raise self._ladder_refuse()

    method.__name__ = name
    return method


_ARITHMETIC = (
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift",
    "and", "or", "xor",
)  # fmt: skip
_OTHERS = (
    "eq", "ne", "lt", "le", "gt", "ge", "bool", "contains", "neg", "pos", "abs", "invert",
    "float", "int", "index", "complex", "round", "trunc", "floor", "ceil", "bytes", "fspath",
    "array", "array_ufunc", "array_function", "dataframe", "enter", "exit", "setitem", "delitem", "next", "await",
)  # fmt: skip
for _name in (*_OTHERS, *(side + name for name in _ARITHMETIC for side in ("", "r", "i"))):
    setattr(Handle, f"__{_name}__", _refusing(f"__{_name}__"))
