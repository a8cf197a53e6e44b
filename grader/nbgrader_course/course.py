"""Reads somebody else's nbgrader course: its configuration, and an assignment's notebooks as a judge needs them."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry, Notebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import find_all_files
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SAWarning, SQLAlchemyError
from traitlets.config import Config

from grader.errors import InputError
from grader.judges.job import CourseNotebook
from grader.model import Check, Exercise, Limits
from grader.nbgrader_course.names import guesses
from grader.notebooks import kind_of
from grader.tree import Tree

_SECONDS = 600.0  # one notebook of a course, all its cells and tests together
_NO_LIMIT = 600.0  # seconds of a cell where the course sets none


@dataclass(frozen=True)
class Plan:
    """A notebook before its solution has been tried: the same once for each guess of which names are the learner's."""

    tries: tuple[CourseNotebook, ...]
    base: str  # the notebook as it was handed out, JSON

    @property
    def name(self) -> str:
        """The notebook's name in the gradebook."""
        return self.tries[0].exercise.id


@dataclass(frozen=True)
class Assignment:
    """What is judged of one assignment. ``faults`` are notebooks that cannot be, one line each."""

    name: str
    plans: tuple[Plan, ...]
    faults: tuple[str, ...]

    def plan(self, notebook: str) -> Plan:
        """The notebook's plan; InputError if it cannot be judged or is none of the assignment's."""
        for plan in self.plans:
            if plan.name == notebook:
                return plan
        raise InputError("; ".join(self.faults) or f"{self.name} has no notebook {notebook!r}")


def open_course(folder: Path) -> NbGrader:
    """nbgrader's own application with the course's configuration; InputError if the folder is no course."""
    folder = folder.resolve()
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such course folder")
    app = NbGrader()
    try:
        with contextlib.chdir(folder):  # nbgrader also reads the configuration of where it is started
            app.initialize([], root=str(folder))
    except SystemExit:
        raise InputError(f"{folder}/nbgrader_config.py: nbgrader cannot read it") from None
    app.log_level = logging.ERROR
    return app


def gradebook(coursedir: CourseDirectory) -> contextlib.AbstractContextManager[Gradebook]:
    """The course's gradebook, open; InputError, one line, if there is none or it is locked."""
    return gradebook_at(str(coursedir.db_url), coursedir.course_id)


@contextlib.contextmanager
def gradebook_at(url: str, course_id: str, *, create: bool = False) -> Iterator[Gradebook]:
    """The gradebook at a URL, open; InputError, one line, if it is not there (unless to be made) or is locked."""
    try:
        file = make_url(url).database if url.startswith("sqlite") else None
    except ArgumentError:
        raise InputError(f"{url}: is no address of a gradebook; sqlite:///… or postgresql://… is expected") from None
    if file and not create and not Path(file).is_file():
        raise InputError(f"{url}: there is no gradebook; `nbgrader generate_assignment` makes a course's")
    try:
        with warnings.catch_warnings(), _alembic_by_name():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way with its objects, harmless
            with Gradebook(url, course_id) as book:
                yield book
    except DBAPIError as fault:
        raise InputError(f"{url}: the gradebook does not answer: {fault.orig}") from None
    except SQLAlchemyError as fault:
        raise InputError(f"{url}: is no gradebook: {str(fault).splitlines()[0]}") from None


@contextlib.contextmanager
def _alembic_by_name() -> Iterator[None]:
    """nbgrader calls `alembic` to make a gradebook; a virtual environment's commands need not be on the PATH."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join((sysconfig.get_path("scripts"), before))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def read_assignment(coursedir: CourseDirectory, book: Gradebook, name: str, config: Config) -> Assignment:
    """The assignment's notebooks, with tests from the gradebook and solutions from the source folder.

    Without a source folder the release is enough; then no solution says which names are the learner's. InputError if
    the gradebook has no such assignment, or neither folder is there.
    """
    try:
        entry = book.find_assignment(name)
    except MissingEntry:
        known = ", ".join(sorted(one.name for one in book.assignments)) or "none"
        raise InputError(f"the gradebook has no assignment {name!r}; there are: {known}") from None
    source, release = (
        _folder(coursedir, coursedir.source_directory, name),
        _folder(coursedir, coursedir.release_directory, name),
    )
    if not source.is_dir() and not release.is_dir():
        raise InputError(f"{name}: neither {source} nor {release} is there; judging needs one of them")
    given = _beside(coursedir, source if source.is_dir() else release)
    timeout = Execute(config=config).timeout
    limits = Limits(seconds=_SECONDS, cell_seconds=timeout or _NO_LIMIT, check_seconds=timeout or _NO_LIMIT)
    plans, faults = [], []
    for notebook in sorted(entry.notebooks, key=lambda one: str(one.name)):
        try:
            plans.append(_plan(name, notebook, source, release, given, limits))
        except InputError as fault:
            faults.append(str(fault))
    return Assignment(name, tuple(plans), tuple(faults))


def as_text(notebook: Any) -> str:
    """A notebook as JSON."""
    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


def _folder(coursedir: CourseDirectory, step: str, assignment: str) -> Path:
    return Path(coursedir.format_path(step, ".", assignment))


def _beside(coursedir: CourseDirectory, folder: Path) -> Tree:
    names = [Path(name) for name in find_all_files(str(folder), [*coursedir.ignore, "*.ipynb"])]
    return Tree({name.relative_to(folder).as_posix(): name.read_bytes() for name in names if name.is_file()})


def _plan(
    assignment: str, entry: Notebook, source_folder: Path, release_folder: Path, given: Tree, limits: Limits
) -> Plan:
    file = f"{entry.name}.ipynb"
    source, release = _read(source_folder / file), _read(release_folder / file)
    if source is None and release is None:
        raise InputError(f"{assignment}/{file}: is neither in {source_folder} nor in {release_folder}")
    for notebook, folder in ((source, source_folder), (release, release_folder)):
        if notebook is not None:
            _no_twins(notebook, folder / file)
    base = nbformat.from_dict(json.loads(json.dumps(release or source)))  # type: ignore[no-untyped-call]
    tests = {str(cell.name): str(cell.source) for cell in entry.source_cells}
    answers = {} if source is None else {_grade_id(cell): cell.source for cell in source.cells if _grade_id(cell)}
    for cell in base.cells:
        if kind_of(cell) == "solution":
            cell.source = answers.get(_grade_id(cell), cell.source)
        elif kind_of(cell) == "test":
            cell.source = tests.get(_grade_id(cell) or "", cell.source)
    text = str(nbformat.writes(base, split_lines=False))  # type: ignore[no-untyped-call]
    exercise = Exercise(
        str(entry.name), "notebook", str(entry.name), 0, "", "", 0, limits, _checks(assignment, entry, base)
    )
    names = (None,) if source is None else guesses(base)
    return Plan(
        tuple(CourseNotebook(exercise, text, given, one, solved=source is not None) for one in names),
        as_text(release or source),
    )


def _checks(assignment: str, entry: Notebook, base: Any) -> tuple[Check, ...]:
    """Test cells that run: one check each. Cells that people mark are none."""
    worth = {str(cell.name): float(cell.max_score) for cell in entry.grade_cells}
    return tuple(
        Check(
            id=f"{assignment}/{entry.name}/{_grade_id(cell)}",
            exercise=str(entry.name),
            title=_title(cell.source) or str(_grade_id(cell)),
            skill="",
            points=worth[str(_grade_id(cell))],
            hidden="BEGIN HIDDEN TESTS" in cell.source,
        )
        for cell in base.cells
        if kind_of(cell) == "test" and cell.cell_type == "code" and _grade_id(cell) in worth
    )


def _title(text: str) -> str:
    """The first line if it is a comment or a docstring: what most test cells begin with."""
    line = next(iter(text.strip().splitlines()), "")
    said = line.strip("#\"' ")
    return said if line.startswith(("#", '"', "'")) and "HIDDEN TESTS" not in said else ""


def _grade_id(cell: Any) -> str | None:
    found = cell.metadata.get("nbgrader", {}).get("grade_id")
    return found if isinstance(found, str) else None


def _read(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError) as fault:
        raise InputError(f"{path}: is no notebook: {str(fault).splitlines()[0]}") from None


def _no_twins(notebook: Any, path: Path) -> None:
    seen: set[str] = set()
    for cell in notebook.cells:
        grade_id = _grade_id(cell)
        if grade_id is not None and grade_id in seen:
            raise InputError(f"{path}: two cells have the grade_id {grade_id!r}; nbgrader cannot tell them apart")
        seen.update([grade_id] if grade_id else [])
