"""The list of levels, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model import JSON, Level


def as_text(levels: Sequence[Level]) -> str:
    """Levels with their skills and exercises, a few lines each."""
    lines: list[str] = []
    for level in levels:
        points = sum(check.points for check in level.checks)
        lines.append(f"{level.id}  {level.title}: {points:g} points")
        lines.append(f"    {level.goal}")
        for skill in level.skills:
            checks = [check for check in level.checks if check.skill == skill.id and check.hidden]
            lines.append(
                f"    skill     {skill.name}: {sum(check.points for check in checks):g} points in {len(checks)} checks"
            )
        for exercise in level.exercises:
            effort = f"{exercise.minutes} minutes, {exercise.difficulty}"
            lines.append(f"    {exercise.kind:9} {exercise.id}: {exercise.title} ({effort})")
    return "\n".join(lines)


def as_json(levels: Sequence[Level]) -> list[JSON]:
    """The same for programs: one object per level."""
    return [
        {
            "id": level.id,
            "number": level.number,
            "title": level.title,
            "focus": level.focus,
            "goal": level.goal,
            "points": sum(check.points for check in level.checks),
            "skills": [
                {
                    "id": skill.id,
                    "name": skill.name,
                    "points": sum(check.points for check in level.checks if check.skill == skill.id),
                }
                for skill in level.skills
            ],
            "exercises": [
                {
                    "id": exercise.id,
                    "kind": exercise.kind,
                    "title": exercise.title,
                    "minutes": exercise.minutes,
                    "difficulty": exercise.difficulty,
                    "points": sum(check.points for check in exercise.checks),
                    "checks": [check.id for check in exercise.checks],
                }
                for exercise in level.exercises
            ],
        }
        for level in levels
    ]
