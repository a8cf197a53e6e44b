"""The one line in a course's configuration: our judge in the kernel's place, in `nbgrader autograde` and formgrader."""

from __future__ import annotations

import atexit
import threading
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
)
from traitlets.config import LoggingConfigurable

from grader.errors import InputError
from grader.nbgrader_course import course, outputs, scores
from grader.nbgrader_course.executor import Executor
from grader.tree import Tree
from grader.walls import open_walls

_executors: dict[str, Executor] = {}
_opening = threading.Lock()


class Judge(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Takes the place of all of ``Autograde.autograde_preprocessors``::

    c.Autograde.autograde_preprocessors = ["grader.nbgrader_plugin.Judge"]
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Judge a sanitized notebook, enter its scores and give it its outputs."""
        coursedir = self._coursedir()
        said = resources["nbgrader"]
        name, assignment, student = said["notebook"], said["assignment"], said["student"]
        with course.gradebook(coursedir) as book:
            plan = course.read_assignment(coursedir, book, assignment, self.config).plan(name)
        tree = submitted(coursedir, assignment, student, name)
        judged = _executor(coursedir.course_id, self.log).judge(plan, tree, student)
        outputs.fill(nb, judged)
        resources = after(nb, resources, self)
        with Gradebook(coursedir.db_url, coursedir.course_id) as book:
            scores.enter(book, nb, judged, name, assignment, student)
            book.db.commit()
        nb, resources = AssignLatePenalties(parent=self).preprocess(nb, resources)
        return CheckCellMetadata(parent=self).preprocess(nb, resources)  # type: ignore[no-any-return]

    def _coursedir(self) -> CourseDirectory:
        above = self.parent
        while above is not None and not isinstance(above, Autograde):
            above = above.parent
        if above is None:
            raise InputError("grader.nbgrader_plugin.Judge belongs into c.Autograde.autograde_preprocessors")
        return above.coursedir


def after(nb: Any, resources: Any, parent: LoggingConfigurable) -> Any:
    """What nbgrader does to an executed notebook before it takes the scores; the resources."""
    for kind in (IgnorePattern, ClearMetadataPreprocessor, LimitOutput):
        nb, resources = kind(parent=parent)(nb, resources)
    return resources


def submitted(coursedir: CourseDirectory, assignment: str, student: str, name: str) -> Tree:
    """What the worker is given: the notebook as handed in, beside it what nbgrader has copied into autograded."""
    handed_in = Path(coursedir.format_path(coursedir.submitted_directory, student, assignment)) / f"{name}.ipynb"
    beside = Tree.read(Path(coursedir.format_path(coursedir.autograded_directory, student, assignment)))
    files = {path: data for path, data in beside.files.items() if not path.endswith(".ipynb")}
    return Tree({**files, handed_in.name: handed_in.read_bytes()}, beside.executable & files.keys())


def _executor(course_id: str, log: Any) -> Executor:
    """One per course and process, behind walls that stay open: formgrader's server asks again and again."""
    with _opening:
        if course_id not in _executors:
            walls = open_walls()
            atexit.register(walls.close)
            _executors[course_id] = Executor(lambda: walls, course_id, log.warning)
        return _executors[course_id]
