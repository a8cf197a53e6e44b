"""Courses on disk, graded by stock nbgrader and by us; everything in this process but nbgrader's own kernels."""

import json
import os
import sysconfig
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.nbgrader_course.autograde import Whole
from grader.nbgrader_course.course import open_course
from grader.nbgrader_course.executor import Executor

from .cells import answered


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path_factory):
    """nbgrader calls alembic by name, and Jupyter reads the user's configuration: here there is none."""
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"])
    home = tmp_path_factory.getbasetemp() / "jupyter"
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(home / name.lower()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's and nbconvert's own
        yield


@dataclass
class Course:
    """A course folder. ``said`` is what our runs told, notes and faults."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def app(self):
        return open_course(self.folder)

    def write(self, name, notebook, **beside):
        source = self.folder / "source" / name.split("/")[0]
        source.mkdir(parents=True, exist_ok=True)
        (self.folder / "source" / f"{name}.ipynb").write_text(json.dumps(notebook))
        for file, text in beside.items():
            (source / file.replace("__", ".")).write_text(text)

    def release(self, assignment):
        from nbgrader.converters import GenerateAssignment

        app = self.app()
        app.coursedir.assignment_id = assignment
        GenerateAssignment(coursedir=app.coursedir, parent=app).start()

    def hand_in(self, student, name, answers, *, timestamp=None):
        """``name`` is ASSIGNMENT/NOTEBOOK; ``answers`` new texts by grade_id."""
        release = json.loads((self.folder / "release" / f"{name}.ipynb").read_text())
        target = self.folder / "submitted" / student / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(answered(release, answers)))
        if timestamp:
            (target.parent / "timestamp.txt").write_text(timestamp)
        return target

    def stock(self, assignment):
        from nbgrader.converters import Autograde

        app = self.app()
        app.coursedir.assignment_id = assignment
        Autograde(coursedir=app.coursedir, parent=app, force=True).start()

    def ours(self, assignment, walls, *, again=True):
        self.said = []
        executor = Executor(lambda: walls, "course", self.said.append)
        whole = Whole(self.app(), assignment, executor, self.said.append, again=again)
        return {line.student: line for line in whole.run(2)}

    def book(self):
        from nbgrader.api import Gradebook

        return Gradebook(self.app().coursedir.db_url, "course")

    def grades(self, assignment):
        """(student, notebook, cell) to what the gradebook has of it."""
        found = {}
        with self.book() as book:
            for submission in book.assignment_submissions(assignment):
                for notebook in submission.notebooks:
                    where = submission.student.id, notebook.name
                    found[(*where, "late")] = notebook.late_submission_penalty
                    for grade in notebook.grades:
                        found[(*where, grade.name)] = grade.auto_score, grade.needs_manual_grade
                    for comment in notebook.comments:
                        found[(*where, f"comment on {comment.name}")] = comment.auto_comment
        return found


@pytest.fixture
def course(tmp_path):
    """An empty course with a configuration."""
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    return Course(folder)
