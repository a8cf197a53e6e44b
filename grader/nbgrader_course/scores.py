"""Writes scores into nbgrader's gradebook by its own rules: what a person gave is never touched."""

from __future__ import annotations

import logging
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from grader.nbgrader_course.executor import Judged

_log = logging.getLogger("traitlets")


def enter(book: Gradebook, notebook: Any, judged: Judged, name: str, assignment: str, student: str) -> int:
    """Enter one autograded notebook; the caller commits. How many of its cells wait for a person.

    A test's score is ours, and None (to be marked by a person) where it ended in an error of ours. A cell that people
    mark is entered as nbgrader does: zero if nothing was answered, else open. Where a person has given a score, it
    stays and is flagged.
    """
    entry = book.find_submission_notebook(name, assignment, student)
    entry.late_submission_penalty = None  # decided anew each time: there may be an extension by now
    grades = {str(grade.name): grade for grade in entry.grades}
    comments = {str(comment.name): comment for comment in entry.comments}
    for grade_id, result in judged.results.items():
        if grade_id in grades:
            _score(grades[grade_id], result.points)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if is_grade(cell) and grade_id in grades and grade_id not in judged.results:
            _score(grades[grade_id], _without_judge(cell))
        if (is_solution(cell) or is_task(cell)) and grade_id in comments:
            unchanged = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
            comments[grade_id].auto_comment = "No response." if unchanged else None
    return sum(bool(grade.needs_manual_grade) for grade in grades.values())


def _score(grade: Any, points: float | None) -> None:
    grade.auto_score = points
    grade.needs_manual_grade = grade.manual_score is not None or points is None


def _without_judge(cell: Any) -> float | None:
    """Zero for an answer to be marked that was not touched; anything else is a person's to mark."""
    if not is_solution(cell):
        return None
    points, _ = determine_grade(cell, _log)
    return None if points is None else float(points)
