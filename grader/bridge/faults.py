"""How a request to learner code can go wrong, on the judge's side.

A LearnerFault is a BaseException and the session remembers it: a check's own bare ``except:`` must not turn a refusal,
crash or deadline into a pass.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """Where in the learner's code: a cell's or file's name, line (from 1; 0 unknown) and that line's text."""

    label: str
    line: int
    source: str

    def __str__(self) -> str:
        if not self.line:
            return ""
        where = f"line {self.line}" + (f" of {self.label}" if self.label else "")
        return where + (f": {self.source}" if self.source else "")


@dataclass(frozen=True)
class CellFailure:
    """How a notebook cell ended when it did not end well; ``text`` is the learner's own message."""

    kind: str
    text: str
    label: str
    line: int
    source: str


class LearnerFault(BaseException):
    """A request failed by the learner's cause (`Starved` alone: by ours); ends the check that asked."""


class OutOfTime(LearnerFault):
    """The learner's code did not answer inside its time."""


class Starved(LearnerFault):
    """The machine that grades was too busy for the learner's code to answer: not their cause, and not a zero.

    It travels as their faults do, since a check may no more swallow it; its verdict is an error of ours.
    """


class Died(LearnerFault):
    """The worker is gone: killed itself, ran out of memory, or was killed."""


class BrokenBridge(LearnerFault):
    """The answer was no message of ours: malformed, oversized or out of order."""


class Refused(LearnerFault):
    """The check needed data and got an object that stayed in the worker."""


class NoRoom(LearnerFault):
    """The submission does not fit into the worker's own folders; nothing of it has run."""


class RemoteError(Exception):
    """Mix-in of every exception raised by learner code: carries where it happened.

    Place and kind are the worker's word. ``ladder_known_kind`` is a name that is known here, so a feedback page may
    show it: a learner may call a class of theirs whatever they have just seen of a hidden input.
    """

    ladder_place: Place
    ladder_kind: str
    ladder_known_kind: str


# Exceptions that would end or fool the judge keep their name and lose their meaning.
_NEVER = {
    "SystemExit",
    "KeyboardInterrupt",
    "GeneratorExit",
    "BaseException",
    "StopIteration",
    "StopAsyncIteration",
}
# Exceptions of libraries that a message may name: they say more than the built-in class they come from.
_LIBRARY_ERRORS = {
    "DTypePromotionError", "DateParseError", "EmptyDataError", "IncompatibleFrequency", "IndexingError",
    "IntCastingNaNError", "InvalidIndexError", "JSONDecodeError", "LinAlgError", "LossySetitemError", "MergeError",
    "NotFittedError", "OutOfBoundsDatetime", "ParserError", "SpecificationError", "UFuncTypeError",
    "UndefinedVariableError",
}  # fmt: skip
_mirrors: dict[tuple[str, ...], type[Exception]] = {}


_TEXTS = ("text", "label", "source")


def mirror(failure: dict[str, Any]) -> Exception:
    """The learner's exception, raised again here as the same built-in type (or the nearest one)."""
    if type(failure) is not dict or type(failure["kinds"]) is not list or type(failure["line"]) is not int:
        raise TypeError("no failure")
    if not all(type(text) is str for text in (*failure["kinds"], *(failure[part] for part in _TEXTS))):
        raise TypeError("no failure")
    kinds = tuple(failure["kinds"])[:30]
    kind = _mirrors.get(kinds)
    if kind is None:
        base: type[Exception] = Exception
        for name in kinds:
            found = getattr(builtins, name, None)
            if name not in _NEVER and isinstance(found, type) and issubclass(found, Exception):
                base = found
                break
        # Exceptions with arguments of their own (UnicodeDecodeError) cannot be made from a text.
        if base.__init__ is not Exception.__init__ and base in (
            UnicodeDecodeError,
            UnicodeEncodeError,
            UnicodeTranslateError,
        ):
            base = UnicodeError
        if base in (ExceptionGroup, BaseExceptionGroup):
            base = Exception
        bases = (RemoteError,) if base is Exception else (base, RemoteError)
        kind = type(kinds[0] if kinds else "Exception", bases, {})
        if len(_mirrors) < 1000:
            _mirrors[kinds] = kind
    error = kind(failure["text"])
    assert isinstance(error, RemoteError)
    error.ladder_place = Place(failure["label"], failure["line"], failure["source"])
    error.ladder_kind = kinds[0] if kinds else "Exception"
    error.ladder_known_kind = known_kind(kinds)
    return error


def known_kind(kinds: Sequence[str]) -> str:
    """The first name of a class and its bases that is an exception of Python's, or one of a library's that we know."""
    for name in kinds:
        found = getattr(builtins, name, None)
        if name in _LIBRARY_ERRORS or (isinstance(found, type) and issubclass(found, BaseException)):
            return name
    return "Exception"
