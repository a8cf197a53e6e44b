"""The ledger and nbgrader's gradebook, kept the same: scores go there, what people enter in formgrader comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Grade, Gradebook, GradeCell, MissingEntry, SolutionCell, SubmittedNotebook

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
    for standing in ledger.standing():
        name = standing.entry.level
        if name not in levels:
            levels[name] = catalog.find_level(name)
            _lay_out(book, levels[name])
        submission = _submission(book, levels[name], standing)
        scores, flagged = _write(submission, standing)
        book.db.commit()
        review = _read_back(ledger, submission, standing, by, settled=not scores)
        yield Synced(standing.entry.learner, name, scores, flagged, review)


def marks_of(entry: Entry) -> JSON:
    """What people entered, by ``EXERCISE/CELL``: score, extra credit, comment; of an entry that `sync` made."""
    return dict(entry.body["marks"])


def _lay_out(book: Gradebook, level: Level) -> None:
    """The level as an assignment: an exercise is a notebook, a check is a cell. What is right already stays."""
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
    book.db.commit()


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
        arrived = standing.arrival.body.get("arrived") if standing.arrival is not None else None
        submission = book.add_submission(level.id, learner, **({"timestamp": arrived} if arrived else {}))
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


def _write(submission: Any, standing: Standing) -> tuple[int, int]:
    """Enter the scorecard: how many scores changed, and how many marks of people were flagged for it."""
    results = {(one.exercise, one.id.rsplit("/", 1)[1]): one for one in standing.scorecard.checks}
    changed = flagged = 0
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            result = results.get((str(notebook.name), str(grade.name)))
            if result is None:
                continue
            points = _points(result)
            fresh = grade.auto_score is None and grade.manual_score is None and not grade.needs_manual_grade
            if grade.auto_score == points and not (fresh and points is None):
                continue
            changed += 1
            grade.auto_score = points
            grade.needs_manual_grade = grade.manual_score is not None or points is None
            flagged += grade.manual_score is not None
    return changed, flagged


def _points(result: CheckResult) -> float | None:
    """None where nobody can say: an error of ours, or a tool that was not on the machine."""
    return None if result.reason is SkipReason.TOOL else result.points


def _read_back(ledger: Ledger, submission: Any, standing: Standing, by: str, *, settled: bool) -> Entry | None:
    """The entry of what people have entered, if that is news: other marks, or the same after a regrade.

    After a regrade the same marks are news only once nothing of them is flagged: somebody has looked again.
    """
    marks, waiting = _marks(submission)
    before = [entry for entry in standing.reviews if entry.body.get("review") == REVIEW]
    last = before[-1] if before else None
    if last is None and not marks:
        return None
    if (
        last is not None
        and dict(last.body["marks"]) == marks
        and (last.body["scorecard"] == standing.entry.digest or waiting or not settled)
    ):
        return None
    body: JSON = {
        "review": REVIEW,
        "scorecard": standing.entry.digest,
        "submission_digest": standing.scorecard.submission_digest,
        "marks": marks,
    }
    after = last.digest if last is not None else ""
    key = hashlib.sha256(canonical({"after": after, "body": body, "by": by}).encode()).hexdigest()
    entry = standing.entry
    return ledger.append(Kind.REVIEW, learner=entry.learner, level=entry.level, by=by, key=key, body=body)


def _marks(submission: Any) -> tuple[JSON, bool]:
    """What people entered, by cell, and whether any of it is flagged."""
    marks: dict[str, dict[str, Any]] = {}
    waiting = False
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            given = {"score": grade.manual_score, "extra_credit": grade.extra_credit}
            kept = {name: float(value) for name, value in given.items() if value is not None}
            if kept:
                marks[f"{notebook.name}/{grade.name}"] = kept
                waiting = waiting or bool(grade.needs_manual_grade)
        for comment in notebook.comments:
            if comment.manual_comment:
                marks.setdefault(f"{notebook.name}/{comment.name}", {})["comment"] = str(comment.manual_comment)
    return marks, waiting
