"""A level as learners are given it: ``level.json`` stands for ``level.toml`` and for the checks nobody shows them.

A release knows of a hidden check what a scorecard tells anyway (id, title, skill, points) and nothing it is made of.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from grader.errors import InputError
from grader.model import Check, Exercise, Level, Limits, Rule, Skill

FILE = "level.json"
FORMAT = 1
# A mentor's rubric says what earns the marks; the folder is wherever the release lies.
_LEFT_OUT = ("folder", "reviews")


def is_released(folder: Path) -> bool:
    """Whether the level's folder is one of a release, and not an author's."""
    return (folder / FILE).is_file()


def text_of(level: Level) -> str:
    """What ``level.json`` says of a level: one JSON document, the same for the same level."""
    fields = {name: value for name, value in dataclasses.asdict(level).items() if name not in _LEFT_OUT}
    return json.dumps({"format": FORMAT, **fields}, ensure_ascii=False, indent=1) + "\n"


def read_released(folder: Path) -> Level:
    """The level in a release's ``folder``; InputError if it was made for another ladder, or is damaged."""
    where = f"{folder.name}/{FILE}"
    try:
        fields = json.loads((folder / FILE).read_text(encoding="utf-8"))
        written = fields.pop("format")
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        raise InputError(f"{where}: is damaged; unpack or install the release again") from None
    if written != FORMAT:
        raise InputError(f"{where}: is of format {written}; this ladder reads {FORMAT}: install the release again")
    try:
        return _level(folder, fields)
    except (KeyError, TypeError):
        raise InputError(f"{where}: is damaged; unpack or install the release again") from None


def _level(folder: Path, fields: dict[str, Any]) -> Level:
    skills = tuple(Skill(**one) for one in fields.pop("skills"))
    exercises = tuple(_exercise(one) for one in fields.pop("exercises"))
    asked = fields.pop("rule")
    rule = Rule(**asked | {"reviews": tuple(asked["reviews"])})
    return Level(folder=folder, skills=skills, exercises=exercises, rule=rule, **fields)


def _exercise(fields: dict[str, Any]) -> Exercise:
    return Exercise(
        limits=Limits(**fields.pop("limits")),
        checks=tuple(Check(**one | {"requires": tuple(one["requires"])}) for one in fields.pop("checks")),
        parts=tuple(fields.pop("parts")),
        preload=tuple(fields.pop("preload")),
        **fields,
    )
