"""nbgrader and Otter-Grader: environments of their own, and a course as each of them wants it.

Both are used as their documentation says. Environments are made once, with `pip` and exact versions, in
`$LADDER_CACHE/benchmarks` (else `~/.cache/ladder/benchmarks`); the libraries that learners' code uses have the versions
that are installed here.
"""

from __future__ import annotations

import copy
import fcntl
import functools
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat

from grader import generated

NBGRADER, OTTER = "nbgrader==0.9.6", "otter-grader==7.0.0"
_SHARED = ("numpy", "pandas", "scikit-learn", "pytest", "ipykernel")
Notebook = dict[str, Any]  # a notebook as the JSON document it is


@functools.cache
def python(grader: str) -> Path:
    """The interpreter of a grader's own environment, which is made if it is not there."""
    cache = generated.cache_folder() / "benchmarks"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [grader, *(f"{name}=={version(name)}" for name in _SHARED)]
    folder = cache / grader.replace("==", "-")
    found = folder / "bin" / "python"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = folder / "made-of.json"
        if not note.is_file() or json.loads(note.read_text()) != [sys.version, *wanted]:
            print(f"installing {', '.join(wanted)}", file=sys.stderr, flush=True)
            venv.create(folder, clear=True, with_pip=True)
            subprocess.run([found, "-m", "pip", "install", "--quiet", *wanted], check=True)
            note.write_text(json.dumps([sys.version, *wanted]))
    return found


def environment(grader: str, **more: str) -> dict[str, str]:
    """What an activated environment looks like to its commands; one thread per numeric library, as Ladder has it."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = f"{python(grader).parent}:/usr/bin:/bin"
    return {"PATH": path, "HOME": str(Path.home()), "LANG": "C.UTF-8", **threads, **more}


def role(cell: Mapping[str, Any]) -> str:
    """What nbgrader calls a cell: solution, test, locked, or nothing."""
    told = cell["metadata"].get("nbgrader", {})
    if told.get("grade"):
        return "test"
    return "solution" if told.get("solution") else "locked" if told.get("locked") else ""


def grade_id(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def read(path: Path) -> Notebook:
    """With every source as one string, as nbformat reads it."""
    return json.loads(nbformat.writes(nbformat.read(path, as_version=4), split_lines=False))  # type: ignore[no-any-return, no-untyped-call]


def answered(document: Notebook, answers: Mapping[str, str]) -> Notebook:
    """The notebook with these sources in its cells, by grade_id."""
    made = copy.deepcopy(document)
    for cell in made["cells"]:
        if grade_id(cell) in answers:
            cell["source"] = answers[grade_id(cell)]
    return made


def without_marks(source: str, *names: str) -> str:
    """A source without its BEGIN and END lines: of SOLUTION, of HIDDEN TESTS."""
    marks = {f"### {end} {name}" for end in ("BEGIN", "END") for name in names}
    return "\n".join(line for line in source.splitlines() if line.strip() not in marks)


def solutions(source: Notebook) -> dict[str, str]:
    """What the author's solution cells say, by grade_id."""
    found = [cell for cell in source["cells"] if role(cell) == "solution"]
    return {grade_id(cell): without_marks(cell["source"], "SOLUTION") for cell in found}


@dataclass(frozen=True)
class Course:
    """A course in a folder, ready to grade: ``release`` is the notebook as the grader hands it to learners."""

    folder: Path
    name: str  # of the assignment; its notebook is NAME.ipynb
    release: Notebook


def nbgrader_course(folder: Path, name: str, source: Path) -> Course:
    """`nbgrader generate_assignment` on a source notebook; learners hand in `submitted/LEARNER/NAME/NAME.ipynb`."""
    (folder / "source" / name).mkdir(parents=True)
    shutil.copy(source, folder / "source" / name / f"{name}.ipynb")
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    run(NBGRADER, "nbgrader", "generate_assignment", name, cwd=folder)
    return Course(folder, name, read(folder / "release" / name / f"{name}.ipynb"))


def otter_course(folder: Path, name: str, source: Path, replaced: Mapping[str, str], files: Path | None) -> Course:
    """`otter assign` on the same notebook: each solution cell with the test cells behind it is a question.

    Test cells go over as they stand, in Otter's default format; ``replaced`` changes text of cells, and ``files`` lie
    beside the notebook. The learner's notebook keeps nbgrader's metadata, which Otter does not look at.
    """
    master = read(source)
    folder.mkdir(parents=True)
    if files is not None:
        shutil.copytree(files, folder / files.name)
    nbformat.write(nbformat.from_dict(_otter_master(master, replaced, files)), folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]
    run(OTTER, "otter", "assign", "--no-pdfs", "--no-run-tests", f"{name}.ipynb", "dist", cwd=folder)
    release = read(folder / "dist" / "student" / f"{name}.ipynb")
    _restore(release, master)
    (archive,) = (folder / "dist" / "autograder").glob("*.zip")
    shutil.copy(archive, folder / "autograder.zip")
    return Course(folder, name, release)


def _otter_master(master: Notebook, replaced: Mapping[str, str], files: Path | None) -> Notebook:
    def cell(kind: str, text: str) -> dict[str, Any]:
        made = nbformat.v4.new_code_cell(text) if kind == "code" else nbformat.v4.new_raw_cell(text)  # type: ignore[no-untyped-call]
        return dict(made)

    config = "# ASSIGNMENT CONFIG\nexport_cell: false\ngenerate: true\n"
    cells = [cell("raw", config + (f"files:\n  - {files.name}\n" if files else ""))]
    tests: list[dict[str, Any]] = []

    def close() -> None:
        if tests:
            cells.extend([cell("raw", "# BEGIN TESTS"), *tests, cell("raw", "# END TESTS")])
            cells.append(cell("raw", "# END QUESTION"))
            tests.clear()

    for one in master["cells"]:
        text = one["source"]
        for old, new in replaced.items():
            text = text.replace(old, new)
        kind = role(one)
        if kind == "test":
            hidden = str("BEGIN HIDDEN TESTS" in text).lower()
            head = f'""" # BEGIN TEST CONFIG\nhidden: {hidden}\npoints: {points(one)}\n""" # END TEST CONFIG\n'
            tests.append(cell("code", head + without_marks(text, "HIDDEN TESTS")))
            continue
        close()
        if kind == "solution":
            text = without_marks(text, "SOLUTION") if text.startswith("### BEGIN") else text
            begin, end = ("# BEGIN SOLUTION", "# END SOLUTION")
            text = text.replace("### BEGIN SOLUTION", begin).replace("### END SOLUTION", end)
            if begin not in text:
                text = f"{begin}\n{text}\n{end}"
            cells += [
                cell("raw", f"# BEGIN QUESTION\nname: {grade_id(one)}\n"),
                cell("raw", "# BEGIN SOLUTION"),
                cell("code", text),
                cell("raw", "# END SOLUTION"),
            ]
        else:
            cells.append({**one, "source": text})
    close()
    return {**master, "cells": cells}


def _restore(release: Notebook, master: Notebook) -> None:
    """Give the cells that learners answer in, and those that check, the metadata they had."""
    solutions_left = [cell for cell in master["cells"] if role(cell) == "solution"]
    tests: dict[str, dict[str, Any]] = {}
    for cell in master["cells"]:
        if role(cell) == "solution":
            question = grade_id(cell)
        elif role(cell) == "test":
            tests.setdefault(question, cell)
    for cell in release["cells"]:
        if cell["cell_type"] != "code" or grade_id(cell) or "otter.Notebook" in cell["source"]:
            continue
        if cell["source"].startswith('grader.check("'):
            cell["metadata"] = copy.deepcopy(tests[cell["source"].split('"')[1]]["metadata"])
        elif solutions_left:
            cell["metadata"] = copy.deepcopy(solutions_left.pop(0)["metadata"])


def points(cell: Mapping[str, Any]) -> float:
    return float(cell["metadata"]["nbgrader"]["points"])


def run(grader: str, *argv: str, cwd: Path) -> None:
    """A command of a grader's environment on material of ours; SystemExit with what it said if it fails."""
    name = python(grader)
    done = subprocess.run([name, "-m", *argv], cwd=cwd, env=environment(grader), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


SCORES = """
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({s.student.id: {g.cell.name: g.score for n in s.notebooks for g in n.grades}
                      for s in book.assignment_submissions("NAME")}))
"""


def otter_scores(results: str | None) -> dict[str, float]:
    """Points by question, from `results.json`."""
    scores: dict[str, float] = {}
    for test in json.loads(results or "{}").get("tests", ()):
        if test.get("max_score") is not None or "score" in test:
            scores[test["name"]] = float(test.get("score", 0))
    return scores
