"""A whole assignment at once: `nbgrader autograde`'s own steps, with many submissions judged side by side."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.writers import FilesWriter  # type: ignore[attr-defined]
from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata
from nbgrader.utils import rmtree
from sqlalchemy.exc import DBAPIError

from grader.errors import GraderFault, InputError
from grader.nbgrader_course import course, outputs, scores, taking
from grader.nbgrader_course.course import Plan
from grader.nbgrader_course.executor import Executor, Judged
from grader.nbgrader_course.metadata import CheckMetadataOnce
from grader.nbgrader_course.preprocessor import after, submitted

Say = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """What became of one submission; ``to_mark`` cells of it wait for a person."""

    student: str
    points: float
    max_points: float
    to_mark: int


@dataclass(frozen=True)
class _Sanitized:
    """One notebook as nbgrader writes it before it is run, and where it goes."""

    plan: Plan
    notebook: Any
    resources: Any


class Whole(Autograde):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's converter up to where a kernel would start; from there on `Executor`. One line per fault."""

    def __init__(self, app: NbGrader, assignment: str, executor: Executor, say: Say, *, again: bool) -> None:
        app.coursedir.assignment_id = assignment
        super().__init__(coursedir=app.coursedir, parent=app)
        self.log.setLevel("CRITICAL")  # what it has to say comes as one line each
        self.force = again
        self.faults = 0
        self._assignment = assignment
        self._executor = executor
        self._tell = say
        self._metadata = CheckMetadataOnce(parent=self)

    def run(self, jobs: int) -> Iterator[Line]:
        """Grade every submission, ``jobs`` at a time; yields each once it is in the gradebook."""
        with course.gradebook(self.coursedir) as book, ThreadPoolExecutor(jobs) as pool:
            found = course.read_assignment(self.coursedir, book, self._assignment, self.config)
            for fault in found.faults:
                self._fault(fault)
            plans = {plan.name: plan for plan in found.plans}
            self.writer = FilesWriter(parent=self, config=self.config)  # type: ignore[no-untyped-call]
            # The plain exporter gives the notebook itself: nothing is written before it has been judged.
            exporter = Exporter(parent=self, config=self.config, file_extension=".ipynb")  # type: ignore[no-untyped-call]
            self.exporter = exporter
            waiting: dict[Future[list[Judged]], tuple[str, list[_Sanitized]]] = {}
            try:
                for student, folder in self._students():
                    ready = self._prepared(book, student, folder, plans)
                    if ready:
                        waiting[pool.submit(self._judged, student, ready)] = (student, ready)
                self._executor.await_walls()
                for done in as_completed(tuple(waiting)):
                    student, ready = waiting[done]
                    line = None
                    try:
                        line = self._entered(book, student, ready, done.result())
                    except (GraderFault, InputError) as fault:
                        self._failed(book, student, str(fault))
                    except OSError as fault:
                        self._failed(book, student, f"{fault.filename}: {fault.strerror}")
                    except DBAPIError:  # a gradebook that does not answer is no one student's fault
                        raise
                    except Exception as fault:  # noqa: BLE001 - whatever one submission holds, the rest is graded
                        self._failed(book, student, f"cannot be entered: {_line(fault)}")
                    del waiting[done]
                    if line is not None:
                        yield line
            finally:
                for done, (student, _) in waiting.items():  # cut off: what was not entered must not look autograded
                    done.cancel()
                    self._away(student)

    def _students(self) -> Iterator[tuple[str, str]]:
        pattern = re.compile(self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True))
        top = Path(self._format_source(self._assignment, "*"))
        folders = sorted(str(one) for one in Path(top.anchor).glob(str(top.relative_to(top.anchor))) if one.is_dir())
        if not folders:
            raise InputError(f"nobody has handed in {self._assignment}: there is no {top}")
        for folder in folders:
            matched = pattern.match(folder)
            if matched is not None:
                yield matched["student_id"], folder

    def _init_preprocessors(self) -> None:
        self.exporter._preprocessors = []
        for step in self.sanitize_preprocessors:
            ours = step in (CheckCellMetadata, "nbgrader.preprocessors.CheckCellMetadata")
            self.exporter.register_preprocessor(self._metadata if ours else step)  # type: ignore[no-untyped-call]

    def _prepared(self, book: Gradebook, student: str, folder: str, plans: dict[str, Plan]) -> list[_Sanitized]:
        """nbgrader's own steps up to the sanitized notebooks; empty if there is nothing to judge."""
        top = Path(folder).resolve()  # a link that leads out of the folder is somebody else's work
        self.notebooks = sorted(str(one) for one in Path(folder).glob("*.ipynb") if one.resolve().parent == top)
        if not self.notebooks:
            self._fault(f"{student}: handed in no notebook")
            return []
        try:
            handed_in = taking.time_of(Path(folder))
            if not self.init_destination(self._assignment, student):
                return []
            self.run_pre_convert_hook()
            taking.take(self, book, self._assignment, student, handed_in)
            ready = []
            for path in self.notebooks:
                name = Path(path).stem
                if name in plans:
                    self._init_preprocessors()
                    resources = self.init_single_notebook_resources(path)
                    notebook, resources = self.exporter.from_filename(path, resources=resources)
                    ready.append(_Sanitized(plans[name], notebook, resources))
            return ready
        except InputError as fault:
            self._failed(book, student, str(fault))
            return []
        except Exception as fault:  # noqa: BLE001 - whatever nbgrader stumbles over is one line, and the rest is graded
            self._failed(book, student, f"nbgrader cannot take it: {_line(fault)}")
            return []

    def _judged(self, student: str, ready: list[_Sanitized]) -> list[Judged]:
        return [
            self._executor.judge(one.plan, submitted(self.coursedir, self._assignment, student, one.plan.name), student)
            for one in ready
        ]

    def _entered(self, book: Gradebook, student: str, ready: list[_Sanitized], judged: list[Judged]) -> Line:
        to_mark = 0
        for one, found in zip(ready, judged, strict=True):
            outputs.fill(one.notebook, found)
            resources = after(one.notebook, one.resources, self)
            to_mark += scores.enter(book, one.notebook, found, one.plan.name, self._assignment, student)
            self.write_single_notebook(course.as_text(one.notebook), resources)
        book.db.commit()
        entry = book.find_submission(self._assignment, student)
        if entry.total_seconds_late > 0:
            for one in ready:
                AssignLatePenalties(parent=self).preprocess(one.notebook, one.resources)
            book.db.expire_all()
        self.set_permissions(self._assignment, student)
        self.run_post_convert_hook()
        points = max(0.0, float(entry.score) - float(entry.late_submission_penalty))  # as `nbgrader export` has it
        return Line(student, points, float(entry.max_score), to_mark)

    def _failed(self, book: Gradebook, student: str, why: str) -> None:
        self._fault(f"{student}: {why}")
        book.db.rollback()  # else the next student's commit enters what is half done
        self._away(student)

    def _away(self, student: str) -> None:
        with contextlib.suppress(OSError):
            rmtree(self._format_dest(self._assignment, student))

    def _fault(self, line: str) -> None:
        self.faults += 1
        self._tell(line)


def _line(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {' '.join(str(fault).split())}"[:300]
