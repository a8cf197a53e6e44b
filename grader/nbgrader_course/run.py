"""`ladder cohort grade --nbgrader`: one assignment of somebody else's course, as a person sees it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from grader.errors import InputError
from grader.walls.opening import opening


def grade(folder: Path, assignment: str, jobs: int | None = None, *, again: bool = False) -> int:
    """Grade an assignment into the course's gradebook and ``autograded`` folder; the exit code of the run (0 or 2).

    What is autograded already is left alone unless it was handed in anew, as nbgrader does; ``again`` grades it all.
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    results = Console(highlight=False, soft_wrap=True)

    def say(line: str) -> None:
        errors.print(f"ladder: {line}", markup=False)

    done = 0
    with opening() as walls:
        # Here and not above: nbgrader takes seconds to import, and the walls open meanwhile.
        from grader.cohort.local import default_jobs
        from grader.nbgrader_course.autograde import Whole
        from grader.nbgrader_course.course import gradebook, open_course, read_assignment
        from grader.nbgrader_course.executor import Executor

        app = open_course(folder)
        with gradebook(app.coursedir) as book:
            read_assignment(app.coursedir, book, assignment, app.config)  # its faults come before anything is graded
        executor = Executor(walls, app.coursedir.course_id, lambda line: errors.print(f"note: {line}", markup=False))
        whole = Whole(app, assignment, executor, say, again=again)
        for line in whole.run(jobs or default_jobs()):
            done += 1
            mark = f", {line.to_mark} to mark" if line.to_mark else ""
            results.print(f"{line.student}  {line.points:g}/{line.max_points:g}{mark}", markup=False)
    errors.print(f"{done} graded", markup=False)
    return InputError.exit_code if whole.faults else 0
