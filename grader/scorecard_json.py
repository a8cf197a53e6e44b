"""Scorecards as JSON and back, strictly; docs/results-format.md explains every key."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from grader.errors import GraderFault, InputError
from grader.model import FORMAT_VERSION, JSON, CheckResult, Outcome, Scorecard

OLDEST_READABLE = 1


def to_json(scorecard: Scorecard) -> JSON:
    """The scorecard as plain JSON data, keys in documented order; GraderFault if a number is not finite."""
    rest = {
        field.name: _plain(getattr(scorecard, field.name), field.name)
        for field in dataclasses.fields(scorecard)
        if field.name != "format_version"
    }
    return {"format_version": scorecard.format_version, **rest}


def to_line(scorecard: Scorecard) -> str:
    """The scorecard as a line of JSON Lines, without the newline; ASCII only: any terminal can carry it."""
    return json.dumps(to_json(scorecard), allow_nan=False)


def from_line(text: str) -> Scorecard:
    """Read what ``to_line`` wrote; InputError says in one line what is wrong."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"scorecard: not JSON ({problem})") from None
    return from_json(data)


def from_json(data: object) -> Scorecard:
    """Read a scorecard; InputError in one line names the key that is unknown, missing or of the wrong type.

    A ``format_version`` that is too old and one that is too new are told apart.
    """
    if not isinstance(data, dict):
        raise InputError(f"scorecard: an object is expected, not {_kind(data)}")
    if "format_version" not in data:
        raise InputError("scorecard: format_version is missing")
    _check_version(_read(int, data["format_version"], "format_version"))
    scorecard = _read(Scorecard, data, "scorecard")
    assert isinstance(scorecard, Scorecard)
    for index, check in enumerate(scorecard.checks):
        _check_outcome(check, f"checks[{index}]")
    return scorecard


def _check_version(version: int) -> None:
    if version < OLDEST_READABLE:
        raise InputError(f"scorecard: format_version {version} is too old; this ladder reads from {OLDEST_READABLE} on")
    if version > FORMAT_VERSION:
        raise InputError(f"scorecard: format_version {version} is too new; this ladder reads up to {FORMAT_VERSION}")


def _check_outcome(check: CheckResult, where: str) -> None:
    if (check.points is None) != (check.outcome is Outcome.ERROR):
        raise InputError(f"{where}.points: null exactly when the outcome is error")
    if (check.reason is None) == (check.outcome is Outcome.SKIPPED):
        raise InputError(f"{where}.reason: given exactly when the outcome is skipped")


def _plain(value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name), f"{where}.{field.name}")
            for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise GraderFault(f"scorecard: {where} is {value}")
        return value
    raise GraderFault(f"scorecard: {where} holds a {type(value).__name__}")


def _read(kind: Any, value: object, where: str) -> Any:
    """``value`` as the type ``kind``, as grader.model annotates it, or InputError naming ``where``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:  # the records only know "X or None"
        if value is None:
            return None
        (kind,) = (argument for argument in arguments if argument is not types.NoneType)
        return _read(kind, value, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_record(kind, value, where)
    if origin is tuple:
        items = _expect(list, value, where)
        return tuple(_read(arguments[0], item, f"{where}[{index}]") for index, item in enumerate(items))
    if origin is Mapping:
        pairs = _expect(dict, value, where)
        return {key: _read(arguments[1], item, f"{where}.{_shown(key)}") for key, item in pairs.items()}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(_expect(str, value, where))
        except ValueError:
            raise InputError(f"{where}: one of {', '.join(kind)} is expected, not {_shown(value)}") from None
    return _expect(kind, value, where)


def _read_record(kind: type, value: object, where: str) -> Any:
    given = _expect(dict, value, where)
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    for key in given:
        if key not in names:
            raise InputError(f"{where}: unknown key {_shown(key)}")
    for name in names:
        if name not in given:
            raise InputError(f"{where}: {name} is missing")
    inner = "" if where == "scorecard" else f"{where}."
    return kind(**{name: _read(hints[name], given[name], f"{inner}{name}") for name in names})


def _expect(kind: type, value: object, where: str) -> Any:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        number = value if abs(value) < 1e300 else math.inf  # an int may be too large for a float
        if not math.isfinite(number):
            raise InputError(f"{where}: a finite number is expected")
        return float(number)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise InputError(f"{where}: {_KINDS[kind]} is expected, not {_kind(value)}")


_KINDS = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    types.NoneType: "null",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _shown(value: object) -> str:
    return json.dumps(value)[:60]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
