"""``variants/*/expect.toml``: other right solutions and plausible mistakes, and which checks each must not pass."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from grader.errors import InputError
from grader.model import Level

_KEYS = {"exercise", "part", "why", "failed", "skipped"}


@dataclass(frozen=True)
class Variant:
    """One folder of `variants/`. ``failed`` and ``skipped`` are names of checks; a right variant has none.

    ``part`` is the part of a starter repo that it is about, None where that is all of it.
    """

    name: str
    right: bool
    exercise: str
    why: str
    failed: frozenset[str]
    skipped: frozenset[str]
    folder: Path
    part: str | None = None


def read_variants(level: Level) -> tuple[Variant, ...]:
    """Every variant of the level, by name; InputError names the file with a fault."""
    folder = level.folder / "variants"
    found = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return tuple(_read(level, path) for path in found)


def _read(level: Level, folder: Path) -> Variant:
    file = folder / "expect.toml"
    right = folder.name.startswith("right-")
    if not right and not folder.name.startswith("wrong-"):
        raise InputError(f"{folder}: a variant's name begins with right- or wrong-")
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: {error}") from None
    unknown = sorted(table.keys() - _KEYS)
    if unknown:
        raise InputError(f"{file}: does not know {', '.join(unknown)}")
    try:
        exercise = level.exercise(table["exercise"])
    except KeyError:
        raise InputError(f"{file}: names no exercise of {level.id}") from None
    names = {check.name for check in exercise.checks}
    failed, skipped = frozenset(table.get("failed", ())), frozenset(table.get("skipped", ()))
    for name in sorted((failed | skipped) - names):
        raise InputError(f"{file}: {exercise.id} has no check {name!r}")
    if right == bool(failed):
        raise InputError(f"{file}: a right variant fails nothing, a wrong one something")
    parts = {check.part for check in exercise.checks if check.name in failed | skipped}
    part = table.get("part", parts.pop() if len(parts) == 1 else None)
    if part is not None and part not in exercise.parts:
        raise InputError(f"{file}: {exercise.id} has no part {part!r}")
    return Variant(folder.name, right, exercise.id, table.get("why", ""), failed, skipped, folder, part)
