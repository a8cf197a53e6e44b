"""``level.toml``: a level's identity, skills, exercises, limits and promotion rule."""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import partial
from pathlib import Path
from typing import cast

from grader.catalog import notebook, repo
from grader.catalog.draft import Draft, settle
from grader.catalog.released import is_released, read_released
from grader.catalog.rubric import read_rubric
from grader.model import PRELOADS, Check, Exercise, ExerciseKind, Level, Limits, Rule, Skill
from grader.table import Table, read_toml

FORMAT = 1
DIFFICULTIES = ("gentle", "steady", "steep")


def read_level(folder: Path) -> Level:
    """The level in ``folder``, with the checks of all its exercises; InputError at the first fault."""
    if is_released(folder):
        return read_released(folder)
    table = read_toml(folder / "level.toml", f"{folder.name}/level.toml")
    if table.whole("format") != FORMAT:
        raise table.fault(f"format must be {FORMAT}")
    level_id, number = table.text("id"), table.whole("number", least=1)
    if level_id != folder.name:
        raise table.fault(f"id is {level_id!r}, but the folder is {folder.name!r}")
    if not level_id.startswith(f"{number:02d}-"):
        raise table.fault(f"number is {number}, but the id is {level_id!r}")
    title, focus, goal = table.text("title"), table.text("focus"), table.text("goal")
    skills = tuple(_skill(one) for one in table.tables("skill"))
    outlines = tuple(_outline(one) for one in table.tables("exercise"))
    skill_ids, exercise_ids = [skill.id for skill in skills], [outline.id for outline in outlines]
    written = table.tables("review") if "review" in table else ()
    reviews = tuple(read_rubric(one, exercise_ids, skill_ids) for one in written)
    rule = _rule(table.table("rule"), [rubric.id for rubric in reviews], number)
    table.close()
    _no_twins(table, "skill", skill_ids)
    _no_twins(table, "exercise", exercise_ids)
    _no_twins(table, "review", [rubric.id for rubric in reviews])
    return Level(
        id=level_id,
        number=number,
        title=title,
        focus=focus,
        goal=goal,
        folder=folder,
        skills=skills,
        exercises=_with_checks(folder, outlines, frozenset(skill_ids)),
        rule=rule,
        reviews=reviews,
    )


def _with_checks(folder: Path, outlines: tuple[Exercise, ...], skills: frozenset[str]) -> tuple[Exercise, ...]:
    notebooks = frozenset(one.id for one in outlines if one.kind == "notebook")
    repos = tuple(one.id for one in outlines if one.kind == "repo")
    notebook.no_strays(folder, notebooks)
    by_repo = repo.drafts(folder, repos)
    exercises = []
    for outline in outlines:
        drafts = by_repo[outline.id] if outline.kind == "repo" else notebook.drafts(folder, outline.id)
        checks = settle(folder.name, outline.id, drafts, skills)
        parts = _parts(outline, drafts)
        if outline.parts:  # the order level.toml gives, not that of the files' names
            checks = tuple(sorted(checks, key=partial(_place_of_part, parts)))
        exercises.append(dataclasses.replace(outline, checks=checks, parts=parts))
    return tuple(exercises)


def _place_of_part(parts: tuple[str, ...], check: Check) -> int:
    return parts.index(check.part or "")


def _parts(exercise: Exercise, drafts: tuple[Draft, ...]) -> tuple[str, ...]:
    """The parts ``level.toml`` lists, else those the checks name, in their order."""
    if not exercise.parts:
        return tuple(dict.fromkeys(draft.part for draft in drafts if draft.part is not None))
    for draft in drafts:
        if draft.part not in exercise.parts:
            named = "no part" if draft.part is None else f"part {draft.part!r}"
            raise draft.fault(f"{named}; level.toml lists {', '.join(exercise.parts)}")
    return exercise.parts


def _skill(table: Table) -> Skill:
    skill = Skill(id=table.slug("id"), name=table.text("name"))
    table.close()
    return skill


def _outline(table: Table) -> Exercise:
    """An exercise as ``level.toml`` tells it: all but its checks."""
    exercise = Exercise(
        id=table.slug("id"),
        kind=cast(ExerciseKind, table.choice("kind", ("notebook", "repo"))),
        title=table.text("title"),
        minutes=table.whole("minutes", least=1),
        difficulty=table.choice("difficulty", DIFFICULTIES),
        importance=table.text("importance"),
        fresh=table.whole("fresh"),
        limits=_limits(table.table("limits", {})),
        checks=(),
        parts=table.texts("parts", ()),
        preload=table.texts("preload", ()),
        figures=table.flag("figures", False),
    )
    table.close()
    if exercise.figures and exercise.kind != "notebook":
        raise table.fault("figures is true, but only a notebook has figures")
    if unknown := [name for name in exercise.preload if name not in PRELOADS]:
        raise table.fault(f"preload names {unknown[0]!r}; there are: {', '.join(PRELOADS)}")
    return exercise


def _limits(table: Table) -> Limits:
    changed: dict[str, float] = {}
    for field in dataclasses.fields(Limits):
        if field.name in table:
            whole = isinstance(field.default, int)
            changed[field.name] = table.whole(field.name, least=1) if whole else table.number(field.name)
            if not changed[field.name]:
                raise table.fault(f"{field.name} must be more than 0")
    table.close()
    return dataclasses.replace(Limits(), **changed)  # type: ignore[arg-type]  # each by its own field's type


def _rule(table: Table, reviews: list[str], number: int) -> Rule:
    rule = Rule(
        points=table.number("points", most=1.0),
        skill=table.number("skill", most=1.0),
        reviews=table.texts("reviews", ()),
        level_below=table.flag("level_below", False),
    )
    table.close()
    if unknown := [name for name in rule.reviews if name not in reviews]:
        raise table.fault(f"reviews names {unknown[0]!r}; there are: {', '.join(reviews) or 'none'}")
    if rule.level_below and number == 1:
        raise table.fault("level_below is true, but below level 1 there is no level")
    return rule


def _no_twins(table: Table, kind: str, ids: list[str]) -> None:
    for one, times in Counter(ids).items():
        if times > 1:
            raise table.fault(f"{kind} {one!r} is there {times} times")
