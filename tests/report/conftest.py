"""A level and scorecards as they come out of real work, for the reports to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

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
from grader.scoring import points_for, summarise

SKILLS = (
    Skill("pandas", "Python, pandas, NumPy"),
    Skill("models", "Simple models (like logistic regression)"),
    Skill("git", "Version control and reproducible notebooks"),
)
# exercise, name, title, points (0: visible), what it builds on
CHECKS = (
    ("01-clean-the-export", "it-runs", "`clean` returns a table", 0, ()),
    ("01-clean-the-export", "columns-kept", "Every column is still there", 0, ("it-runs",)),
    ("01-clean-the-export", "duplicates-found", "Duplicates are found, and only duplicates", 4, ("it-runs",)),
    ("01-clean-the-export", "sentinels-become-missing", "Placeholders become missing", 4, ("it-runs",)),
    ("01-clean-the-export", "units-agree", "Temperatures and wind speeds share one unit", 5, ("it-runs",)),
    ("01-clean-the-export", "midnight-2400", "2400 is midnight, the end of its day", 3, ("it-runs",)),
    ("01-clean-the-export", "midnight-sorts", "Flights sort by time across midnight", 2, ("midnight-2400",)),
    ("01-clean-the-export", "cancelled-kept", "Cancelled flights stay in the table", 4, ("it-runs",)),
    ("01-clean-the-export", "vectorised", "Cleaning a month loops over no rows", 3, ("duplicates-found",)),
    ("02-first-model", "sigmoid-stable", "The sigmoid is stable far from zero", 4, ()),
    ("02-first-model", "gradient", "The gradient agrees with finite differences", 5, ("sigmoid-stable",)),
    ("02-first-model", "beats-baseline", "The model beats the baseline on later weeks", 6, ("gradient",)),
    ("delay-report", "test-suite", "The starter's own tests pass", 0, ()),
    ("delay-report", "runs-twice-the-same", "The notebook runs twice to the same result", 5, ()),
    ("delay-report", "merge-keeps-both", "The merge keeps both intents", 4, ()),
    ("delay-report", "no-credential", "The planted credential is in no commit", 4, ("merge-keeps-both",)),
    ("delay-report", "image-builds", "The container image builds", 2, ()),
)
SKILL_OF = {"01-clean-the-export": "pandas", "02-first-model": "models", "delay-report": "git"}
TITLES = {
    "01-clean-the-export": "Clean the export",
    "02-first-model": "A first model",
    "delay-report": "The delay report",
}
MESSAGES = {
    "duplicates-found": (
        "Tried: your clean() on a fresh export in which 31 rows were duplicated.\n"
        "Came: 9 of the duplicates are still there, and 2 rows that were no duplicates are gone.\n"
        "Look: some copies differ only in the case or the spaces of the carrier code; two flights of one "
        "aircraft on one day are not copies."
    ),
    "units-agree": (
        "Tried: your clean() on a fresh export in which some stations report °F and mph.\n"
        "Came: KeyError: 'wind_kt' in cell `units`, line 7:\n"
        '    5  fahrenheit = weather["station"].isin(US_STATIONS)\n'
        '    6  weather.loc[fahrenheit, "temp_c"] = (weather.temp - 32) * 5 / 9\n'
        '    7  weather["wind_kmh"] = weather["wind_kt"] * 1.852\n'
        "Look: the export has one wind column, `wind_speed`; its unit follows from the station."
    ),
    "midnight-2400": (
        "Tried: twelve departures at 2400 among two hundred others.\n"
        "Came: all twelve moved to 00:00 of the same day, 24 hours too early.\n"
        "Look: 2400 ends a day and 0000 begins one; check the date as well as the hour."
    ),
    "beats-baseline": (
        "Tried: your pipeline fitted on the first three weeks, scored on the week after.\n"
        "Came: its log loss is above the one of always answering the training rate.\n"
        "Look: is every feature known before departure, and is the scaler fitted on the training weeks only?"
    ),
    "columns-kept": "tailnum is missing from the columns of clean(export)",
    "image-builds": "needs buildah, which is not on this machine",
    "merge-keeps-both": "internal: git object store unreadable at /srv/cases/7",
}


@dataclass(frozen=True)
class SampleHint:
    hints: tuple[str, ...]
    read: str
    notes: tuple[str, ...]


HINTS: Mapping[str, SampleHint] = {
    "01-clean-the-export/duplicates-found": SampleHint(
        hints=(
            "Two rows can say the same flight in different spelling. What do you normalise before comparing?",
            "Strip and upper-case `carrier` into a helper column, then look for repeats of\n"
            "carrier, flight, origin and scheduled time:\n\n"
            "    key = export.assign(carrier=export.carrier.str.strip().str.upper())\n"
            '    key.duplicated(["carrier", "flight", "origin", "sched_dep_time"])',
        ),
        read="pandas user guide, “Duplicate data”: `DataFrame.duplicated` and its `subset`",
        notes=(
            "I pass this check and fail “Cancelled flights stay”: rows with no departure time share "
            "a missing value, and `duplicated` counts missing values as equal.",
        ),
    ),
    "01-clean-the-export/midnight-2400": SampleHint(
        hints=("What is the hour after 2359?", "Set the hour to 0 and add one day where the time is 2400."),
        read="pandas user guide: `to_timedelta`",
        notes=(),
    ),
}

Outcomes = Mapping[str, Outcome | SkipReason]
MIXED: Outcomes = {
    "columns-kept": Outcome.FAILED,
    "duplicates-found": Outcome.FAILED,
    "units-agree": Outcome.FAILED,
    "midnight-2400": Outcome.FAILED,
    "midnight-sorts": SkipReason.PREREQUISITE,
    "vectorised": SkipReason.PREREQUISITE,
    "beats-baseline": Outcome.FAILED,
    "merge-keeps-both": Outcome.ERROR,
    "no-credential": SkipReason.PREREQUISITE,
    "image-builds": SkipReason.TOOL,
}


def make_level() -> Level:
    def check(exercise: str, name: str, title: str, points: float, requires: tuple[str, ...]) -> Check:
        return Check(
            id=f"01-intern/{exercise}/{name}",
            exercise=exercise,
            title=title,
            skill=SKILL_OF[exercise],
            points=points,
            hidden=points > 0,
            part="package" if name == "image-builds" else None,
            requires=tuple(f"01-intern/{exercise}/{need}" for need in requires),
        )

    exercises = tuple(
        Exercise(
            id=exercise,
            kind="repo" if exercise == "delay-report" else "notebook",
            title=title,
            minutes=120,
            difficulty="gentle",
            importance="Every model you will ship starts with a file like this one.",
            fresh=2,
            limits=Limits(),
            checks=tuple(check(*row) for row in CHECKS if row[0] == exercise),
        )
        for exercise, title in TITLES.items()
    )
    return Level(
        id="01-intern",
        number=1,
        title="AI Intern",
        focus="Clean data, write scripts, fit a simple model.",
        goal="Contribute to data cleaning and first experiments.",
        folder=Path("levels/01-intern"),
        skills=SKILLS,
        exercises=exercises,
        rule=Rule(points=0.7, skill=0.6),
    )


def make_card(
    level: Level, outcomes: Outcomes, learner: str = "nadia", messages: Mapping[str, str] = MESSAGES
) -> Scorecard:
    """The scorecard of ``learner``: checks named in ``outcomes`` end so, all others passed."""
    results = []
    for check in level.checks:
        said = outcomes.get(check.name, Outcome.PASSED)
        outcome = Outcome.SKIPPED if isinstance(said, SkipReason) else said
        results.append(
            CheckResult(
                id=check.id,
                exercise=check.exercise,
                part=check.part,
                title=check.title,
                skill=check.skill,
                outcome=outcome,
                reason=said if isinstance(said, SkipReason) else None,
                points=points_for(outcome, check.points),
                max_points=check.points,
                message="" if outcome is Outcome.PASSED else messages.get(check.name, ""),
                seconds=0.4,
                hidden=check.hidden,
            )
        )
    summary = summarise(level, results)
    return Scorecard(
        level=level.id,
        learner=learner,
        submission_digest="sha256:" + "3fa9c1d07be2" * 5 + "3fa9",
        checks_digest="sha256:" + "b81f" * 16,
        data_digest="sha256:" + "07cd" * 16,
        seed_id="practice:5b0c",
        environment=Environment("3.11.9", "sha256:" + "aa10" * 16, "linux x86_64"),
        walls=WallsReport("namespaces", True, True, "none", {"memory_mb": 1536, "check_seconds": 20}),
        started="2026-11-22T21:04:09Z",
        seconds=41.7,
        peak_memory=412.0,
        phases={"intake": 0.2, "data": 1.3, "judge": 40.1},
        points=summary.points,
        max_points=summary.max_points,
        skills=summary.skills,
        rule=summary.rule,
        checks=tuple(results),
    )


@pytest.fixture
def level() -> Level:
    return make_level()


@pytest.fixture
def hints() -> Mapping[str, SampleHint]:
    return HINTS


@pytest.fixture
def card(level: Level) -> Callable[..., Scorecard]:
    """Makes a scorecard: ``card()`` with every outcome in it, ``card({})`` with all checks passed."""

    def make(outcomes: Outcomes = MIXED, learner: str = "nadia", message: str | None = None) -> Scorecard:
        made = make_card(level, outcomes, learner)
        if message is None:
            return made
        checks = tuple(
            replace(check, message=message) if check.outcome is Outcome.FAILED else check for check in made.checks
        )
        return replace(made, checks=checks)

    return make
