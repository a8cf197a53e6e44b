"""Whatever is changed behind the ledger's back, verify names it."""

import hashlib
import json

import pytest

from grader.ledger import Kind
from grader.ledger.chain import START, canonical, digest

LEVEL = "01-intern"


@pytest.fixture
def address(tmp_path):
    """SQLite alone: what is compared is the same code for both databases, and it has no fault on either elsewhere."""
    return tmp_path / "ledger.db"


@pytest.fixture
def filled(ledger, arrive, card):
    """Five entries: arrival, scorecard, review, another learner's scorecard, a decision."""
    made = ledger.add_scorecard(card(), key="job 1", arrival=arrive().digest)
    body = {"review": "handover", "scorecard": made.digest, "points": 4}
    ledger.append(Kind.REVIEW, learner="nadia", level=LEVEL, by="Amira", key="review 1", body=body)
    ledger.add_scorecard(card(learner="oskar", outcomes="ppf"), key="job 2", arrival=None)
    ledger.append(Kind.DECISION, learner="nadia", level=LEVEL, by="Amira", key="d", body={"met": True})
    assert list(ledger.verify()) == []
    return ledger


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE ledger_entry SET body = replace(body, '\"points\":4', '\"points\":5') WHERE number = 3",
            ["entry 3: was changed"],
        ),
        ("UPDATE ledger_entry SET learner = 'oskar' WHERE number = 5", ["entry 5: was changed"]),
        ("UPDATE ledger_entry SET \"by\" = 'Someone' WHERE number = 5", ["entry 5: was changed"]),
        ("UPDATE ledger_entry SET \"key\" = 'x' WHERE number = 5", ["entry 5: was changed"]),
        ("UPDATE ledger_entry SET body = '{\"met\": true}' WHERE number = 5", ["entry 5: was changed"]),
        ("UPDATE ledger_entry SET body = 'x' WHERE number = 5", ["entry 5: its body is not JSON", "the head"]),
        ("DELETE FROM ledger_entry WHERE number = 3", ["entry 4: comes after entry 2"]),
        ("DELETE FROM ledger_entry WHERE number = 1", ["entry 2: comes after entry 0", "nadia, 01-intern: another"]),
        ("DELETE FROM ledger_entry WHERE number = 5", ["the head: the last entry is 4"]),
        ("DELETE FROM ledger_entry", ["the head: the last entry is 0", "the table of scorecards has rows"]),
        ("UPDATE ledger_head SET number = 4", ["the head"]),
        ("UPDATE ledger_head SET digest = previous FROM ledger_entry WHERE ledger_entry.number = 5", ["the head"]),
        ("DELETE FROM ledger_head", ["the head"]),
        (
            "UPDATE ledger_entry SET at = '2020-01-01T00:00:00.000000+00:00' WHERE number = 4",
            ["entry 4: is dated before"],
        ),
        (
            "UPDATE ledger_outcome SET outcome = 'passed' WHERE outcome = 'failed' AND learner = 'nadia'",
            ["entry 2: the table of outcomes"],
        ),
        (
            "UPDATE ledger_outcome SET points = 1.5 WHERE number = 4 AND position = 0",
            ["entry 4: the table of outcomes"],
        ),
        ("DELETE FROM ledger_outcome WHERE number = 4 AND position = 2", ["entry 4: the table of outcomes"]),
        (
            "UPDATE ledger_outcome SET number = 3 WHERE number = 2",
            ["entry 2: the table of outcomes", "entry 3: the table"],
        ),
        (
            "UPDATE ledger_outcome SET number = 9 WHERE number = 4",
            ["the table of outcomes has rows that no entry made"],
        ),
        ("UPDATE ledger_scorecard SET points = 6 WHERE number = 4", ["entry 4: the table of scorecards"]),
        ("DELETE FROM ledger_scorecard WHERE number = 2", ["entry 2: the table of scorecards"]),
        ("DELETE FROM ledger_stood WHERE number = 2", ["entry 2: the table of what stood"]),
        ("UPDATE ledger_place SET scorecard = 4 WHERE learner = 'nadia'", ["nadia, 01-intern: another scorecard"]),
        ("DELETE FROM ledger_place WHERE learner = 'oskar'", ["oskar, 01-intern: another scorecard"]),
    ],
)
def test_a_change_is_named(filled, do, statement, said):
    assert do(statement)
    lines = list(filled.verify())
    for start in said:
        assert any(line.startswith(start) for line in lines), lines


def test_two_entries_exchanged_are_named(filled, do):
    for old, new in ((3, 99), (4, 3), (99, 4)):
        do(f"UPDATE ledger_entry SET number = {new} WHERE number = {old}")
    lines = list(filled.verify())
    assert "entry 3: does not follow the entry ahead of it" in lines
    assert any(line.startswith("entry 4: was changed") for line in lines)


def test_an_entry_rewritten_with_a_digest_that_fits_breaks_the_next_link(filled, do):
    entry = list(filled.entries())[2]
    body = canonical({**entry.body, "points": 99})
    new = digest(vars(entry), body)
    assert do(f"UPDATE ledger_entry SET body = '{body}', digest = '{new}' WHERE number = 3")
    assert "entry 4: does not follow the entry ahead of it" in list(filled.verify())


def test_a_tail_cut_off_with_its_head_is_seen_by_a_kept_head(filled, do):
    number, kept = filled.head()
    assert number == 5
    assert list(filled.verify(head=kept)) == []
    earlier = list(filled.entries())[3].digest
    assert list(filled.verify(head=earlier)) == []
    do("DELETE FROM ledger_entry WHERE number = 5")
    do(f"UPDATE ledger_head SET number = 4, digest = '{earlier}'")
    assert list(filled.verify()) == []
    (line,) = filled.verify(head=kept)
    assert line.startswith(f"the kept head {kept}: no entry has this digest")
    assert list(filled.verify(head=earlier)) == []


def test_an_empty_ledger_holds(ledger):
    assert list(ledger.verify()) == []
    assert ledger.head() == (0, START)
    assert list(ledger.verify(head=START)) != []


def test_a_digest_is_that_of_the_canonical_json_of_all_else(filled):
    """As somebody without this code would check it."""
    for entry in filled.entries():
        rest = {name: value for name, value in vars(entry).items() if name != "digest"}
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == entry.digest


def test_canonical_json_has_one_form():
    assert canonical({"b": 1, "a": [True, None, 1.0, "ü"]}) == '{"a":[true,null,1.0,"\\u00fc"],"b":1}'
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})
    with pytest.raises(ValueError, match="JSON has no tuple"):
        canonical({"a": (1,)})
