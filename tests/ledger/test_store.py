import pytest

from grader.errors import InputError
from grader.ledger import Kind, open_ledger, store

LEVEL = "01-intern"


def note(ledger, key, learner="nadia", **body):
    return ledger.append(Kind.DECISION, learner=learner, level=LEVEL, by="Amira", key=key, body=body)


def test_an_entry_is_read_back_as_it_was_appended(ledger):
    made = note(ledger, "first", met=True, share=0.1 + 0.2, why=["=1", "ü", None, "\u2028", "\0"])
    (read,) = ledger.entries()
    assert read == made
    assert read.body == {"met": True, "share": 0.1 + 0.2, "why": ["=1", "ü", None, "\u2028", "\0"]}
    assert (read.number, read.previous, read.kind) == (1, "0" * 64, Kind.DECISION)
    assert list(ledger.verify()) == []


def test_each_entry_names_the_one_ahead(ledger):
    made = [note(ledger, str(n)) for n in range(5)]
    assert [entry.number for entry in made] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in made[1:]] == [entry.digest for entry in made[:-1]]
    assert ledger.head() == (5, made[-1].digest)


def test_the_same_key_again_gives_the_first_entry(ledger):
    first = note(ledger, "once", n=1)
    assert note(ledger, "once", n=2) == first
    assert len(list(ledger.entries())) == 1
    review = {"scorecard": "x"}
    assert ledger.append(Kind.REVIEW, learner="a", level=LEVEL, by="b", key="once", body=review).number == 2


def test_a_scorecard_added_twice_is_there_once(ledger, card):
    first = ledger.add_scorecard(card(), key="job", arrival=None)
    assert ledger.add_scorecard(card(outcomes="pp"), key="job", arrival=None) == first
    assert [each.scorecard for each in ledger.standing()] == [card()]
    assert list(ledger.verify()) == []


def test_entries_are_asked_for_by_kind_learner_level_and_number(ledger, card):
    for n in range(3):
        note(ledger, f"n{n}", learner="nadia")
        note(ledger, f"o{n}", learner="oskar")
    ledger.add_scorecard(card(learner="oskar"), key="job", arrival=None)
    assert [entry.number for entry in ledger.entries(learner="oskar")] == [2, 4, 6, 7]
    assert [entry.number for entry in ledger.entries(kind=Kind.DECISION, after=3)] == [4, 5, 6]
    assert [entry.number for entry in ledger.entries(learner="oskar", kind=Kind.SCORECARD, level=LEVEL)] == [7]
    assert list(ledger.entries(level="02-junior")) == []
    assert ledger.find(Kind.DECISION, "o1").number == 4
    assert ledger.find(Kind.REVIEW, "o1") is None
    assert ledger.by_digest(ledger.find(Kind.DECISION, "o1").digest).key == "o1"


def test_more_entries_than_a_page_come_in_order(ledger, monkeypatch):
    monkeypatch.setattr(store, "_PAGE", 10)
    for n in range(45):
        note(ledger, str(n))
    assert [entry.key for entry in ledger.entries()] == [str(n) for n in range(45)]
    assert list(ledger.verify()) == []


def test_a_clock_that_goes_backwards_does_not_turn_the_order(ledger, clock):
    first = note(ledger, "first")
    clock.now = clock.now.replace(year=2001)
    second = note(ledger, "second")
    assert second.at == first.at
    clock.now = clock.now.replace(year=2027)
    assert note(ledger, "third").at.startswith("2027-")
    assert list(ledger.verify()) == []


ODD = ['O\'Neil "Q"', "名前 🙂", "a/b\\c", "%_; DROP TABLE x", "=1+1", "x" * 5000, " a\n b"]


@pytest.mark.parametrize("learner", ODD)
def test_any_name_is_kept_as_it_is(ledger, card, learner):
    entry = ledger.add_scorecard(card(learner=learner), key=learner, arrival=None)
    assert ledger.find(Kind.SCORECARD, learner) == entry
    (standing,) = ledger.standing(learner, LEVEL)
    assert standing.scorecard.learner == learner
    assert list(ledger.verify()) == []


@pytest.mark.parametrize("learner", ["a\0b", "caf\udce9"])
def test_a_name_no_database_can_hold_is_refused(ledger, learner):
    with pytest.raises(InputError, match="a learner"):
        note(ledger, "key", learner=learner)
    assert list(ledger.entries()) == []


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": (1, 2)}, {1: 2}, {"a": object()}, {"a": {2: 3}}])
def test_a_body_that_json_cannot_say_is_refused(ledger, body):
    with pytest.raises(InputError, match="a body cannot be kept"):
        ledger.append(Kind.DECISION, learner="a", level=LEVEL, by="b", key="k", body=body)
    assert list(ledger.entries()) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.ARRIVAL, {}),
        (Kind.ARRIVAL, {"counts": True}),
        (Kind.REVIEW, {"points": 3}),
        (Kind.APPROVAL, {"puts": [{}]}),
        (Kind.REVERT, {"puts": ["x"]}),
    ],
)
def test_a_body_without_what_its_kind_needs_is_refused(ledger, kind, body):
    with pytest.raises(InputError, match=f"the body of a {kind}"):
        ledger.append(kind, learner="a", level=LEVEL, by="b", key="k", body=body)


def test_cohorts_in_one_database_have_chains_of_their_own(address, clock, card):
    with open_ledger(address, "autumn", clock=clock) as autumn, open_ledger(address, "spring", clock=clock) as spring:
        first = autumn.add_scorecard(card(), key="job", arrival=None)
        second = spring.add_scorecard(card(outcomes="pp"), key="job", arrival=None)
        assert (first.number, second.number) == (1, 1)
        assert first.digest != second.digest
        assert [each.scorecard.points for each in autumn.standing()] == [2.0]
        assert [each.scorecard.points for each in spring.standing()] == [4.0]
        assert autumn.cohorts() == ["autumn", "spring"]
        assert list(autumn.verify()) == list(spring.verify()) == []
