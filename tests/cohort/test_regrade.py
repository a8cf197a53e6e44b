"""A regrade is looked at, approved and taken back; on cards by hand, and on a level whose checks change."""

import contextlib
import dataclasses
import json

import pytest
from click.testing import CliRunner

from grader import catalog
from grader.cli import main
from grader.cohort import regrade, regrading, run
from grader.cohort.inbox import found_in
from grader.cohort.regrade import Change, Reason
from grader.cohort.run import How, grade_cohort
from grader.errors import InputError
from grader.ledger import Kind, open_ledger
from grader.model import CheckResult, Environment, Outcome, Scorecard, WallsReport
from grader.seeds import Key

LEVEL = "01-intern"


def made(learner="ann", outcomes="pf", **changes):
    """A scorecard with one check a letter: passed, failed, error."""
    named = {outcome.value[0]: outcome for outcome in Outcome}
    checks = tuple(
        CheckResult(
            f"{LEVEL}/add/check-{n}", "add", None, "A check", "tools", named[letter], None,
            {"p": 2.0, "f": 0.0}.get(letter), 2.0, "", 0.1, True,
        )
        for n, letter in enumerate(outcomes)
    )  # fmt: skip
    points = sum(check.points or 0.0 for check in checks)
    card = Scorecard(
        LEVEL, learner, "sha256:aa", "sha256:c1", "sha256:d1", "0123", Environment("3.11", "sha256:e1", "linux"),
        WallsReport("namespaces", True, True, "none", {}), "2026-11-01T10:00:00+00:00", 1.0, 1.0, {}, points,
        2.0 * len(checks), {}, (), checks,
    )  # fmt: skip
    return dataclasses.replace(card, **changes)


@pytest.fixture
def stood(ledger):
    """Ann and Ben with a scorecard each, and a review of Ann's."""
    for name in ("ann", "ben"):
        ledger.add_scorecard(made(name), key=f"old {name}", arrival=None)
    scorecard = next(ledger.standing("ann")).entry.digest
    ledger.append(Kind.REVIEW, learner="ann", level=LEVEL, by="Amira", key="r", body={"scorecard": scorecard})
    return ledger


def beside(ledger, learner="ann", key="new", **changes):
    (standing,) = ledger.standing(learner)
    return regrade.compare(standing, made(learner, **{"checks_digest": "sha256:c2", **changes}), f"{key} {learner}")


def test_each_check_went_up_down_or_stayed_and_why(stood):
    found = beside(stood, outcomes="fp")
    assert found.change is Change.SAME
    assert found.reasons == (Reason.CHECKS,)
    assert [(row.change, row.before.outcome, row.after.outcome, row.reasons) for row in found.rows] == [
        (Change.DOWN, Outcome.PASSED, Outcome.FAILED, (Reason.CHECKS,)),
        (Change.UP, Outcome.FAILED, Outcome.PASSED, (Reason.CHECKS,)),
    ]
    same = beside(stood, outcomes="pf")
    assert [row.reasons for row in same.rows] == [(), ()]
    assert same.different == ()


def test_a_check_may_come_and_go(stood):
    more, fewer = beside(stood, outcomes="pfp"), beside(stood, outcomes="p")
    assert (more.change, more.rows[2].change, more.rows[2].before) == (Change.UP, Change.UP, None)
    assert (fewer.change, fewer.rows[1].change, fewer.rows[1].after) == (Change.SAME, Change.SAME, None)
    assert [row.check for row in fewer.different] == [f"{LEVEL}/add/check-1"]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"checks_digest": "sha256:c1"}, (Reason.OTHER,)),
        ({"checks_digest": "sha256:c1", "data_digest": "x"}, (Reason.DATA,)),
        ({"checks_digest": "sha256:c1", "seed_id": "x"}, (Reason.DATA,)),
        ({"environment": Environment("3.12", "sha256:e1", "linux")}, (Reason.CHECKS, Reason.ENVIRONMENT)),
        ({"checks_digest": "sha256:c1", "walls": WallsReport("container", True, True, "none", {})}, (Reason.WALLS,)),
    ],
)
def test_the_reasons_are_what_the_digests_say(stood, changes, reasons):
    assert beside(stood, **changes).reasons == reasons


def test_an_approval_is_one_entry_and_a_revert_restores_exactly(stood):
    before = list(stood.standing())
    regraded = [beside(stood, "ann", outcomes="pp"), beside(stood, "ben", outcomes="ff")]
    entry = regrade.approve(stood, regraded, "Amira")
    assert (entry.kind, entry.by, entry.body["reasons"]) == (Kind.APPROVAL, "Amira", ["checks changed"])
    assert [(row["learner"], row["change"]) for row in entry.body["changes"]] == [("ann", "up"), ("ben", "down")]
    after = list(stood.standing())
    assert [one.scorecard.points for one in after] == [4.0, 0.0]
    assert after[0].reviews == after[0].flagged == before[0].reviews
    done = regrade.revert(stood, entry, "Bea")
    assert list(stood.standing()) == before
    assert regrade.revert(stood, entry, "Bea") == done
    assert done.left == ()
    assert list(stood.verify()) == []


def test_an_approval_after_a_revert_is_a_new_one(stood):
    regraded = [beside(stood, outcomes="pp")]
    first = regrade.approve(stood, regraded, "Amira")
    regrade.revert(stood, first, "Amira")
    second = regrade.approve(stood, regraded, "Amira")
    assert second.number > first.number
    assert next(stood.standing("ann")).scorecard.points == 4.0
    assert len(list(stood.entries(kind=Kind.SCORECARD))) == 3  # the new one is there once
    regrade.revert(stood, second, "Amira")
    assert next(stood.standing("ann")).scorecard.points == 2.0


def test_a_revert_leaves_what_was_handed_in_since(stood):
    entry = regrade.approve(stood, [beside(stood, "ann", outcomes="pp"), beside(stood, "ben", outcomes="pp")], "Amira")
    later = made("ann", "ff", submission_digest="sha256:bb")
    stood.add_scorecard(later, key="later", arrival=None)
    done = regrade.revert(stood, entry, "Amira")
    assert done.left == (("ann", LEVEL),)
    assert [one.scorecard.points for one in stood.standing()] == [0.0, 2.0]
    with pytest.raises(InputError, match="nothing to approve"):
        regrade.approve(stood, [], "Amira")


def test_a_revert_of_what_nobody_has_any_more_is_refused(stood):
    entry = regrade.approve(stood, [beside(stood, outcomes="pp")], "Amira")
    stood.add_scorecard(made("ann", "ff", submission_digest="sha256:bb"), key="later", arrival=None)
    with pytest.raises(InputError, match="nothing that it put in force stands any more"):
        regrade.revert(stood, entry, "Amira")


def test_an_error_of_ours_or_a_scorecard_of_before_is_not_put_in_force(stood):
    with pytest.raises(InputError, match="error of ours"):
        regrade.approve(stood, [beside(stood, outcomes="pe")], "Amira")
    looked_at = beside(stood, outcomes="pp")
    stood.add_scorecard(made("ann", "ff", submission_digest="sha256:bb"), key="later", arrival=None)
    with pytest.raises(InputError, match="another scorecard of ann in 01-intern stands by now"):
        regrade.approve(stood, [looked_at], "Amira")


def test_an_approval_is_found_by_number_or_digest(stood):
    entry = regrade.approve(stood, [beside(stood, outcomes="pp")], "Amira")
    for named in (str(entry.number), entry.digest, entry.digest[:10].upper()):
        assert regrade.find_approval(stood, named) == entry
    for named in ("1", "99", "abc", "", "f" * 64):
        with pytest.raises(InputError, match=f"the approvals are: {entry.number}"):
            regrade.find_approval(stood, named)


@pytest.mark.walls
def test_checks_that_change_are_looked_at_approved_and_taken_back(packer, inbox, cohort, real_walls, monkeypatch):
    for module in (run, regrading):
        monkeypatch.setattr(module, "open_walls", lambda: contextlib.nullcontext(real_walls))
    how = How(as_json=True, exercises=("01-add",))
    packer.put(inbox, "ann", "01-add")
    packer.put(inbox, "ben")
    assert grade_cohort(cohort, lambda: found_in(inbox), how) == 0
    with open_ledger(cohort.ledger, cohort.name) as ledger:
        before = list(ledger.standing())
        looked = regrading.regrade(cohort, ledger, how)
        assert (looked.regraded, looked.unchanged) == ((), 2)

        toml = catalog.find_level("1").folder / "level.toml"
        text = toml.read_text()
        try:
            toml.write_text(text.replace("points = 0.7", "points = 0.71"))  # any byte of the level is another version
            assert toml.read_text() != text
            entries = ledger.head()[0]
            looked = regrading.regrade(cohort, ledger, how)
            assert ledger.head()[0] == entries
            assert [(one.card.learner, one.change, one.reasons) for one in looked.regraded] == [
                ("ann", Change.SAME, (Reason.CHECKS,)),
                ("ben", Change.SAME, (Reason.CHECKS,)),
            ]
            monkeypatch.setattr(regrading, "grade_jobs", None)  # what was graded for a look is not graded again
            again = regrading.regrade(cohort, ledger, how)
            assert [one.card for one in again.regraded] == [one.card for one in looked.regraded]
            entry = regrade.approve(ledger, again.regraded, "Amira")
            assert [one.scorecard for one in ledger.standing()] == [one.card for one in looked.regraded]
            assert regrading.regrade(cohort, ledger, how).unchanged == 2
            with pytest.raises(InputError, match="no scorecard that stands was made under the key"):
                regrading.regrade(dataclasses.replace(cohort, key=Key.new()), ledger, how)
        finally:
            toml.write_text(text)
        regrade.revert(ledger, entry, "Amira")
        assert list(ledger.standing()) == before
        assert list(ledger.verify()) == []


def told(*words):
    result = CliRunner().invoke(main, ["cohort", "regrade", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def out(tmp_path):
    """What `ladder cohort grade --out` leaves, with one scorecard whose submission the ledger does not know."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        ledger.add_scorecard(made(), key="old", arrival=None)
    return tmp_path


def test_the_command_asks_for_one_thing(out):
    for words in ((), ("--dry-run", "--approve"), ("--approve", "--revert", "3")):
        result = told("--out", out, *words)
        assert result.exit_code == 2
        assert "say one of --dry-run, --approve and --revert ENTRY" in result.stderr


def test_a_scorecard_without_a_submission_is_left_and_said(out):
    result = told("--out", out, "--approve", "--by", "Amira")
    assert result.exit_code == 0
    assert "note: ann, 01-intern: the ledger does not say where the submission is" in result.stderr
    assert result.stdout.endswith("nothing to approve\n")


def test_a_learner_of_whom_nothing_stands_is_said(out):
    result = told("--out", out, "--dry-run", "--learner", "anne")
    assert result.exit_code == 2
    assert result.stderr == "ladder: anne: no scorecard of theirs stands\n"


def test_a_revert_by_the_command(out):
    with open_ledger(out / "ledger.db") as ledger:
        entry = regrade.approve(ledger, [beside(ledger, outcomes="pp")], "Amira")
    assert told("--out", out, "--revert", "77").exit_code == 2
    result = told("--out", out, "--revert", entry.number, "--by", "Bea")
    assert result.stdout.startswith(f"entry 4: 1 former scorecard put back, as before entry {entry.number}\n")
    with open_ledger(out / "ledger.db") as ledger:
        assert [one.scorecard.points for one in ledger.standing()] == [2.0]


def test_what_is_shown(out, monkeypatch):
    with open_ledger(out / "ledger.db") as ledger:
        scorecard = next(ledger.standing()).entry.digest
        ledger.append(Kind.REVIEW, learner="ann", level=LEVEL, by="x", key="r", body={"scorecard": scorecard})
        ledger.append(Kind.DECISION, learner="ann", level=LEVEL, by="x", key="d", body={"scorecard": scorecard})
        looked = regrading.Looked((beside(ledger, outcomes="pp"),), (), 5, (), ())
    monkeypatch.setattr(regrading, "regrade", lambda *_: looked)
    assert told("--out", out, "--dry-run").stdout.splitlines() == [
        "ann, 01-intern: up, 2 of 4 → 4 of 4 (checks changed)",
        "  same  1 check",
        "  up    01-intern/add/check-1: failed (0 of 2) → passed (2 of 2)",
        "1 scorecard regraded: 1 up, 0 down, 0 same; 5 graded with exactly what is here now",
        "1 learner with a mentor's review: kept, and flagged as made for another scorecard",
        "1 decision would rest on a scorecard that was replaced: `ladder promote` decides anew",
    ]
    (line,) = told("--out", out, "--dry-run", "--json").stdout.splitlines()
    row = json.loads(line)
    assert (row["learner"], row["change"], row["reasons"]) == ("ann", "up", ["checks changed"])
    assert [check["change"] for check in row["checks"]] == ["same", "up"]
    approved = told("--out", out, "--approve", "--by", "Amira")
    assert "entry 5: 1 scorecard put in force by Amira" in approved.stdout
