"""Scores go into nbgrader's gradebook, marks of people come back; on SQLite and on PostgreSQL."""

import dataclasses
import importlib.util
import shutil

import pytest

from grader import catalog
from grader.errors import InputError
from grader.ledger import Kind, open_ledger
from grader.model import Outcome, SkipReason
from grader.nbgrader_course.course import gradebook_at
from grader.nbgrader_course.sync import REVIEW, marks_of, sync

from ..promotion.conftest import SMALL, Clock, exchange, make_card

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture(scope="session")
def postgres():
    if importlib.util.find_spec("pgserver") is None:
        pytest.skip("pgserver is not installed, so there is no PostgreSQL here")
    from ..ledger.postgres import Server

    server = Server(importlib.import_module("pgserver"))
    yield server
    server.close()


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def book(request, tmp_path):
    if request.param == SQLITE:
        url = f"sqlite:///{tmp_path}/gradebook.db"
    else:
        url = request.getfixturevalue("postgres").without_tables().replace("postgresql://", "postgresql+psycopg://")
    with gradebook_at(url, "autumn", create=True) as opened:
        yield opened


@pytest.fixture
def level(tmp_path, monkeypatch):
    shutil.copytree(SMALL, tmp_path / "levels" / "01-small")
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(tmp_path / "levels"))
    return catalog.find_level("1")


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.db", "autumn", clock=Clock()) as opened:
        yield opened


def graded(ledger, level, learner="ada", **outcomes):
    card = make_card(level, learner, f"sha256:{learner}", {name.replace("_", "-"): o for name, o in outcomes.items()})
    return ledger.add_scorecard(card, key=learner, arrival=None)


def regraded(ledger, level, learner="ada", **outcomes):
    (former,) = ledger.standing(learner, level.id)
    card = make_card(level, learner, former.scorecard.submission_digest,
                     {name.replace("_", "-"): one for name, one in outcomes.items()})  # fmt: skip
    entry = ledger.add_scorecard(card, key=f"again-{learner}", arrival=None, stands=False)
    exchange(ledger, Kind.APPROVAL, learner, level, entry.digest, former.entry.digest)


def handed_in(ledger, level, tree, **outcomes):
    """Hands in anew and grades it; the hour it was handed in is a digit of ``tree``."""
    arrived = f"2026-11-22T0{tree[-1]}:00:00.000000+00:00"
    body = {"digest": tree, "tree_digest": tree, "arrived": arrived, "counts": True}
    arrival = ledger.append(Kind.ARRIVAL, learner="ada", level=level.id, by="ladder", key=tree, body=body)
    card = make_card(level, "ada", tree, {name.replace("_", "-"): one for name, one in outcomes.items()})
    return ledger.add_scorecard(card, key=tree, arrival=arrival.digest)


def content(book):
    """Everything in the gradebook that a sync could change."""
    return [
        (one.student.id, one.assignment.name, notebook.name, grade.name, grade.auto_score, grade.manual_score,
         grade.extra_credit, grade.needs_manual_grade, grade.max_score, one.timestamp)
        for one in book.assignment_submissions("01-small") for notebook in one.notebooks for grade in notebook.grades
    ]  # fmt: skip


def grade(book, level, name, learner="ada"):
    check = next(check for check in level.checks if check.name == name)
    return book.find_grade(name, check.exercise, level.id, learner)


def hidden(level):
    return [check.name for check in level.checks if check.hidden]


def test_every_score_is_there_and_a_second_sync_changes_nothing(book, level, ledger):
    first, second = hidden(level)[:2]
    graded(ledger, level)
    graded(ledger, level, "bob", **{first: Outcome.FAILED, second: SkipReason.TOOL})
    (ada, bob) = sync(ledger, book, "mentor")
    points = {check.name: check.points for check in level.checks}
    assert (ada.scores, bob.scores) == (len(points), len(points) - 1)  # what nobody can say is not entered
    assert {row[3]: (row[4], row[8]) for row in content(book) if row[0] == "ada"} == {
        name: (worth, worth) for name, worth in points.items()
    }
    failed, open_one = (grade(book, level, name, "bob") for name in (first, second))
    assert (failed.auto_score, failed.needs_manual_grade) == (0, False)
    assert (open_one.auto_score, open_one.needs_manual_grade) == (None, True)
    before, head = content(book), ledger.head()
    assert [(one.scores, one.flagged, one.review) for one in sync(ledger, book, "mentor")] == [(0, 0, None)] * 2
    assert (content(book), ledger.head()) == (before, head)


def test_marks_of_people_come_back_once(book, level, ledger):
    name = hidden(level)[0]
    graded(ledger, level, **{name: Outcome.FAILED})
    list(sync(ledger, book, "mentor"))
    mine = grade(book, level, name)
    mine.manual_score, mine.extra_credit, mine.needs_manual_grade = 1.5, 0.5, False
    notebook = next(one for one in mine.notebook.assignment.notebooks if one.comments)
    comment = notebook.comments[0]
    comment.manual_comment = "Nearly."
    book.db.commit()
    (one,) = sync(ledger, book, "Grace Hopper")
    assert (one.scores, one.flagged) == (0, 0)
    assert marks_of(one.review) == {
        f"{mine.notebook.name}/{name}": {"score": 1.5, "extra_credit": 0.5},
        f"{notebook.name}/{comment.name}": {"comment": "Nearly."},
    }
    assert (one.review.by, one.review.kind, one.review.body["review"]) == ("Grace Hopper", Kind.REVIEW, REVIEW)
    assert one.review.at
    assert mine.auto_score == 0
    (again,) = sync(ledger, book, "Grace Hopper")
    assert again.review is None
    mine.manual_score = 2.0
    book.db.commit()
    (changed,) = sync(ledger, book, "Grace Hopper")
    mine.manual_score = 1.5
    book.db.commit()
    (back,) = sync(ledger, book, "Grace Hopper")
    assert marks_of(back.review) == marks_of(one.review) != marks_of(changed.review)
    assert len(list(ledger.entries(kind=Kind.REVIEW))) == 3


def test_a_regrade_keeps_a_mark_and_flags_it(book, level, ledger):
    name = hidden(level)[0]
    graded(ledger, level, **{name: Outcome.FAILED})
    list(sync(ledger, book, "mentor"))
    mine = grade(book, level, name)
    mine.manual_score, mine.needs_manual_grade = 0.5, False
    book.db.commit()
    list(sync(ledger, book, "mentor"))
    regraded(ledger, level)
    (one,) = sync(ledger, book, "mentor")
    assert (one.scores, one.flagged, one.review) == (1, 1, None)
    assert (mine.manual_score, mine.auto_score, mine.needs_manual_grade) == (0.5, mine.max_score, True)
    (standing,) = ledger.standing("ada")
    assert len(standing.flagged) == 1
    assert [(two.scores, two.flagged, two.review) for two in sync(ledger, book, "mentor")] == [(0, 0, None)]
    mine.needs_manual_grade = False  # somebody has looked, and saved the same mark
    book.db.commit()
    (confirmed,) = sync(ledger, book, "mentor")
    assert confirmed.review is not None
    (standing,) = ledger.standing("ada")
    assert standing.reviews[-1] not in standing.flagged


def unchanged(ledger, book):
    """Whether another sync changes nothing."""
    before, head = content(book), ledger.head()
    (one,) = sync(ledger, book, "mentor")
    return (one.scores, one.flagged, one.review, content(book), ledger.head()) == (0, 0, None, before, head)


@pytest.mark.parametrize("read_between", [True, False])
def test_marks_of_one_submission_are_none_of_the_next(book, level, ledger, read_between):
    first, second = hidden(level)[:2]
    handed_in(ledger, level, "sha256:1")
    list(sync(ledger, book, "mentor"))
    one, two = (grade(book, level, name) for name in (first, second))
    comment = next(comment for notebook in one.notebook.assignment.notebooks for comment in notebook.comments)
    one.manual_score, two.extra_credit, comment.manual_comment = 0.5, 0.25, "Nearly."
    book.db.commit()
    if read_between:
        list(sync(ledger, book, "mentor"))
    entry = handed_in(ledger, level, "sha256:2")
    (moved,) = sync(ledger, book, "mentor")
    assert (moved.scores, moved.flagged, marks_of(moved.review)) == (0, 2, {})
    assert moved.review.body["scorecard"] == entry.digest
    assert (one.manual_score, one.needs_manual_grade, two.extra_credit, two.needs_manual_grade) == (
        0.5,
        True,
        0.25,
        True,
    )
    assert one.notebook.assignment.timestamp.hour == 2
    assert unchanged(ledger, book)

    one.needs_manual_grade = False  # somebody has looked at this one, and saved the same mark
    book.db.commit()
    (saved,) = sync(ledger, book, "mentor")
    mark = {f"{one.notebook.name}/{first}": {"score": 0.5}}
    assert (marks_of(saved.review), saved.review.body["submission_digest"]) == (mark, "sha256:2")
    assert unchanged(ledger, book)

    comment.manual_comment = "Now it is."
    book.db.commit()
    (said,) = sync(ledger, book, "mentor")
    words = {f"{comment.notebook.name}/{comment.name}": {"comment": "Now it is."}}
    assert marks_of(said.review) == {**mark, **words}
    comment.manual_comment = "Nearly."
    book.db.commit()
    (back,) = sync(ledger, book, "mentor")
    assert back.review.body["marks"] != said.review.body["marks"]
    assert "Nearly." in str(marks_of(back.review))
    assert unchanged(ledger, book)


def test_a_mark_of_the_former_submission_stays_held_when_its_check_is_graded_anew(book, level, ledger):
    name = hidden(level)[0]
    handed_in(ledger, level, "sha256:1")
    list(sync(ledger, book, "mentor"))
    mine = grade(book, level, name)
    mine.extra_credit = 0.5
    book.db.commit()
    handed_in(ledger, level, "sha256:2")
    list(sync(ledger, book, "mentor"))
    regraded(ledger, level, **{name: Outcome.FAILED})
    (one,) = sync(ledger, book, "mentor")
    assert (one.scores, one.review, mine.needs_manual_grade) == (1, None, True)
    assert unchanged(ledger, book)


def test_a_submission_that_is_still_to_be_graded_changes_nothing(book, level, ledger):
    handed_in(ledger, level, "sha256:1")
    (one,) = sync(ledger, book, "mentor")
    body = {"digest": "b", "tree_digest": "sha256:2", "arrived": "2026-11-22T09:00:00.000000+00:00", "counts": True}
    ledger.append(Kind.ARRIVAL, learner="ada", level=level.id, by="ladder", key="later", body=body)
    assert unchanged(ledger, book)
    assert {row[-1].hour for row in content(book)} == {1}


def test_a_check_that_the_level_lost_counts_no_more(book, level, ledger, monkeypatch):
    lost, marked = hidden(level)[:2]
    graded(ledger, level)
    list(sync(ledger, book, "mentor"))
    gone, kept = (grade(book, level, name) for name in (lost, marked))
    kept.manual_score = 0.5
    book.db.commit()
    list(sync(ledger, book, "mentor"))
    exercises = tuple(
        dataclasses.replace(one, checks=tuple(check for check in one.checks if check.name not in (lost, marked)))
        for one in level.exercises
    )
    smaller = dataclasses.replace(level, exercises=exercises)
    monkeypatch.setattr(catalog, "find_level", lambda _: smaller)
    (one,) = sync(ledger, book, "mentor")
    assert (one.scores, one.flagged, one.review) == (2, 1, None)
    assert (gone.auto_score, gone.max_score, gone.needs_manual_grade) == (0, 0, False)
    assert (kept.manual_score, kept.max_score, kept.needs_manual_grade) == (0.5, 0, True)
    submission = book.find_submission(level.id, "ada")
    points = sum(check.points for check in smaller.checks)
    assert (submission.max_score, submission.score) == (points, points + 0.5)
    assert unchanged(ledger, book)
    kept.needs_manual_grade = False  # somebody has looked, and saved the same mark
    book.db.commit()
    assert unchanged(ledger, book)

    graded(ledger, smaller, "bob")
    assert [two.flagged for two in sync(ledger, book, "mentor")] == [0, 0]
    assert (grade(book, level, lost, "bob").auto_score, grade(book, level, lost, "bob").needs_manual_grade) == (
        0,
        False,
    )
    monkeypatch.setattr(catalog, "find_level", lambda _: level)
    (back, _) = sync(ledger, book, "mentor")
    assert (back.scores, gone.auto_score, gone.max_score) == (2, *[check.points for check in level.checks
                                                                 if check.name == lost] * 2)  # fmt: skip


def test_a_lost_exercise_counts_no_more(book, level, ledger, monkeypatch):
    graded(ledger, level)
    list(sync(ledger, book, "mentor"))
    smaller = dataclasses.replace(level, exercises=level.exercises[:1])
    monkeypatch.setattr(catalog, "find_level", lambda _: smaller)
    list(sync(ledger, book, "mentor"))
    submission = book.find_submission(level.id, "ada")
    assert submission.max_score == submission.score == sum(check.points for check in smaller.checks)
    assert unchanged(ledger, book)


def test_no_gradebook_is_one_line(tmp_path):
    with pytest.raises(InputError, match="there is no gradebook"), gradebook_at(f"sqlite:///{tmp_path}/no.db", "x"):
        pass
