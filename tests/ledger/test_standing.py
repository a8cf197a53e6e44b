import pytest

from grader.errors import InputError
from grader.ledger import Kind, projection, store

LEVEL = "01-intern"


def standing(ledger):
    """The number of the entry that stands, by learner."""
    assert list(ledger.verify()) == []
    return {each.scorecard.learner: each.entry.number for each in ledger.standing()}


def exchange(ledger, kind, key, *pairs):
    puts = [
        {"learner": new.learner, "level": new.level, "scorecard": new.digest, "replaces": old.digest}
        for new, old in pairs
    ]
    return ledger.append(kind, learner="", level="", by="Amira", key=key, body={"puts": puts})


def test_the_scorecard_of_the_latest_arrival_stands(ledger, arrive, card):
    first = arrive("sha256:aa")
    ledger.add_scorecard(card(submission="sha256:aa"), key="a", arrival=first.digest)
    assert standing(ledger) == {"nadia": 2}
    second = arrive("sha256:bb")
    assert standing(ledger) == {"nadia": 2}  # until the new one is graded
    ledger.add_scorecard(card(submission="sha256:bb"), key="b", arrival=second.digest)
    assert standing(ledger) == {"nadia": 4}
    (now,) = ledger.standing()
    assert now.arrival == second


def test_a_scorecard_that_comes_too_late_does_not_displace_a_later_arrivals(ledger, arrive, card):
    first, second = arrive("sha256:aa"), arrive("sha256:bb")
    ledger.add_scorecard(card(submission="sha256:bb"), key="b", arrival=second.digest)
    ledger.add_scorecard(card(submission="sha256:aa"), key="a", arrival=first.digest)
    assert standing(ledger) == {"nadia": 3}


def test_an_earlier_submission_handed_in_again_stands_again(ledger, arrive, card):
    for tree in ("sha256:aa", "sha256:bb"):
        ledger.add_scorecard(card(submission=tree), key=tree, arrival=arrive(tree).digest)
    assert standing(ledger) == {"nadia": 4}
    arrive("sha256:aa", key="again")
    assert standing(ledger) == {"nadia": 2}


def test_an_arrival_that_does_not_count_changes_nothing(ledger, arrive, card):
    ledger.add_scorecard(card(submission="sha256:aa"), key="a", arrival=arrive("sha256:aa").digest)
    late = arrive("sha256:bb", counts=False)
    ledger.add_scorecard(card(submission="sha256:bb"), key="b", arrival=late.digest)
    assert standing(ledger) == {"nadia": 2}


def test_without_arrivals_the_latest_submission_stands(ledger, card):
    ledger.add_scorecard(card(submission="sha256:aa"), key="a", arrival=None)
    ledger.add_scorecard(card(submission="sha256:bb"), key="b", arrival=None)
    ledger.add_scorecard(card(submission="sha256:bb", checks_digest="sha256:c2"), key="c", arrival=None)
    assert standing(ledger) == {"nadia": 2}  # the third is of a submission that stands: that takes an approval


def test_an_error_of_ours_never_stands(ledger, card):
    ledger.add_scorecard(card(outcomes="pe"), key="a", arrival=None)
    assert standing(ledger) == {}
    ledger.add_scorecard(card(outcomes="pf"), key="b", arrival=None)
    assert standing(ledger) == {"nadia": 2}


def test_an_approval_puts_in_force_and_a_revert_puts_back(ledger, card):
    olds = [ledger.add_scorecard(card(learner=name), key=f"old {name}", arrival=None) for name in ("nadia", "oskar")]
    new = ledger.add_scorecard(card(outcomes="pp"), key="new", arrival=None, stands=False)
    before = list(ledger.standing())
    assert standing(ledger) == {"nadia": 1, "oskar": 2}
    exchange(ledger, Kind.APPROVAL, "approval", (new, olds[0]))
    assert standing(ledger) == {"nadia": 3, "oskar": 2}
    exchange(ledger, Kind.REVERT, "revert", (olds[0], new))
    assert list(ledger.standing()) == before
    exchange(ledger, Kind.APPROVAL, "approval again", (new, olds[0]))
    assert standing(ledger) == {"nadia": 3, "oskar": 2}


def test_what_an_approval_put_in_force_stands_when_that_submission_comes_again(ledger, arrive, card):
    old = ledger.add_scorecard(card(), key="old", arrival=arrive("sha256:aa").digest)
    new = ledger.add_scorecard(card(outcomes="pp"), key="new", arrival=None, stands=False)
    exchange(ledger, Kind.APPROVAL, "approval", (new, old))
    ledger.add_scorecard(card(submission="sha256:bb"), key="b", arrival=arrive("sha256:bb").digest)
    arrive("sha256:aa", key="again")
    assert standing(ledger) == {"nadia": new.number}


def test_an_approval_of_what_no_longer_stands_is_refused_whole(ledger, card):
    old = ledger.add_scorecard(card(), key="old", arrival=None)
    new = ledger.add_scorecard(card(outcomes="pp"), key="new", arrival=None, stands=False)
    other = ledger.add_scorecard(card(learner="oskar"), key="other", arrival=None)
    other_new = ledger.add_scorecard(card(learner="oskar", outcomes="pp"), key="other new", arrival=None, stands=False)
    ledger.add_scorecard(card(submission="sha256:bb"), key="b", arrival=None)
    with pytest.raises(InputError, match="another scorecard of nadia in 01-intern stands by now"):
        exchange(ledger, Kind.APPROVAL, "approval", (other_new, other), (new, old))
    assert standing(ledger) == {"nadia": 5, "oskar": 3}
    assert ledger.head()[0] == 5


def test_an_approval_names_scorecards_of_the_learner_it_is_for(ledger, card):
    old = ledger.add_scorecard(card(), key="old", arrival=None)
    foreign = ledger.add_scorecard(card(learner="oskar"), key="other", arrival=None)
    put = {"learner": "nadia", "level": LEVEL, "scorecard": foreign.digest, "replaces": old.digest}
    for wrong in (put, {**put, "scorecard": "f" * 64}):
        with pytest.raises(InputError, match="there is no scorecard"):
            ledger.append(Kind.APPROVAL, learner="", level="", by="x", key="k", body={"puts": [wrong]})


def test_reviews_are_kept_and_flagged_when_another_scorecard_stands(ledger, card):
    old = ledger.add_scorecard(card(), key="old", arrival=None)
    body = {"review": "handover", "scorecard": old.digest, "points": 3}
    review = ledger.append(Kind.REVIEW, learner="nadia", level=LEVEL, by="Amira", key="r", body=body)
    (before,) = ledger.standing()
    assert (before.reviews, before.flagged) == ((review,), ())
    new = ledger.add_scorecard(card(outcomes="pp"), key="new", arrival=None, stands=False)
    exchange(ledger, Kind.APPROVAL, "approval", (new, old))
    (after,) = ledger.standing("nadia", LEVEL)
    assert (after.reviews, after.flagged) == ((review,), (review,))
    exchange(ledger, Kind.REVERT, "revert", (old, new))
    assert list(ledger.standing()) == [before]


def test_many_learners_stand_in_order(ledger, card, monkeypatch):
    monkeypatch.setattr(store, "_PAGE", 10)
    monkeypatch.setattr(projection, "_BATCH", 10)
    for n in range(23):
        for level in ("02-junior", "01-intern"):
            ledger.add_scorecard(card(learner=f"l{n:03}", level=level, outcomes="p"), key=f"{n} {level}", arrival=None)
    owners = [(each.scorecard.learner, each.scorecard.level) for each in ledger.standing()]
    assert owners == sorted(owners)
    assert len(owners) == 46
    assert len(list(ledger.standing(level="02-junior"))) == 23
    assert list(ledger.standing("nobody")) == []
    assert list(ledger.verify()) == []
