"""What a level's promotion rule asks beyond a submission: a mentor's reviews and the level below."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model import Level, Rubric


@dataclass(frozen=True)
class Pending:
    """A line of the rule that no submission can meet by itself, and who will see to it."""

    line: str
    because: str


def pending(level: Level) -> tuple[Pending, ...]:
    """In the order of the rule; none where the rule asks for checks alone."""
    lines = [_review(level, level.review(name)) for name in level.rule.reviews]
    if level.rule.level_below:
        lines.append(
            Pending("Asks for the level below", "You are promoted there first; whoever decides on this level sees it.")
        )
    return tuple(lines)


def _review(level: Level, rubric: Rubric) -> Pending:
    who, mark = ("A mentor reads", "marks") if rubric.mentors == 1 else (f"{rubric.mentors} mentors read", "mark")
    what = "; ".join(criterion.title for criterion in rubric.criteria)
    return Pending(
        f"Asks a mentor: “{rubric.title}”",
        f"{who} “{level.exercise(rubric.exercise).title}” and {mark}: {what}. "
        f"At least {rubric.minimum} of {rubric.max_points} are needed.",
    )
