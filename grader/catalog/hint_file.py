"""``hints.toml``: what a learner may ask for, check by check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grader.errors import InputError
from grader.model import Level
from grader.table import Table, read_toml

HINTS = 2


@dataclass(frozen=True)
class Hint:
    """Two hints, given one by one, then what to read, then the notes that save an hour."""

    hints: tuple[str, ...]
    read: str
    notes: tuple[str, ...]


def hints(level: Level) -> Mapping[str, Hint]:
    """The level's hints by ``exercise/name`` of the check; empty if it has no ``hints.toml``.

    InputError for a check that does not exist, other than two hints, or an unknown key.
    """
    where = f"{level.id}/hints.toml"
    path = level.folder / "hints.toml"
    if not path.exists():
        return MappingProxyType({})
    known = {f"{check.exercise}/{check.name}" for check in level.checks}
    found = {}
    for name, values in read_toml(path, where).rest().items():
        if name not in known:
            raise InputError(f'{where}: {name!r} is no check of this level; write "exercise/check"')
        table = Table(values, f"{where}, {name}")
        hint = Hint(hints=table.texts("hints"), read=table.text("read"), notes=table.texts("notes", ()))
        table.close()
        if len(hint.hints) != HINTS:
            raise table.fault(f"there must be {HINTS} hints; there are {len(hint.hints)}")
        found[name] = hint
    return MappingProxyType(found)
