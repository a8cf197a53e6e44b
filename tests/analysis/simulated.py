"""Scorecards of simulated cohorts, from a table of outcomes."""

from pathlib import Path

from grader.model import (
    Check,
    CheckResult,
    Environment,
    Exercise,
    Level,
    Limits,
    Outcome,
    Rule,
    Scorecard,
    Skill,
    SkipReason,
    WallsReport,
)

OUTCOMES = {
    "pass": (Outcome.PASSED, None),
    "fail": (Outcome.FAILED, None),
    "skip": (Outcome.SKIPPED, SkipReason.PREREQUISITE),
    "tool": (Outcome.SKIPPED, SkipReason.TOOL),
    "error": (Outcome.ERROR, None),
}


def a_level(names, requires=None, points=1.0):
    """A level of one notebook ``work``; ``requires`` maps a name to the names it builds on."""
    checks = tuple(
        Check(
            id=f"07-sim/work/{name}",
            exercise="work",
            title=f"The {name}",
            skill="skill",
            points=points,
            hidden=True,
            requires=tuple(f"07-sim/work/{needed}" for needed in (requires or {}).get(name, ())),
        )
        for name in names
    )
    exercise = Exercise("work", "notebook", "Work", 60, "gentle", "It is.", 1, Limits(), checks)
    return Level("07-sim", 7, "Sim", "f", "g", Path("nowhere"), (Skill("skill", "Skill"),), (exercise,), Rule(0.7, 0.6))


def a_card(level, learner, outcomes, *, started="2026-10-01T10:00:00Z", checks_digest="sha256:one", seconds=None):
    """A scorecard; ``outcomes`` maps a check's name to a key of OUTCOMES."""
    results = []
    for check in level.checks:
        if check.name not in outcomes:
            continue
        outcome, reason = OUTCOMES[outcomes[check.name]]
        points = None if outcome is Outcome.ERROR else check.points if outcome is Outcome.PASSED else 0.0
        results.append(
            CheckResult(
                id=check.id,
                exercise=check.exercise,
                part=None,
                title=check.title,
                skill=check.skill,
                outcome=outcome,
                reason=reason,
                points=points,
                max_points=check.points,
                message="",
                seconds=(seconds or {}).get(check.name, 0.5),
                hidden=check.hidden,
            )
        )
    return Scorecard(
        level=level.id,
        learner=learner,
        submission_digest=f"sha256:{learner}",
        checks_digest=checks_digest,
        data_digest="sha256:data",
        seed_id="0" * 16,
        environment=Environment("3.11", "sha256:env", "linux"),
        walls=WallsReport("namespaces", True, True, "none", {}),
        started=started,
        seconds=1.0,
        peak_memory=1.0,
        phases={},
        points=sum(result.points or 0.0 for result in results),
        max_points=sum(check.points for check in level.checks),
        skills={},
        rule=(),
        checks=tuple(results),
    )
