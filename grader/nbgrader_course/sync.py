"""The ledger and nbgrader's gradebook, kept the same: scores go there, what people enter in formgrader comes back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader.api import Grade, Gradebook, GradeCell, MissingEntry, SolutionCell, SubmittedNotebook
from nbgrader.utils import parse_utc

from grader import catalog
from grader.ledger import Entry, Kind, Ledger, Standing
from grader.ledger.chain import canonical
from grader.model import JSON, CheckResult, Exercise, Level, SkipReason
from grader.notebooks import solution_cells

REVIEW = "nbgrader:gradebook"  # no rubric can be called this: a rubric's id is a slug


@dataclass(frozen=True)
class Synced:
    """One learner's level. ``scores`` were changed, ``flagged`` cells keep a person's mark and wait for another look.

    ``review`` is the entry made of what people had entered, if it was new.
    """

    learner: str
    level: str
    scores: int
    flagged: int
    review: Entry | None


def sync(ledger: Ledger, book: Gradebook, by: str) -> Iterator[Synced]:
    """Bring both up to date; a second time changes nothing. ``by`` is whose marks those in the gradebook are.

    nbgrader keeps neither who entered a mark nor when: the entry says who synced, and when.
    """
    levels: dict[str, Level] = {}
    dropped: dict[str, Counter[str]] = {}
    for standing in ledger.standing():
        learner, name = standing.entry.learner, standing.entry.level
        if name not in levels:
            levels[name] = catalog.find_level(name)
            dropped[name] = _lay_out(book, levels[name])
        submission = _submission(book, levels[name], standing)
        last = _last(standing)
        moved = _moved(ledger, submission, standing, last)
        scores, flagged = _write(submission, levels[name], standing)
        if moved:
            flagged += _flag(submission)
        submission.timestamp = _arrived(standing) or submission.timestamp
        book.db.commit()
        review = _read_back(ledger, submission, standing, by, last, moved=moved, settled=not scores)
        yield Synced(learner, name, scores, flagged + dropped[name][learner], review)


def marks_of(entry: Entry) -> JSON:
    """What people entered, by ``EXERCISE/CELL``: score, extra credit, comment; of an entry that `sync` made."""
    return dict(entry.body["marks"])


def _lay_out(book: Gradebook, level: Level) -> Counter[str]:
    """The level as an assignment: an exercise is a notebook, a check is a cell. What is right already stays.

    Returns by learner how many marks were flagged, because the level has lost their check.
    """
    try:
        book.find_assignment(level.id)
    except MissingEntry:
        book.add_assignment(level.id)
    for exercise in level.exercises:
        try:
            notebook = book.find_notebook(exercise.id, level.id)
        except MissingEntry:
            notebook = book.add_notebook(exercise.id, level.id)
        cells = {str(cell.name): cell for cell in notebook.grade_cells}
        for check in exercise.checks:
            if check.name not in cells:
                book.db.add(
                    GradeCell(name=check.name, max_score=check.points, cell_type="code", notebook_id=notebook.id)
                )
            elif cells[check.name].max_score != check.points:
                cells[check.name].max_score = check.points
        answers = {str(cell.name) for cell in notebook.solution_cells}
        for name in _answers(level, exercise):
            if name not in answers:
                book.db.add(SolutionCell(name=name, notebook_id=notebook.id))
    flagged = _drop(book, level)
    book.db.commit()
    return flagged


def _drop(book: Gradebook, level: Level) -> Counter[str]:
    """Make checks that the level no longer has worth nothing; flag the marks of people on them, once.

    The cells stay: with one, nbgrader would delete what people have entered there.
    """
    flagged: Counter[str] = Counter()
    for notebook in book.find_assignment(level.id).notebooks:
        for cell in notebook.grade_cells:
            if cell.max_score and (str(notebook.name), str(cell.name)) not in _checks(level):
                cell.max_score = 0
                for grade in filter(_given, cell.grades):
                    grade.needs_manual_grade = True
                    flagged[str(grade.student.id)] += 1
    return flagged


def _checks(level: Level) -> set[tuple[str, str]]:
    return {(check.exercise, check.name) for check in level.checks}


def _answers(level: Level, exercise: Exercise) -> list[str]:
    """The cells that people comment on."""
    if exercise.kind != "notebook":
        return []
    return [str(cell.metadata["nbgrader"]["grade_id"]) for cell in
            solution_cells(catalog.source_notebook(level, exercise.id))]  # fmt: skip


def _submission(book: Gradebook, level: Level, standing: Standing) -> Any:
    """The learner's submission in the gradebook, with a grade for every check."""
    learner = standing.entry.learner
    try:
        book.find_student(learner)
    except MissingEntry:
        book.add_student(learner)
    try:
        submission = book.find_submission(level.id, learner)
    except MissingEntry:
        submission = book.add_submission(level.id, learner)
    there = {str(notebook.name) for notebook in submission.notebooks}
    for entry in submission.assignment.notebooks:
        if entry.name not in there:
            book.db.add(SubmittedNotebook(notebook_id=entry.id, assignment_id=submission.id))
    book.db.commit()
    book.db.refresh(submission)
    for notebook in submission.notebooks:
        graded = {grade.cell_id for grade in notebook.grades}
        for cell in notebook.notebook.grade_cells:
            if cell.id not in graded:
                book.db.add(Grade(cell_id=cell.id, notebook_id=notebook.id, needs_manual_grade=False))
    book.db.commit()
    book.db.refresh(submission)
    return submission


def _arrived(standing: Standing) -> datetime | None:
    """When the submission that stands was handed in, UTC; None if nothing says so."""
    arrival = standing.arrival
    if arrival is None or arrival.body.get("tree_digest") != standing.scorecard.submission_digest:
        return None  # a newer one is there that has no scorecard yet
    return _time(arrival)


def _time(arrival: Entry) -> datetime | None:
    found: datetime | None = parse_utc(arrival.body.get("arrived"))
    return found


def _last(standing: Standing) -> Entry | None:
    """The last entry that a sync has made of what people entered."""
    return next((entry for entry in reversed(standing.reviews) if entry.body.get("review") == REVIEW), None)


def _moved(ledger: Ledger, submission: Any, standing: Standing, last: Entry | None) -> bool:
    """Whether what people have entered so far is about another submission than the one that stands now."""
    digest = standing.scorecard.submission_digest
    if last is not None:
        return bool(last.body["submission_digest"] != digest)
    if submission.timestamp in (None, _arrived(standing)):
        return False
    # Nothing was read back yet: the gradebook's time says which submission people have looked at.
    arrivals = ledger.entries(kind=Kind.ARRIVAL, learner=standing.entry.learner, level=standing.entry.level)
    trees = {entry.body.get("tree_digest") for entry in arrivals if _time(entry) == submission.timestamp}
    return bool(trees) and digest not in trees


def _flag(submission: Any) -> int:
    """Flag every mark that somebody gave; how many were not flagged before."""
    marked = [one for notebook in submission.notebooks for one in notebook.grades if _given(one)]
    fresh = [grade for grade in marked if not grade.needs_manual_grade]
    for grade in fresh:
        grade.needs_manual_grade = True
    return len(fresh)


def _write(submission: Any, level: Level, standing: Standing) -> tuple[int, int]:
    """Enter the scorecard: how many scores changed, and how many marks of people were flagged for it."""
    checks = _checks(level)
    results = {(one.exercise, one.id.rsplit("/", 1)[1]): one for one in standing.scorecard.checks}
    changed = flagged = 0
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            place = str(notebook.name), str(grade.name)
            if place not in checks:
                changed += bool(grade.auto_score)
                grade.auto_score = 0
                grade.needs_manual_grade = grade.needs_manual_grade and bool(_given(grade))
                continue
            result = results.get(place)
            if result is None:
                continue
            points = _points(result)
            fresh = grade.auto_score is None and grade.manual_score is None and not grade.needs_manual_grade
            if grade.auto_score == points and not (fresh and points is None):
                continue
            changed += 1
            grade.auto_score = points
            grade.needs_manual_grade = bool(_given(grade)) or points is None
            flagged += bool(_given(grade))
    return changed, flagged


def _points(result: CheckResult) -> float | None:
    """None where nobody can say: an error of ours, or a tool that was not on the machine."""
    return None if result.reason is SkipReason.TOOL else result.points


def _read_back(
    ledger: Ledger, submission: Any, standing: Standing, by: str, last: Entry | None, *, moved: bool, settled: bool
) -> Entry | None:
    """The entry of what people have entered, if that is news: other marks, or the same after a regrade.

    After a regrade the same marks are news only once nothing of them is flagged: somebody has looked again.

    Where another submission stands than the one that people have looked at, the entry says so by having no marks. A
    flagged mark comes back for this one once it was saved again. nbgrader cannot flag a comment, so the entry keeps
    those that were there, and one of them counts for this submission once its text is another: words of praise or
    blame about work that nobody sees any more would do harm, and who means them still can add one.
    """
    comments = _comments(submission)
    before: Mapping[str, Any] = {} if last is None or moved else dict(last.body["marks"])
    kept: Mapping[str, str] = {} if last is None else last.body.get("former_comments", {})
    former = comments if moved else {cell: text for cell, text in kept.items() if comments.get(cell) == text}
    marks, waiting = _marks(submission, before)
    for cell, text in comments.items():
        if cell not in former:
            marks.setdefault(cell, {})["comment"] = text
    if moved:
        news = last is not None or bool(former) or waiting
    else:
        confirmed = last is not None and last.body["scorecard"] != standing.entry.digest and not waiting and settled
        news = marks != before or bool(marks) and confirmed
    if not news:
        return None
    body: JSON = {
        "review": REVIEW,
        "scorecard": standing.entry.digest,
        "submission_digest": standing.scorecard.submission_digest,
        "marks": marks,
        **({"former_comments": former} if former else {}),
    }
    after = last.digest if last is not None else ""
    key = hashlib.sha256(canonical({"after": after, "body": body, "by": by}).encode()).hexdigest()
    entry = standing.entry
    return ledger.append(Kind.REVIEW, learner=entry.learner, level=entry.level, by=by, key=key, body=body)


def _given(grade: Any) -> dict[str, float]:
    """What a person gave a cell."""
    given = {"score": grade.manual_score, "extra_credit": grade.extra_credit}
    return {name: float(value) for name, value in given.items() if value is not None}


def _marks(submission: Any, before: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], bool]:
    """Scores and extra credit that people gave, by cell, and whether any of it is flagged.

    What is flagged was given for something else: of it stays what was read ``before``, for the same submission.
    """
    marks: dict[str, dict[str, Any]] = {}
    waiting = False
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            cell, given = f"{notebook.name}/{grade.name}", _given(grade)
            if given and grade.needs_manual_grade:
                waiting = True
                given = {name: value for name, value in before.get(cell, {}).items() if name != "comment"}
            if given:
                marks[cell] = given
    return marks, waiting


def _comments(submission: Any) -> dict[str, str]:
    """What people wrote, by cell."""
    return {
        f"{notebook.name}/{comment.name}": str(comment.manual_comment)
        for notebook in submission.notebooks
        for comment in notebook.comments
        if comment.manual_comment
    }
