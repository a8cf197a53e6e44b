"""Each line of the rule, met and unmet, at its boundary."""

import dataclasses

import pytest

from grader.model import Check, Outcome, Rule, SkipReason
from grader.promotion import rule
from grader.promotion.rule import Below


@pytest.fixture
def line(standing):
    """The one line of a kind, as judged on what stands."""

    def judged(level, kind, below=None):
        lines = [line for line in rule.judge(level, standing(level), below) if line.kind == kind]
        (found,) = lines
        return found

    return judged


def of_points(level, *points, bar=0.7):
    """The level with one check of each number of points, in one skill."""
    checks = tuple(
        Check(f"{level.id}/01-add/n{n}", "01-add", f"N{n}", "numbers", each, True) for n, each in enumerate(points)
    )
    exercise = dataclasses.replace(level.exercises[0], checks=checks)
    return dataclasses.replace(
        level, exercises=(exercise,), skills=level.skills[:1], rule=Rule(bar, 0.0), reviews=()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("points", "failed", "met"),
    [
        ((77, 33), "n1", True),  # 0.7 of 110 is 77.0 and not a hair more
        ((76.5, 33.5), "n1", False),
        ((76.999999, 33.000001), "n1", False),
        ((0.1,) * 10, "n0", True),
    ],
)
def test_the_share_of_all_points_at_its_bar(first, graded, line, points, failed, met):
    level = of_points(first, *points)
    graded(level, outcomes={failed: Outcome.FAILED})
    assert line(level, "points").met is met


def test_every_rounding_of_a_bar_is_the_learners(first, graded, line):
    level = of_points(first, *(0.1,) * 20, bar=0.6)
    graded(level, outcomes={f"n{n}": Outcome.FAILED for n in range(8)})
    assert sum([0.1] * 12) < 0.6 * sum([0.1] * 20)  # what floats make of it
    assert line(level, "points").met


def test_a_near_miss_says_what_would_be_enough(first, graded, line):
    level = of_points(first, 76, 2, 3, 29)
    graded(level, outcomes={"n1": Outcome.FAILED, "n2": Outcome.FAILED, "n3": Outcome.FAILED})
    near = line(level, "points")
    assert near.line == "At least 70% of all points (77 of 110)"
    assert near.because == "76 of 110 points, 1 short. Any one of these would be enough: “N3” (29), “N2” (3), “N1” (2)."


def test_every_skill_has_its_own_line(second, graded, standing):
    graded(second, outcomes={"prints-the-sum": Outcome.FAILED, "prints-the-largest": SkipReason.PREREQUISITE})
    by_skill = [each for each in rule.judge(second, standing(second), None) if each.kind == "skill"]
    assert [("Numbers" in each.line, each.met) for each in by_skill] == [(True, True), (False, False)]
    assert "“The sum is printed”" in by_skill[1].because


def test_what_a_missing_tool_decides_is_said(second, graded, standing):
    tools = {check.name: SkipReason.TOOL for check in second.checks if check.hidden and check.skill == "tools"}
    graded(second, outcomes=tools)
    _, tool = (each for each in rule.judge(second, standing(second), None) if each.kind == "skill")
    assert not tool.met
    assert tool.line.endswith(f"of {standing(second).scorecard.skills['tools'].max_points:g})")  # points stay in
    assert standing(second).scorecard.skills["tools"].max_points > 0
    assert "Not assessable here" in tool.because


@pytest.mark.parametrize("hidden", [True, False])
def test_an_error_of_ours_blocks_wherever_it_is(second, graded, regraded, line, hidden):
    graded(second)
    name = next(check.name for check in second.checks if check.hidden is hidden)
    assert line(second, "errors").met
    regraded(second, outcomes={name: Outcome.ERROR})
    errors = line(second, "errors")
    assert not errors.met
    assert "To be graded again" in errors.because


def test_a_check_the_scorecard_does_not_have_counts_as_not_graded(second, graded, standing):
    stood = graded(second)
    fewer = dataclasses.replace(stood.scorecard, checks=stood.scorecard.checks[:-3])
    lines = rule.judge(second, dataclasses.replace(stood, scorecard=fewer), None)
    assert [each.line for each in lines] == [each.line for each in rule.judge(second, stood, None)]
    assert any("Not graded this time" in each.because for each in lines)
    nothing = dataclasses.replace(stood.scorecard, checks=())
    assert not any(each.met for each in rule.judge(second, dataclasses.replace(stood, scorecard=nothing), None)[:-2])


def test_the_rule_is_that_of_the_level_as_it_is_now(second, graded, standing):
    graded(second, outcomes={"prints-the-sum": Outcome.FAILED})
    lenient = dataclasses.replace(second, rule=dataclasses.replace(second.rule, points=0.1))
    strict = dataclasses.replace(second, rule=dataclasses.replace(second.rule, points=1.0))
    assert rule.judge(lenient, standing(second), None)[0].met
    assert not rule.judge(strict, standing(second), None)[0].met


# -- reviews


def test_without_a_review_the_line_is_open(second, graded, line):
    graded(second)
    asked = line(second, "review")
    assert asked.line == "Reviewed by a mentor: “Would you take it over?” (at least 3 of 5)"
    assert (asked.met, asked.because, asked.rests_on) == (False, "No mentor has marked this submission yet.", ())


def test_a_review_at_the_minimum_is_enough(second, graded, marked, line):
    graded(second)
    entry = marked(second, "Grace", 2, 1)
    asked = line(second, "review")
    assert (asked.met, asked.because) == (True, "Grace gave 3 on 22 November 2026.")
    assert asked.rests_on == (entry.digest,)


def test_a_review_below_the_minimum_says_where_points_are_open(second, graded, marked, line):
    graded(second)
    entry = marked(second, "Grace", 1, 1)
    asked = line(second, "review")
    assert not asked.met
    assert asked.because == (
        "Grace gave 2 on 22 November 2026. Grace's marks are 1 short; open are “The README says what it is” (1 of 3), "
        "“Names say what things are” (1 of 2)."
    )
    assert asked.rests_on == (entry.digest,)


def test_mentors_who_disagree_leave_the_line_open_until_one_marks_again(second, graded, marked, line):
    graded(second)
    grace, alan = marked(second, "Grace", 3, 2), marked(second, "Alan", 0, 2)
    asked = line(second, "review")
    assert not asked.met
    assert "Alan's marks are 1 short" in asked.because
    assert "Grace's marks" not in asked.because
    assert "They disagree" in asked.because
    assert asked.rests_on == (grace.digest, alan.digest)
    again = marked(second, "Alan", 1, 2)
    asked = line(second, "review")
    assert (asked.met, asked.rests_on) == (True, (grace.digest, again.digest))
    assert "disagree" not in asked.because


def test_a_later_review_by_the_same_mentor_counts_for_worse_too(second, graded, marked, line):
    graded(second)
    marked(second, "Grace", 3, 2)
    later = marked(second, "Grace", 0, 0)
    asked = line(second, "review")
    assert (asked.met, asked.rests_on) == (False, (later.digest,))
    assert "disagree" not in asked.because


def test_a_review_of_an_older_submission_is_told_and_does_not_count(second, graded, marked, line):
    graded(second)
    marked(second, "Grace", 3, 2)
    graded(second, submission="sha256:bb")
    asked = line(second, "review")
    assert (asked.met, asked.rests_on) == (False, ())
    assert asked.because == (
        "No mentor has marked this submission yet. Not counted, of another submission: "
        "Grace, 5 of 5 on 22 November 2026."
    )


def test_a_review_by_an_older_rubric_is_told_and_does_not_count(second, graded, marked, line):
    graded(second)
    marked(second, "Grace", 3, 2)
    stricter = dataclasses.replace(second, reviews=(dataclasses.replace(second.reviews[0], minimum=4),))
    asked = line(stricter, "review")
    assert not asked.met
    assert "by the rubric as it was then: Grace, 5 of 5" in asked.because


def test_two_mentors_are_asked_for_where_the_rubric_says_so(second, graded, marked, line):
    double = dataclasses.replace(second, reviews=(dataclasses.replace(second.reviews[0], mentors=2),))
    graded(double)
    marked(double, "Grace", 3, 2)
    marked(double, "grace", 3, 1)
    asked = line(double, "review")
    assert asked.line.startswith("Reviewed by 2 mentors")
    assert not asked.met
    assert "1 more to come, by somebody else." in asked.because
    marked(double, "Alan", 3, 2)
    assert line(double, "review").met


def test_a_rubric_that_the_rule_does_not_name_decides_nothing(second, graded, marked, standing):
    optional = dataclasses.replace(second, rule=dataclasses.replace(second.rule, reviews=()))
    graded(optional)
    marked(optional, "Grace", 0, 0)
    assert [each.kind for each in rule.judge(optional, standing(optional), None)] == [
        "points",
        "skill",
        "skill",
        "errors",
    ]


# -- the level below


def test_the_level_below_is_asked_for_only_where_the_rule_does(second, graded, line, standing, first):
    graded(second)
    asked = line(second, "level_below", Below(first, None))
    assert (asked.line, asked.met) == ("Promoted from the level below, 01-small", False)
    assert asked.because == "No decision on it is in the ledger yet."
    assert "level_below" not in [each.kind for each in rule.judge(second, standing(second), None)]
