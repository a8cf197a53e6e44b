import random

import pytest

from grader.errors import InputError
from grader.ledger import Kind
from grader.model import Outcome

LEVEL = "01-intern"


def walk(ask):
    """Every row of every page, in order, whatever the size of a page; the pages are full but for the last."""
    every = [list(walk_by(ask, size)) for size in (1, 4, 500)]
    assert all(rows == every[-1] for rows in every)
    return every[-1]


def walk_by(ask, size):
    after = None
    while True:
        page = ask(after=after, size=size)
        yield from page.rows
        if page.after is None:
            return
        assert len(page.rows) == size
        after = page.after


@pytest.fixture
def filled(ledger, arrive, card):
    """Seven learners with two submissions each, of which the second stands; one of them in a second level too."""
    chance = random.Random(7)
    names = ["ada", "çem", "名前", "a b", "zoë", "Z", "🙂"]
    for name in names:
        for tree in ("sha256:1", "sha256:2"):
            arrival = arrive(tree, learner=name)
            outcomes = "".join(chance.choices("pfs", k=4))
            made = card(learner=name, submission=tree, outcomes=outcomes)
            ledger.add_scorecard(made, key=f"{name} {tree}", arrival=arrival.digest)
    ledger.add_scorecard(card(learner="ada", level="02-junior"), key="junior", arrival=None)
    return ledger


def told(card):
    return [(card.learner, place, check.id, check.outcome) for place, check in enumerate(card.checks)]


def test_outcomes_are_those_of_what_stands_in_order(filled):
    rows = walk(lambda **page: filled.outcomes_page(LEVEL, **page))
    expected = [line for each in filled.standing(level=LEVEL) for line in told(each.scorecard)]
    assert [(row.learner, row.position, row.check, row.outcome) for row in rows] == expected
    assert len(rows) == 28


def test_outcomes_of_one_check_and_of_one_kind(filled):
    cards = [each.scorecard for each in filled.standing(level=LEVEL)]
    lines = [line for card in cards for line in told(card)]
    check = lines[1][2]
    for of, outcome in ((check, None), (None, Outcome.FAILED), (check, Outcome.FAILED), (check, Outcome.ERROR)):
        rows = walk(
            lambda of=of, outcome=outcome, **page: filled.outcomes_page(LEVEL, check=of, outcome=outcome, **page)
        )
        expected = [line for line in lines if of in (None, line[2]) and outcome in (None, line[3])]
        assert [(row.learner, row.position, row.check, row.outcome) for row in rows] == expected
    assert any(line[3] is Outcome.FAILED for line in lines)


def test_a_row_says_what_the_scorecard_says(filled):
    standing = next(filled.standing("ada", LEVEL))
    rows = [row for row in filled.outcomes_page(LEVEL, size=500).rows if row.learner == "ada"]
    for row, check in zip(rows, standing.scorecard.checks, strict=True):
        assert row.scorecard == standing.entry.number
        assert (row.check, row.skill, row.outcome, row.reason) == (check.id, check.skill, check.outcome, check.reason)
        assert (row.points, row.max_points, row.seconds, row.hidden) == (check.points, 2.0, 0.25, True)


def test_the_cohort_by_learner(filled):
    standing = next(filled.standing("ada", LEVEL))
    for promoted in (False, True):
        body = {"promoted": promoted, "scorecard": standing.entry.digest}
        filled.append(Kind.DECISION, learner="ada", level=LEVEL, by="Amira", key=f"d{promoted}", body=body)
    filled.append(Kind.REVIEW, learner="Z", level=LEVEL, by="Amira", key="r", body={"scorecard": "x"})
    filled.append(
        Kind.DECISION, learner="Z", level=LEVEL, by="Amira", key="z", body={"promoted": False, "scorecard": "x"}
    )
    rows = walk(lambda **page: filled.cohort_page(LEVEL, **page))
    expected = [
        (each.scorecard.learner, each.entry.number, each.scorecard.points) for each in filled.standing(level=LEVEL)
    ]
    assert [(row.learner, row.scorecard, row.points) for row in rows] == expected
    by_name = {row.learner: row for row in rows}
    assert (by_name["ada"].promoted, by_name["ada"].decided_on_another, by_name["ada"].reviews) == (True, False, 0)
    assert (by_name["Z"].promoted, by_name["Z"].decided_on_another, by_name["Z"].reviews) == (False, True, 1)
    assert by_name["🙂"].promoted is None
    assert [row.learner for row in filled.cohort_page("02-junior").rows] == ["ada"]
    assert filled.cohort_page("03-none").rows == ()


def test_a_learners_history_is_latest_first_with_approvals(filled, card):
    old = next(filled.standing("ada", LEVEL)).entry
    new = filled.add_scorecard(
        card(learner="ada", submission="sha256:2", outcomes="pppp"), key="regraded", arrival=None, stands=False
    )
    puts = [{"learner": "ada", "level": LEVEL, "scorecard": new.digest, "replaces": old.digest}]
    approval = filled.append(Kind.APPROVAL, learner="", level="", by="Amira", key="a", body={"puts": puts})
    rows = walk(lambda **page: filled.history_page("ada", LEVEL, **page))
    assert [(row.kind, row.points is None, row.puts) for row in rows] == [
        (Kind.APPROVAL, True, new.number),
        (Kind.SCORECARD, False, None),
        (Kind.SCORECARD, False, old.number),
        (Kind.ARRIVAL, True, None),
        (Kind.SCORECARD, False, rows[4].number),
        (Kind.ARRIVAL, True, None),
    ]
    assert (rows[0].number, rows[0].by, rows[0].level, rows[1].points) == (approval.number, "Amira", LEVEL, 8.0)
    assert len(walk(lambda **page: filled.history_page("ada", **page))) == 7
    assert filled.history_page("nobody").rows == ()


# not base64, not JSON, of other kinds, negative, half a surrogate pair, a zero byte
MARKS = ["", "x", "!!!", "WzFd", "bnVsbA", "W10", "Wy0xXQ", "e30", "WyJhIiwgLTFd", "WyJcdWQ4MDAiLCAxXQ"]
MARKS += ["WyJhXHUwMDAwIiwgMV0"]


def test_a_mark_that_is_none_is_refused(filled):
    for mark in MARKS:
        for outcome in (None, Outcome.FAILED):
            with pytest.raises(InputError, match="no mark"):
                filled.outcomes_page(LEVEL, outcome=outcome, after=mark)


def test_a_page_is_never_larger_than_the_largest(filled):
    assert len(filled.outcomes_page(LEVEL, size=10**9).rows) == 28
    assert len(filled.outcomes_page(LEVEL, size=-3).rows) == 1
