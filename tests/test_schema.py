"""Scorecards as JSON: against the published schema, there and back, and strictly."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.errors import GraderFault, InputError
from grader.model import (
    CheckResult,
    Environment,
    Outcome,
    RuleLine,
    Scorecard,
    SkillPoints,
    SkipReason,
    WallsReport,
)
from grader.scorecard_json import from_json, from_line, to_json, to_line

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "scorecard.schema.json").read_text())
KEYS = [  # in the documented order
    "format_version",
    "level",
    "learner",
    "submission_digest",
    "checks_digest",
    "data_digest",
    "seed_id",
    "environment",
    "walls",
    "started",
    "seconds",
    "peak_memory",
    "phases",
    "points",
    "max_points",
    "skills",
    "rule",
    "checks",
]
CHECK_KEYS = [
    "id",
    "exercise",
    "part",
    "title",
    "skill",
    "outcome",
    "reason",
    "points",
    "max_points",
    "message",
    "seconds",
    "hidden",
]


def result(name: str, outcome: Outcome, reason: SkipReason | None, points: float | None) -> CheckResult:
    return CheckResult(
        id=f"01-intern/clean/{name}",
        exercise="clean",
        part=None if points else "package",
        title="Duplicates are found",
        skill="pandas",
        outcome=outcome,
        reason=reason,
        points=points,
        max_points=4.0,
        message="Tried: x.\nCame: y.\nLook: z.\u2028\x00",
        seconds=0.5,
        hidden=True,
    )


CARD = Scorecard(
    level="01-intern",
    learner="Nadia “নাদিয়া”",
    submission_digest="sha256:00",
    checks_digest="sha256:01",
    data_digest="sha256:02",
    seed_id="practice:ab",
    environment=Environment("3.11.9", "sha256:03", "linux-x86_64"),
    walls=WallsReport("namespaces", True, False, "none", {"memory_mb": 1536}),
    started="2026-11-22T22:40:00Z",
    seconds=12.5,
    peak_memory=310.0,
    phases={"intake": 0.1, "judge": 12.0},
    points=4.0,
    max_points=20.0,
    skills={"pandas": SkillPoints(4.0, 20.0)},
    rule=(RuleLine("At least 70% of all points (14 of 20)", False, "4 of 20 points, 10 short."),),
    checks=(
        result("a", Outcome.PASSED, None, 4.0),
        result("b", Outcome.FAILED, None, 0.0),
        result("c", Outcome.SKIPPED, SkipReason.PREREQUISITE, 0.0),
        result("d", Outcome.SKIPPED, SkipReason.TOOL, 0.0),
        result("e", Outcome.ERROR, None, None),
    ),
)


def validate(data: object) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(data)


def edited(path: str, value: object) -> dict[str, Any]:
    """The card as JSON with one place changed; ``path`` is dotted, numbers are indexes."""
    data = copy.deepcopy(to_json(CARD))
    *parents, last = path.split(".")
    place: Any = data
    for step in parents:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return data


def test_the_schema_is_itself_valid_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False


def test_keys_are_the_documented_ones_in_order() -> None:
    data = to_json(CARD)
    assert list(data) == KEYS
    assert list(data["checks"][0]) == CHECK_KEYS
    assert list(SCHEMA["properties"]) == KEYS
    assert list(SCHEMA["$defs"]["check"]["properties"]) == CHECK_KEYS


def test_all_four_outcomes_fit_the_schema_and_come_back_equal() -> None:
    line = to_line(CARD)
    assert "\n" not in line
    assert line.isascii()
    validate(json.loads(line))
    assert from_line(line) == CARD
    assert from_json(json.loads(line)) == CARD


EVERY_OBJECT = ["", "environment.", "walls.", "skills.pandas.", "rule.0.", "checks.1."]


@pytest.mark.parametrize("where", EVERY_OBJECT)
def test_an_unknown_key_is_refused_everywhere(where: str) -> None:
    data = edited(f"{where}bonus", 1)
    with pytest.raises(InputError, match='unknown key "bonus"'):
        from_json(data)
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_key_is_named(key: str) -> None:
    data = to_json(CARD)
    del data[key]
    with pytest.raises(InputError, match=f"{key} is missing"):
        from_json(data)
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


WRONG = {
    "level": 1,
    "seconds": "12",
    "points": True,
    "peak_memory": None,
    "phases": [],
    "phases.judge": "12",
    "rule": {},
    "rule.0.met": 1,
    "walls.seccomp": "yes",
    "walls.limits": 3,
    "environment": "3.11",
    "skills.pandas": 4,
    "checks.0.outcome": "won",
    "checks.0.part": 3,
    "checks.2.reason": "lazy",
    "checks.2.points": None,  # null is for errors of ours only
    "checks.4.points": 0,  # and an error is never a zero
    "checks.0.reason": "tool",
    "checks.3.reason": None,
}


@pytest.mark.parametrize("path", WRONG)
def test_a_wrong_type_or_contradiction_is_named(path: str) -> None:
    data = edited(path, WRONG[path])
    last = path.rsplit(".", 1)[-1]
    with pytest.raises(InputError, match=last) as refused:
        from_json(data)
    assert "\n" not in str(refused.value)
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


def test_too_old_and_too_new_are_told_apart() -> None:
    with pytest.raises(InputError, match="too old"):
        from_json(edited("format_version", 0))
    with pytest.raises(InputError, match="too new"):
        from_json(edited("format_version", 2))
    with pytest.raises(InputError, match="too new"):  # before any key that version 2 may have added
        from_json({**edited("format_version", 2), "later": 1})
    with pytest.raises(InputError, match="whole number"):
        from_json(edited("format_version", True))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"format_version": NaN}', "[" * 100_000])
def test_what_is_no_scorecard_at_all_is_one_clear_line(text: str) -> None:
    with pytest.raises(InputError) as refused:
        from_line(text)
    assert "\n" not in str(refused.value)


def test_numbers_must_be_finite_both_ways() -> None:
    with pytest.raises(InputError, match="finite"):
        from_json(edited("seconds", float("inf")))
    with pytest.raises(InputError, match="finite"):
        from_json(edited("seconds", 10**400))
    with pytest.raises(GraderFault, match="seconds"):
        to_json(replace(CARD, seconds=float("nan")))
