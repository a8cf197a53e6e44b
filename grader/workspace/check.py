"""`ladder check`: the visible checks of a workspace, on the learner's own machine and without walls."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from grader import catalog, intake
from grader.errors import InputError, LadderError
from grader.judges import notebook
from grader.judges.workers import PlainWorkers
from grader.model import Exercise, Level, Outcome
from grader.tree import Tree

_TESTS_SECONDS = 600
_MARKS = {Outcome.PASSED: "ok  ", Outcome.FAILED: "no  ", Outcome.SKIPPED: "wait", Outcome.ERROR: "ERR "}


@dataclass(frozen=True)
class Line:
    """One visible check, or all the tests of a starter repo."""

    id: str
    title: str
    outcome: Outcome
    message: str
    hint: str  # what to type for a hint; empty if there is none


def run(folder: Path, as_json: bool, exercises: Sequence[str] = ()) -> bool:
    """Check the workspace, or these exercises of it, and print each result as it comes; True if all passed."""
    submission = intake.read_submission(folder)
    if submission.level_id is None:
        raise InputError(f"{folder}: is no workspace: it has no .ladder.toml; `ladder start` makes one")
    level = catalog.find_level(submission.level_id)
    there = {exercise.id: exercise for exercise in level.exercises}
    for name in exercises:
        if name not in there:
            raise InputError(f"{level.id} has no exercise {name!r}; it has {', '.join(there)}")
    chosen = [there[name] for name in exercises or there]
    first: Line | None = None
    for line in _lines(level, chosen, folder, submission.tree):
        first = first or (None if line.outcome is Outcome.PASSED else line)
        _print(line, as_json)
    if not as_json:
        click.echo(_DONE if first is None else f"{_NEXT}: {first.hint or 'its last line says where to look'}.")
    return first is None


_DONE = "All visible checks pass. Hidden checks judge the same contracts on other data."
_NO_WORK = frozenset({".git", "__pycache__", ".ipynb_checkpoints", ".pytest_cache", "out"})
_NEXT = "Take the first that is not `ok`"


def watch(folder: Path, as_json: bool, exercises: Sequence[str] = ()) -> bool:
    """Check now and after every change, until Ctrl-C; True if the last check passed.

    LadderError if there is nothing to check now; of a later one its line is printed, and the next change is awaited.
    """
    from watchfiles import watch as changes

    held = run(folder, as_json, exercises)
    if not as_json:
        click.echo("Watching. Ctrl-C ends it.", err=True)
    with contextlib.suppress(KeyboardInterrupt):
        for _ in changes(folder, watch_filter=lambda _, path: _is_work(path, folder)):
            try:
                held = run(folder, as_json, exercises)
            except LadderError as error:  # a change may be seen half done
                click.echo(f"ladder: {error}", err=True)
                held = False
    return held


def _is_work(path: str, folder: Path) -> bool:
    """Checkpoints and caches change because we look at them; that is no reason to look again."""
    inside = re.split(r"[/\\]", os.path.relpath(path, folder.resolve()))
    return _NO_WORK.isdisjoint(inside) and not inside[-1].startswith(".ladder-hints")


def _lines(level: Level, exercises: Sequence[Exercise], folder: Path, tree: Tree) -> Iterator[Line]:
    hints = catalog.hints(level)
    with tempfile.TemporaryDirectory(prefix="ladder-check-") as scratch:
        cases = Path(scratch)
        for exercise in exercises:
            if exercise.kind == "notebook":
                for line in _notebook(level, exercise, folder, tree, cases):
                    name = f"{exercise.id}/{line.id.rsplit('/', 1)[1]}"
                    yield Line(
                        line.id, line.title, line.outcome, line.message, f"ladder hint {name}" if name in hints else ""
                    )
            else:
                yield _repo(exercise, folder)


def _notebook(level: Level, exercise: Exercise, folder: Path, tree: Tree, cases: Path) -> list[Line]:
    """Judged by the same code as in grading, on the workspace's own data: no key is needed for that."""
    case = cases / exercise.id / "0"
    Tree.read(folder / "data" / exercise.id).write(case / "data") if (folder / "data" / exercise.id).is_dir() else None
    (case / "data").mkdir(parents=True, exist_ok=True)
    visible = [check.id for check in exercise.checks if not check.hidden]
    told: list[Line] = []
    workers = PlainWorkers()
    try:
        source = catalog.source_notebook(level, exercise.id)
        notebook.judge(
            exercise, source, tree, cases, workers, "visible",
            lambda line: told.append(Line(line.id, line.title, line.outcome, line.message, "")), visible,
        )  # fmt: skip
    finally:
        workers.close()
    return told


def _repo(exercise: Exercise, folder: Path) -> Line:
    """The starter's own tests, as the learner would run them."""
    repo, name = folder / exercise.id, f"{exercise.id}/tests"
    title = f"The tests of {exercise.id}"
    if not repo.is_dir():
        return Line(name, title, Outcome.FAILED, f"Tried: opened {repo}.\nCame: it is not there.\nLook: its name.", "")
    try:
        # Into a file: what a test has started and left running would hold a pipe, and be waited for.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 - the learner's own tests on the learner's own machine
                [sys.executable, "-m", "pytest", "-q", "--no-header", "-x"],
                cwd=repo,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_TESTS_SECONDS,
            )
            output.seek(0)
            printed = output.read()
    except subprocess.TimeoutExpired:
        return Line(
            name, title, Outcome.FAILED, f"Tried: pytest in {repo}.\nCame: no end.\nLook: loops that cannot end.", ""
        )
    if done.returncode == 0:
        return Line(name, title, Outcome.PASSED, "", "")
    said = printed.decode("utf-8", "replace").strip().splitlines()
    first = next((line for line in said if line.startswith(("FAILED", "ERROR"))), said[-1] if said else "no output")
    return Line(
        name, title, Outcome.FAILED, f"Tried: pytest in {repo}.\nCame: {first}\nLook: run pytest there yourself.", ""
    )


def _print(line: Line, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"id": line.id, "title": line.title, "outcome": line.outcome, "message": line.message}))
        return
    click.echo(f"{_MARKS[line.outcome]}  {line.id}: {line.title}")
    if line.outcome is not Outcome.PASSED:
        for said in line.message.splitlines():
            click.echo(f"        {said}")
        if line.hint:
            click.echo(f"        Hint: {line.hint}")
