"""Takes a submission into the gradebook and the autograded folder, as `nbgrader autograde` does before running it.

nbgrader's own step opens the gradebook five times, a third of what one submission costs here, and follows links that a
student has handed in.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.utils import find_all_files, parse_utc

from grader.errors import InputError


def time_of(folder: Path) -> datetime | None:
    """When it was handed in, UTC; InputError if its timestamp.txt holds no time."""
    file = folder / "timestamp.txt"
    text = file.read_text(errors="replace").strip() if file.is_file() else ""
    try:
        found: datetime | None = parse_utc(text) if text else None
    except (ValueError, OverflowError):
        raise InputError(f"{file.name} holds no time: {text[:60]!r}") from None
    return found


def take(converter: Autograde, book: Gradebook, assignment: str, student: str, handed_in: datetime | None) -> None:
    """Student and submission in the gradebook, files in place, zeros for notebooks that were not handed in.

    InputError if the course does not make students on the way and this one is unknown.
    """
    if converter.create_student:
        book.update_or_create_student(student)
    elif not any(one.id == student for one in book.students):
        raise InputError("the gradebook has no such student, and the course makes none on the way")
    times = {} if handed_in is None else {"timestamp": handed_in}
    submission = book.update_or_create_submission(assignment, student, **times)
    coursedir = converter.coursedir
    submitted = Path(coursedir.format_path(coursedir.submitted_directory, student, assignment))
    source = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    autograded = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
    autograded.mkdir(parents=True, exist_ok=True)
    kept = {source / name for name in converter.exclude_overwriting.get(assignment, [])}
    _copy(submitted, autograded, coursedir.ignore, set())
    _copy(source, autograded, coursedir.ignore, kept)
    for notebook in submission.notebooks:
        if not (submitted / f"{notebook.name}.ipynb").is_file():
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = 0, False
    book.db.commit()


def _copy(folder: Path, target: Path, ignore: list[str], kept: set[Path]) -> None:
    """Everything but notebooks; no link is followed out of the folder."""
    top = folder.resolve()
    for name in map(Path, find_all_files(str(folder), [*ignore, "*.ipynb"])):
        if name in kept or not name.resolve().is_relative_to(top):
            continue
        place = target / name.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        shutil.copy(name, place)
