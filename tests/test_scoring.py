"""Points, points by skill and the promotion rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.model import (
    Check,
    CheckResult,
    Exercise,
    Level,
    Limits,
    Outcome,
    Rule,
    RuleLine,
    Skill,
    SkipReason,
)
from grader.scoring import points_for, rule_lines, summarise


def check(name: str, skill: str, points: float, *, hidden: bool = True) -> Check:
    return Check(f"09-test/clean/{name}", "clean", f"{name} works", skill, points, hidden)


CHECKS = (
    check("look", "pandas", 0, hidden=False),
    check("a", "pandas", 4),
    check("b", "pandas", 6),
    check("c", "git", 5),
    check("d", "git", 5),
)
EXERCISE = Exercise("clean", "notebook", "Clean", 60, "gentle", "It matters.", 2, Limits(), CHECKS)
LEVEL = Level(
    id="09-test",
    number=9,
    title="Test",
    focus="",
    goal="",
    folder=Path(),
    skills=(Skill("pandas", "Python, pandas, NumPy"), Skill("git", "Version control")),
    exercises=(EXERCISE,),
    rule=Rule(points=0.7, skill=0.6),
)


def results(**outcomes: Outcome | SkipReason) -> list[CheckResult]:
    """All checks passed except those named; a SkipReason means skipped for it."""
    found = []
    for each in CHECKS:
        said = outcomes.get(each.name, Outcome.PASSED)
        reason = said if isinstance(said, SkipReason) else None
        outcome = Outcome.SKIPPED if isinstance(said, SkipReason) else said
        found.append(
            CheckResult(
                id=each.id,
                exercise=each.exercise,
                part=None,
                title=each.title,
                skill=each.skill,
                outcome=outcome,
                reason=reason,
                points=points_for(outcome, each.points),
                max_points=each.points,
                message="",
                seconds=0.1,
                hidden=each.hidden,
            )
        )
    return found


def line(rule: tuple[RuleLine, ...], words: str) -> RuleLine:
    (found,) = [each for each in rule if words in each.line]
    return found


def test_all_passed_earns_all_and_meets_every_line() -> None:
    summary = summarise(LEVEL, results())
    assert (summary.points, summary.max_points) == (20, 20)
    assert list(summary.skills) == ["pandas", "git"]
    assert [(part.points, part.max_points) for part in summary.skills.values()] == [(10, 10), (10, 10)]
    assert [each.line for each in summary.rule] == [
        "At least 70% of all points (14 of 20)",
        "At least 60% of the points in Python, pandas, NumPy (6 of 10)",
        "At least 60% of the points in Version control (6 of 10)",
        "No check ended in an error of ours",
    ]
    assert all(each.met for each in summary.rule)


def test_a_failed_check_costs_its_points_and_the_line_says_what_lacks() -> None:
    summary = summarise(LEVEL, results(b=Outcome.FAILED))
    assert summary.points == 14
    assert line(summary.rule, "all points").met  # exactly at the bar
    near = line(summary.rule, "pandas")
    assert not near.met
    assert near.because == "4 of 10 points, 2 short. This one would be enough: “b works” (6)."


def test_several_failures_are_named_weightiest_first() -> None:
    summary = summarise(LEVEL, results(a=Outcome.FAILED, b=Outcome.FAILED, c=Outcome.FAILED))
    assert line(summary.rule, "all points").because == (
        "5 of 20 points, 9 short. Together these 2 would be enough: “b works” (6), “c works” (5)."
    )


def test_a_visible_failure_costs_nothing() -> None:
    summary = summarise(LEVEL, results(look=Outcome.FAILED))
    assert summary.points == 20
    assert all(each.met for each in summary.rule)


def test_a_skipped_prerequisite_earns_nothing_and_is_named() -> None:
    summary = summarise(LEVEL, results(c=Outcome.FAILED, d=SkipReason.PREREQUISITE))
    assert summary.skills["git"].points == 0
    because = line(summary.rule, "Version control").because
    assert "Skipped until what they build on passes: “d works” (5)." in because
    judged = line(summary.rule, "error of ours").because
    assert judged == "4 of 5 checks were judged, 1 of them visible; 1 was skipped."


def test_a_missing_tool_stays_in_the_maximum_and_is_not_assessable_here() -> None:
    summary = summarise(LEVEL, results(c=SkipReason.TOOL))
    assert (summary.points, summary.max_points) == (15, 20)
    git = line(summary.rule, "Version control")
    assert not git.met
    assert "Not assessable here, a tool is missing: “c works” (5)." in git.because
    assert line(summary.rule, "all points").met
    assert "Not assessable here" in line(summary.rule, "all points").because
    assert "Not assessable" not in line(summary.rule, "pandas").because


def test_an_error_of_ours_has_no_points_and_blocks_the_rule_without_a_zero() -> None:
    found = results(c=Outcome.ERROR)
    assert found[3].points is None
    summary = summarise(LEVEL, found)
    assert (summary.points, summary.max_points) == (15, 20)
    ours = line(summary.rule, "error of ours")
    assert not ours.met
    assert "“c works”" in ours.because
    assert "Without points by an error of ours" in line(summary.rule, "Version control").because


def test_an_error_in_a_visible_check_blocks_too() -> None:
    summary = summarise(LEVEL, results(look=Outcome.ERROR))
    assert not line(summary.rule, "error of ours").met


def test_what_only_the_ledger_shows_is_no_line_of_a_scorecard() -> None:
    strict = replace(LEVEL, rule=Rule(0.7, 0.6, reviews=("memo",), level_below=True))
    assert summarise(strict, results()).rule == summarise(LEVEL, results()).rule


def test_a_near_miss_says_which_one_check_would_do() -> None:
    strict = replace(LEVEL, rule=Rule(0.8, 0.0))
    near = line(summarise(strict, results(b=Outcome.FAILED, c=Outcome.FAILED)).rule, "all points")
    assert near.because == "9 of 20 points, 7 short. Together these 2 would be enough: “b works” (6), “c works” (5)."
    near = line(summarise(replace(LEVEL, rule=Rule(0.75, 0)), results(b=Outcome.FAILED)).rule, "all points")
    assert near.because == "14 of 20 points, 1 short. This one would be enough: “b works” (6)."
    near = line(summarise(LEVEL, results(c=Outcome.FAILED, d=Outcome.FAILED)).rule, "Version control")
    assert "Together these 2 would be enough" in near.because
    half = replace(LEVEL, rule=Rule(0.75, 0.5))
    near = line(summarise(half, results(c=Outcome.FAILED, d=Outcome.FAILED)).rule, "Version control")
    assert near.because == "0 of 10 points, 5 short. Any one of these would be enough: “c works” (5), “d works” (5)."


def test_open_checks_that_cannot_be_enough_are_said_to_be_so() -> None:
    strict = replace(LEVEL, rule=Rule(0.95, 0.6))
    near = line(summarise(strict, results(a=Outcome.FAILED, c=SkipReason.TOOL)).rule, "all points")
    assert near.because == (
        "11 of 20 points, 8 short. Failed: “a works” (4). All of these together would not be enough. "
        "Not assessable here, a tool is missing: “c works” (5)."
    )


def test_a_met_share_names_what_is_still_open() -> None:
    met = line(summarise(replace(LEVEL, rule=Rule(0.5, 0.4)), results(b=Outcome.FAILED)).rule, "all points")
    assert (met.met, met.because) == (True, "14 of 20 points. Open: “b works” (6).")


def test_an_older_scorecard_is_held_against_the_rule_as_it_is_now() -> None:
    gone = replace(results()[1], id="09-test/clean/gone", points=0.0, outcome=Outcome.FAILED)
    lines = rule_lines(LEVEL, [*results()[:3], gone], CHECKS[3:])
    assert line(lines, "all points").line == "At least 70% of all points (16.8 of 24)"
    assert "Not graded this time: 2 checks (10)." in line(lines, "Version control").because
    assert rule_lines(LEVEL, results()) == summarise(LEVEL, results()).rule
    assert not any(each.met for each in rule_lines(LEVEL, [], [])[:-1])


def test_a_skill_without_points_is_not_met_on_nothing() -> None:
    bare = replace(LEVEL, skills=(*LEVEL.skills, Skill("models", "Simple models")))
    models = line(summarise(bare, results()).rule, "Simple models")
    assert not models.met


def test_decimal_points_meet_a_bar_they_equal() -> None:
    checks = tuple(check(f"n{index}", "pandas", 0.1) for index in range(20))
    exercises = (replace(EXERCISE, checks=checks),)
    level = replace(LEVEL, skills=LEVEL.skills[:1], exercises=exercises, rule=Rule(0.6, 0.6))
    template = results()[1]
    found = [
        replace(
            template,
            id=each.id,
            max_points=0.1,
            outcome=Outcome.PASSED if index < 12 else Outcome.FAILED,
            points=0.1 if index < 12 else 0.0,
        )
        for index, each in enumerate(checks)
    ]
    assert sum([0.1] * 12) < 0.6 * sum([0.1] * 20)  # what floats make of it
    assert line(summarise(level, found).rule, "all points").met


def test_ungraded_exercises_stay_in_every_maximum_and_are_said() -> None:
    other = replace(CHECKS[3], id="09-test/report/e", exercise="report", points=10.0)
    level = replace(LEVEL, exercises=(EXERCISE, replace(EXERCISE, id="report", checks=(other,))))
    with pytest.raises(GraderFault, match="report/e"):
        summarise(level, results())
    summary = summarise(level, results(), ["clean"])
    assert (summary.points, summary.max_points) == (20, 30)
    assert (summary.skills["git"].points, summary.skills["git"].max_points) == (10, 20)
    git = line(summary.rule, "Version control")
    assert not git.met
    assert git.because == (
        "10 of 20 points, 2 short. Everything that could be judged passed. Not graded this time: 1 check (10)."
    )
    assert "Not graded" not in line(summary.rule, "pandas").because
    assert line(summary.rule, "error of ours").because == "5 of 6 checks were judged, 1 of them visible."
    with pytest.raises(GraderFault, match="not to be graded"):
        summarise(level, results(), [])


@pytest.mark.parametrize("index", range(len(CHECKS)))
def test_a_missing_result_is_our_fault(index: int) -> None:
    found = results()
    missing = found.pop(index)
    with pytest.raises(GraderFault, match=missing.id):
        summarise(LEVEL, found)


def test_results_that_contradict_the_level_are_our_fault() -> None:
    good = results()
    stranger = replace(good[1], id="09-test/clean/zzz")
    wrong = [
        [*good, good[1]],
        [*good, stranger],
        [*good[:1], replace(good[1], max_points=40.0, points=40.0), *good[2:]],
        [*good[:1], replace(good[1], points=0.0), *good[2:]],
        [*good[:1], replace(good[1], points=None), *good[2:]],
        [*good[:1], replace(good[1], reason=SkipReason.TOOL), *good[2:]],
        [*good[:1], replace(good[1], hidden=False), *good[2:]],
    ]
    for found in wrong:
        with pytest.raises(GraderFault):
            summarise(LEVEL, found)


def test_a_visible_result_beyond_the_level_is_allowed() -> None:
    extra = replace(results()[0], id="09-test/clean/own-test")
    assert summarise(LEVEL, [*results(), extra]).points == 20
