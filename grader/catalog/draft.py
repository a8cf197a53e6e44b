"""A check as its cell or function tells it, and what makes a set of them sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.errors import InputError
from grader.model import Check


@dataclass(frozen=True)
class Draft:
    """One check before it is known whether its skill and prerequisites exist; ``requires`` are names."""

    where: str  # file and cell or function, for messages
    name: str
    title: str
    skill: str
    points: float
    hidden: bool
    requires: tuple[str, ...]
    part: str | None = None

    def fault(self, why: str) -> InputError:
        """An InputError about this check; to be raised by the caller."""
        return InputError(f"{self.where}: {why}")


def settle(level_id: str, exercise_id: str, drafts: tuple[Draft, ...], skills: frozenset[str]) -> tuple[Check, ...]:
    """The drafts as the exercise's checks; InputError for a twin, an unknown skill, a circle."""
    by_name: dict[str, Draft] = {}
    for draft in drafts:
        if draft.name in by_name:
            raise draft.fault(f"the name {draft.name!r} is taken by {by_name[draft.name].where}")
        by_name[draft.name] = draft
    for draft in drafts:
        if draft.skill not in skills:
            raise draft.fault(f"unknown skill {draft.skill!r}; level.toml has {', '.join(sorted(skills))}")
        for name in draft.requires:
            if name not in by_name:
                raise draft.fault(f"requires {name!r}, which is no check of {exercise_id}")
    _no_cycle(by_name)
    return tuple(
        Check(
            id=f"{level_id}/{exercise_id}/{draft.name}",
            exercise=exercise_id,
            title=draft.title,
            skill=draft.skill,
            points=draft.points,
            hidden=draft.hidden,
            part=draft.part,
            requires=tuple(f"{level_id}/{exercise_id}/{name}" for name in draft.requires),
        )
        for draft in drafts
    )


def _no_cycle(by_name: Mapping[str, Draft]) -> None:
    sound: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise by_name[name].fault(f"requires itself in a circle: {circle}")
        if name not in sound:
            for needed in by_name[name].requires:
                visit(needed, (*path, name))
            sound.add(name)

    for name in by_name:
        visit(name, ())
