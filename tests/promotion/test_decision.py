"""Decisions: recorded once, shown again while nothing has changed, made anew when something has."""

import dataclasses

import pytest

from grader import catalog
from grader.errors import InputError
from grader.ledger import Kind
from grader.model import Outcome, WallsReport
from grader.promotion.decision import decide, find_standing, latest
from grader.seeds import Key


@pytest.fixture
def failing(first):
    """Outcomes with which no share of the rule is met."""
    return {check.name: Outcome.FAILED for check in first.checks if check.hidden}


def decisions(ledger, learner="ada", level="01-small"):
    return list(ledger.entries(kind=Kind.DECISION, learner=learner, level=level))


def met(decision, kind):
    (line,) = [line for line in decision.lines if line.kind == kind]
    return line


def test_a_decision_says_what_it_rests_on(first, graded, ledger):
    stood = graded(first)
    made = decide(ledger, first, "ada", "Grace")
    assert made.promoted
    assert made.fresh
    assert made.notes == (
        "The scorecard was made with other checks than those here now; `ladder cohort regrade` compares.",
    )
    body = made.entry.body
    assert (made.entry.by, made.entry.learner, made.entry.level) == ("Grace", "ada", "01-small")
    assert body["promoted"] is True
    assert body["scorecard"] == stood.entry.digest
    assert [line["kind"] for line in body["lines"]] == ["points", "skill", "skill", "errors"]
    assert all(line["rests_on"] == [stood.entry.digest] for line in body["lines"])
    assert (body["submission_digest"], body["checks_digest"], body["data_digest"]) == (
        "sha256:aa",
        "sha256:c1",
        "sha256:d1",
    )
    assert body["environment"]["packages_digest"] == "sha256:e1"
    assert body["points"] == stood.scorecard.points > 0
    assert not list(ledger.verify())


def test_a_decision_not_to_promote_is_recorded_too(first, graded, ledger, failing):
    graded(first, outcomes=failing)
    made = decide(ledger, first, "ada", "Grace")
    assert (made.promoted, made.entry.body["promoted"]) == (False, False)
    assert len(decisions(ledger)) == 1


def test_one_open_line_is_enough_not_to_promote(second, first, graded, marked, ledger):
    graded(first)
    decide(ledger, first, "ada", "Grace")
    graded(second)
    made = decide(ledger, second, "ada", "Grace")
    assert [line.kind for line in made.lines if not line.met] == ["review"]
    assert not made.promoted
    marked(second, "Grace", 3, 2)
    assert decide(ledger, second, "ada", "Grace").promoted


def test_the_same_again_shows_the_first_decision(first, graded, ledger):
    graded(first)
    one, two = decide(ledger, first, "ada", "Grace"), decide(ledger, first, "ada", "Alan")
    assert two.entry == one.entry
    assert (one.fresh, two.fresh, two.entry.by) == (True, False, "Grace")
    assert two.lines == one.lines
    assert len(decisions(ledger)) == 1


def test_a_changed_scorecard_makes_a_new_decision(first, graded, ledger, failing):
    graded(first)
    one = decide(ledger, first, "ada", "Grace")
    graded(first, submission="sha256:bb", outcomes=failing)
    two = decide(ledger, first, "ada", "Grace")
    assert two.fresh
    assert [entry.digest for entry in decisions(ledger)] == [one.entry.digest, two.entry.digest]
    assert (one.promoted, two.promoted) == (True, False)
    assert "An earlier decision promoted (Grace on 22 November 2026); from now on this one counts." in two.notes


def test_a_new_review_makes_a_new_decision_even_if_nothing_tips(second, graded, marked, ledger):
    graded(second)
    marked(second, "Grace", 3, 2)
    one = decide(ledger, second, "ada", "Grace")
    marked(second, "Alan", 3, 1)
    two = decide(ledger, second, "ada", "Grace")
    assert two.entry.digest != one.entry.digest
    assert len(two.entry.body["reviews"]) == 2


def test_back_to_what_was_is_a_decision_of_its_own_and_counts(first, graded, regraded, reverted, ledger, failing):
    stood = graded(first)
    one = decide(ledger, first, "ada", "Grace")
    regraded(first, outcomes=failing)
    two = decide(ledger, first, "ada", "Grace")
    reverted(first, stood)
    three = decide(ledger, first, "ada", "Grace")
    assert [each.promoted for each in (one, two, three)] == [True, False, True]
    assert three.fresh
    assert three.entry.body == one.entry.body
    assert latest(ledger, "ada", "01-small") == three.entry
    assert not decide(ledger, first, "ada", "Grace").fresh


# -- the level below


def test_the_level_below_missing_promoted_and_taken_back(first, second, graded, ledger, failing):
    graded(second)
    assert not met(decide(ledger, second, "ada", "Grace"), "level_below").met
    graded(first)
    assert not met(decide(ledger, second, "ada", "Grace"), "level_below").met  # graded is not promoted
    below = decide(ledger, first, "ada", "Grace")
    line = met(decide(ledger, second, "ada", "Grace"), "level_below")
    assert (line.met, line.rests_on) == (True, (below.entry.digest,))
    assert line.because == "Promoted by the latest decision, Grace on 22 November 2026."
    graded(first, submission="sha256:bb", outcomes=failing)
    assert met(decide(ledger, second, "ada", "Grace"), "level_below").met  # handing in again takes nothing back
    back = decide(ledger, first, "ada", "Alan")
    line = met(decide(ledger, second, "ada", "Grace"), "level_below")
    assert (line.met, line.rests_on) == (False, (back.entry.digest,))
    assert line.because == "Not promoted by the latest decision, Alan on 22 November 2026."


def test_a_regrade_of_the_level_below_is_told(first, second, graded, regraded, ledger, failing):
    graded(first)
    decide(ledger, first, "ada", "Grace")
    graded(second)
    assert "regraded" not in met(decide(ledger, second, "ada", "Grace"), "level_below").because
    regraded(first, outcomes=failing)
    line = met(decide(ledger, second, "ada", "Grace"), "level_below")
    assert line.met
    assert "regraded since; the decision stands until somebody decides anew" in line.because


def test_another_learners_promotion_is_nobody_elses(first, second, graded, ledger):
    graded(first, "bela")
    decide(ledger, first, "bela", "Grace")
    graded(second)
    assert not met(decide(ledger, second, "ada", "Grace"), "level_below").met


def test_a_rule_that_asks_for_a_level_that_is_not_here(levels, second, graded, ledger):
    graded(second)
    (levels / "01-small").rename(levels.parent / "elsewhere")
    with pytest.raises(InputError, match="02-small asks for the level below, but there is no level 1 here"):
        decide(ledger, second, "ada", "Grace")


# -- what cannot be decided on


def test_nobody_is_promoted_without_a_scorecard(first, graded, ledger, card):
    with pytest.raises(InputError, match=r"no scorecard in .*ledger\.db \(cohort autumn\), and nothing handed in"):
        decide(ledger, first, "ada", "Grace")
    body = {"counts": True, "tree_digest": "sha256:aa"}
    ledger.append(Kind.ARRIVAL, learner="ada", level="01-small", by="ladder", key="a", body=body)
    with pytest.raises(InputError, match="ada, 01-small: the submission is not graded yet"):
        find_standing(ledger, first, "ada")
    broken = card(first, outcomes={first.checks[0].name: Outcome.ERROR})
    ledger.add_scorecard(broken, key="k", arrival=None)
    with pytest.raises(InputError, match="no scorecard stands .*an error of ours"):
        decide(ledger, first, "ada", "Grace")
    assert not decisions(ledger)


def test_a_scorecard_made_without_walls_decides_nothing(first, graded, ledger):
    graded(first, walls=WallsReport("none", False, False, "host", {}))
    with pytest.raises(InputError, match="without walls"):
        decide(ledger, first, "ada", "Grace")


def test_learners_do_not_promote_themselves(first, graded, ledger):
    graded(first)
    with pytest.raises(InputError, match="cannot decide on their own"):
        decide(ledger, first, "ada", "Ada")


# -- what the one who decides should know


def test_a_later_submission_that_is_not_graded_yet_is_told(first, graded, ledger):
    graded(first, checks_digest=catalog.checks_digest(first))
    one = decide(ledger, first, "ada", "Grace")
    assert one.notes == ()
    body = {"counts": True, "tree_digest": "sha256:bb"}
    ledger.append(Kind.ARRIVAL, learner="ada", level="01-small", by="ladder", key="b", body=body)
    two = decide(ledger, first, "ada", "Grace")
    assert two.entry == one.entry
    assert two.notes == ("A later submission has arrived and is not graded yet; this rests on the one before it.",)


def test_the_practice_key_is_told(first, graded, ledger):
    graded(first, checks_digest=catalog.checks_digest(first), seed_id=Key.practice().seed_id("01-small", "ada"))
    (note,) = decide(ledger, first, "ada", "Grace").notes
    assert "published practice key" in note


def test_the_rule_in_force_is_part_of_the_decision(first, graded, ledger):
    graded(first)
    one = decide(ledger, first, "ada", "Grace")
    stricter = dataclasses.replace(first, rule=dataclasses.replace(first.rule, skill=0.61))
    two = decide(ledger, stricter, "ada", "Grace")
    assert two.fresh
    assert two.entry.body["rule"] == {"points": 0.7, "skill": 0.61, "reviews": [], "level_below": False}
    assert one.entry.body["rule"]["skill"] == 0.6
