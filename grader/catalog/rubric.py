"""``[[review]]`` in ``level.toml``: the rubrics that mentors mark by."""

from __future__ import annotations

from collections.abc import Collection

from grader.model import Criterion, Rubric
from grader.table import Table


def read_rubric(table: Table, exercises: Collection[str], skills: Collection[str]) -> Rubric:
    """One rubric; InputError if it names an exercise or a skill that the level does not have."""
    rubric = Rubric(
        id=table.slug("id"),
        title=table.text("title"),
        exercise=_known(table, "exercise", exercises),
        skill=_known(table, "skill", skills),
        minimum=table.whole("minimum", least=1),
        criteria=tuple(_criterion(one) for one in table.tables("criterion")),
        mentors=table.whole("mentors", 1, least=1),
    )
    table.close()
    ids = [criterion.id for criterion in rubric.criteria]
    for one in ids:
        if ids.count(one) > 1:
            raise table.fault(f"criterion {one!r} is there {ids.count(one)} times")
    if rubric.minimum > rubric.max_points:
        raise table.fault(f"minimum is {rubric.minimum}, but all criteria together give {rubric.max_points}")
    return rubric


def _criterion(table: Table) -> Criterion:
    criterion = Criterion(
        id=table.slug("id"),
        title=table.text("title"),
        points=table.whole("points", least=1),
        marks=table.texts("marks"),
    )
    table.close()
    if len(criterion.marks) != criterion.points + 1:
        raise table.fault(
            f"marks must say what each of 0 to {criterion.points} points means: "
            f"{criterion.points + 1} texts, not {len(criterion.marks)}"
        )
    return criterion


def _known(table: Table, key: str, there: Collection[str]) -> str:
    value = table.text(key)
    if value not in there:
        raise table.fault(f"{key} {value!r} is not among the level's: {', '.join(there)}")
    return value
