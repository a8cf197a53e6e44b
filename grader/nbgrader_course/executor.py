"""Judges the notebooks of a course behind walls: first the instructor's own solution, then everybody's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.grading import Grader
from grader.judges.job import CourseNotebook
from grader.model import CheckResult, Exercise, Outcome
from grader.nbgrader_course.course import Plan
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import Walls

_INSTRUCTOR = "the course's solution"


@dataclass(frozen=True)
class Judged:
    """One submitted notebook: results by grade_id, and by place of the cell what it displayed (nbformat outputs)."""

    results: Mapping[str, CheckResult]
    shown: Mapping[int, list[dict[str, Any]]]


class Executor:
    """Thread-safe. ``walls`` gives open walls, and may still be at it; ``note`` is told once per notebook which tests
    cannot be judged from outside."""

    def __init__(self, walls: Callable[[], Walls], course_id: str, note: Callable[[str], None]) -> None:
        self._walls = walls
        # Random draws of tests come from a key that nobody is told: a learner could foresee the practice key's.
        self._key = Key.new()
        self._course_id = course_id or "course"
        self._note = note
        self._ready: dict[tuple[Exercise, str], CourseNotebook] = {}
        self._lock = threading.Lock()

    def ready(self, plan: Plan) -> CourseNotebook:
        """The plan's notebook with the first guess of names under which its own solution earns every point.

        Where there is none, the best; its other tests are told, and what they say of learners is left to people.
        """
        with self._lock:
            key = plan.tries[0].exercise, plan.tries[0].source  # two notebooks may have the same cells
            if key not in self._ready:
                self._ready[key] = self._tried(plan)
            return self._ready[key]

    def await_walls(self) -> None:
        """Return once the walls stand; NoWalls if they cannot."""
        self._walls()

    def judge(self, plan: Plan, tree: Tree, student: str) -> Judged:
        """Judge one submitted notebook. ``tree``: NOTEBOOK.ipynb and all that lies beside it.

        What fails a test that the course's own solution does not pass either is an error, so it is left to people.
        """
        course = self.ready(plan)
        judged = self._judged(course, tree, student)
        if not course.solved:
            return judged
        return replace(judged, results={
            name: one if name in course.proven or one.outcome is Outcome.PASSED else _undecided(one)
            for name, one in judged.results.items()
        })  # fmt: skip

    def _judged(self, course: CourseNotebook, tree: Tree, student: str) -> Judged:
        shown: dict[int, list[dict[str, Any]]] = {}

        def show(cell: int, outputs: list[dict[str, Any]]) -> None:
            shown.setdefault(cell, []).extend(outputs)

        results = Grader(self._walls(), self._key).course_notebook(course, tree, self._course_id, student, show)
        return Judged({one.id.rsplit("/", 1)[1]: one for one in results}, shown)

    def _tried(self, plan: Plan) -> CourseNotebook:
        first = plan.tries[0]
        if not first.solved:
            self._note(f"{plan.name}: no source notebook, so its tests were tried on no solution")
            return first
        best, said = first, dict[str, str]()
        for guess in plan.tries:
            tree = guess.given.laid_over(Tree({f"{plan.name}.ipynb": guess.source.encode()}))
            results = self._judged(guess, tree, _INSTRUCTOR).results
            proven = frozenset(name for name, one in results.items() if one.outcome is Outcome.PASSED)
            if len(proven) > len(best.proven) or not said:
                best = replace(guess, proven=proven)
                said = {name: one.message for name, one in results.items() if name not in proven}
            if not said:
                break
        for name, message in said.items():
            why = " ".join(message.split())
            self._note(f"{plan.name}: the course's own solution does not pass {name}: {why}")
        more = [name for name in best.remote or () if name not in (first.remote or ())]
        if more:
            self._note(f"{plan.name}: {', '.join(more)} of the course's own cells are taken as the learner left them")
        return best


def _undecided(result: CheckResult) -> CheckResult:
    message = f"The course's own solution does not pass this test. {result.message}"
    return replace(result, outcome=Outcome.ERROR, points=None, message=message)
