"""A TOML or JSON table that is read strictly: every key with its type, and no key left over."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from grader.errors import InputError

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Table:
    """One table of a file of ours. Asking for a key takes it out; ``close`` refuses what nobody asked for.

    ``where`` names the file and the place in it, and begins every message. Every fault is an InputError.
    """

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, Mapping):
            raise InputError(f"{where}: a table is needed here")
        self.where = where
        self._left = dict(values)
        self._known: set[str] = set()  # every key that was asked for

    def __contains__(self, key: str) -> bool:
        self._known.add(key)
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        """A string that says something, without the blanks around it."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.fault(f"{key} must be a text")
        if not value.strip():
            raise self.fault(f"{key} is empty")
        return value.strip()

    def slug(self, key: str) -> str:
        """A name that is safe in ids and paths: lower-case letters, digits, single hyphens."""
        value = self.text(key)
        if not SLUG.fullmatch(value):
            raise self.fault(f"{key} {value!r} must be lower-case letters, digits and hyphens")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of the given texts."""
        value = self._take(key, None)
        if value not in choices:
            raise self.fault(f"{key} must be one of {', '.join(choices)}; it is {value!r}")
        return str(value)

    def whole(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """A whole number, not below ``least``."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.fault(f"{key} must be a whole number, at least {least}; it is {value!r}")
        return value

    def number(self, key: str, *, least: float = 0.0, most: float = 1e9) -> float:
        """A number between ``least`` and ``most``, both allowed."""
        value = self._take(key, None)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.fault(f"{key} must be a number from {least:g} to {most:g}; it is {value!r}")
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.fault(f"{key} must be true or false; it is {value!r}")
        return value

    def moment(self, key: str) -> datetime:
        """A date and time with a time zone."""
        value = self._take(key, None)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self.fault(f"{key} must be a date and time with a zone, as 2026-12-01T18:00:00+01:00")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, none of them empty, none of them twice."""
        value = self._take(key, default)
        if not isinstance(value, list | tuple) or not all(_says_something(one) for one in value):
            raise self.fault(f"{key} must be a list of texts, none of them empty")
        if len(set(value)) < len(value):
            raise self.fault(f"{key} names something twice")
        return tuple(value)

    def table(self, key: str, default: Mapping[str, object] | None = None) -> Table:
        """The table below ``key``."""
        return Table(self._take(key, default), f"{self.where}, {key}")

    def tables(self, key: str) -> tuple[Table, ...]:
        """The list of tables below ``key``, at least one; in messages each goes by its ``id`` or ``name``."""
        value = self._take(key, None)
        if not isinstance(value, list) or not value:
            raise self.fault(f"{key} must be a list of tables, with at least one")
        return tuple(
            Table(one, f"{self.where}, {key} {_label(one, place)}") for place, one in enumerate(value, start=1)
        )

    def drop(self, key: str) -> None:
        """Take a key out unread."""
        self._left.pop(key, None)

    def rest(self) -> dict[str, object]:
        """Everything nobody has asked for yet, for tables whose keys are not known beforehand."""
        left, self._left = self._left, {}
        return left

    def close(self) -> None:
        """Refuse what is left over, with the key that was probably meant."""
        if self._left:
            left = sorted(map(str, self._left))
            meant = difflib.get_close_matches(left[0], sorted(self._known), n=1)
            raise self.fault(f"unknown key {', '.join(left)}" + (f"; did you mean {meant[0]}?" if meant else ""))

    def fault(self, why: str) -> InputError:
        """An InputError about this table; to be raised by the caller."""
        return InputError(f"{self.where}: {why}")

    def _take(self, key: str, default: object) -> object:
        self._known.add(key)
        if key not in self._left and default is None:
            near = difflib.get_close_matches(key, [str(one) for one in self._left], n=1)
            raise self.fault(f"{key} is missing" + (f"; there is {near[0]}" if near else ""))
        return self._left.pop(key, default)


def read_toml(path: Path, where: str) -> Table:
    """The whole file as a table; a missing or broken file is an InputError."""
    try:
        return Table(tomllib.loads(path.read_text(encoding="utf-8")), where)
    except FileNotFoundError:
        raise InputError(f"{where}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise InputError(f"{where}: {fault}") from None


def _says_something(one: object) -> bool:
    return isinstance(one, str) and bool(one.strip())


def _label(one: object, place: int) -> object:
    if isinstance(one, Mapping):
        return one.get("id") or one.get("name") or place
    return place
