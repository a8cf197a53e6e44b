"""How much faster `ladder cohort grade --nbgrader` grades an assignment than `nbgrader autograde`, with what scores.

    python benchmarks/against_nbgrader.py [--submissions 30] [--jobs 2] [--out FOLDER]

The notebook is `course/01-course`: stock nbgrader, pandas and scikit-learn, twelve points. The same submissions, half
of them right, are graded in two copies of one course: by Ladder, by nbgrader, and by Ladder again, all with start-up,
from the command to its end, so that a machine which gets busier or idler meanwhile shows. nbgrader grades one after the
other, as its command does. Every score in the two gradebooks is compared cell by cell, and one that differs is an
error.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rivals
from notebooks import RIDES

NAME = RIDES.name
_SCORES = """
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db", "course") as book:
    print(json.dumps({
        f"{one.student.id} {grade.name}": (grade.auto_score, grade.needs_manual_grade)
        for one in book.assignment_submissions("NAME") for notebook in one.notebooks for grade in notebook.grades
    }))
"""


@dataclass(frozen=True)
class Timing:
    """One command over all submissions."""

    grader: str
    seconds: float


def make(folder: Path, submissions: int, environment: dict[str, str]) -> Path:
    """A course with everything handed in."""
    source = RIDES.source
    (folder / "source" / NAME).mkdir(parents=True)
    shutil.copy(source, folder / "source" / NAME)
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    subprocess.run([sys.executable, "-m", "nbgrader", "generate_assignment", NAME], cwd=folder, env=environment,
                   check=True, capture_output=True)  # fmt: skip
    release = rivals.read(folder / "release" / NAME / f"{NAME}.ipynb")
    right = rivals.solutions(rivals.read(source))
    for number in range(submissions):
        target = folder / "submitted" / f"learner-{number:03}" / NAME
        target.mkdir(parents=True)
        (target / f"{NAME}.ipynb").write_text(json.dumps(rivals.answered(release, RIDES.handed_in(right, number))))
    return folder


def timed(grader: str, argv: list[str], course: Path, environment: dict[str, str]) -> Timing:
    began = time.monotonic()
    done = subprocess.run(argv, cwd=course, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{grader} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    print(f"{grader}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return Timing(grader, seconds)


def scores(course: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What the gradebook has, by learner and cell. (This file is called as nbgrader's package is: not in here.)"""
    argv = [sys.executable, "-c", _SCORES.replace("NAME", NAME)]
    told = subprocess.run(argv, cwd=course, env=environment, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as made:
        environment = {**os.environ, **threads, "PATH": path, "JUPYTER_CONFIG_DIR": made, "IPYTHONDIR": made}
        ours = make(Path(made) / "ours", wanted.submissions, environment)
        theirs = Path(made) / "theirs"
        shutil.copytree(ours, theirs)
        argv = [sys.executable, "-m", "grader.cli", "cohort", "grade", NAME, "--nbgrader", ".", "--again", "--jobs",
                str(wanted.jobs)]  # fmt: skip
        timings = [
            timed("ladder", argv, ours, environment),
            timed("nbgrader", [sys.executable, "-m", "nbgrader", "autograde", NAME], theirs, environment),
            timed("ladder", argv, ours, environment),
        ]
        mine, other = scores(ours, environment), scores(theirs, environment)
    differing = [f"{where}: {mine.get(where)} and {told}" for where, told in other.items() if mine.get(where) != told]
    if differing or mine.keys() != other.keys():
        raise SystemExit("scores differ:\n" + "\n".join(differing))
    report = summary(timings, wanted, len(other))
    print(report)
    if wanted.out is not None:
        wanted.out.mkdir(parents=True, exist_ok=True)
        (wanted.out / "nbgrader.md").write_text(report + "\n", encoding="utf-8")


def summary(timings: list[Timing], wanted: argparse.Namespace, cells: int) -> str:
    first, other, second = timings
    faster = 2 * other.seconds / (first.seconds + second.seconds)
    return "\n".join((
        f"{wanted.submissions} submissions, {cells} scores equal cell by cell; Ladder with --jobs {wanted.jobs}.",
        "",
        "| | Ladder | Ladder again | nbgrader | ratio |",
        "|---|---|---|---|---|",
        f"| seconds | {first.seconds:.1f} | {second.seconds:.1f} | {other.seconds:.1f} | {faster:.1f} |",
    ))  # fmt: skip


if __name__ == "__main__":
    main()
