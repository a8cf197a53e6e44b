"""Judges a notebook of somebody else's nbgrader course: their cells as they are, the learner's code on the far side.

Cells run in the order of the instructor's notebook, as nbgrader runs them, test cells included: one namespace, no
replay. What the instructor wrote runs here, what the learner may have written runs in the worker. A name that lives in
the worker is asked for whenever it is used; a test cell may also delete it or put another value in its place.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import json
import math
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

from grader.bridge.codec import NotData
from grader.bridge.faults import CellFailure, LearnerFault, NoRoom, RemoteError, Starved
from grader.bridge.session import Budget, Session
from grader.errors import GraderFault
from grader.judges import messages
from grader.judges.arrange import Arrangement, NotANotebook, arrange
from grader.judges.job import CourseNotebook
from grader.judges.seeding import seeded
from grader.judges.verdict import Verdict, failed, of_fault, partly, result
from grader.judges.workers import Workers
from grader.model import Check, CheckResult
from grader.notebooks import bound_names_of, imports_of, kind_of, names_used, released_text, strip_magics
from grader.tree import Tree

_MOST_LOST = 3  # cells that may each cost a worker before the rest of the notebook counts as not run


Show = Callable[[int, list[dict[str, Any]]], None]  # a submitted cell's place, and what it displayed


def judge(
    course: CourseNotebook,
    submitted: Tree,
    workers: Workers,
    seed: str,
    tell: Callable[[CheckResult], None],
    show: Show,
    only: Sequence[str] | None = None,
) -> None:
    """Tell the result of every check of the notebook in the order of its cells; ``only`` limits what is told.

    ``submitted`` holds ``NOTEBOOK.ipynb`` and what lies beside it in the worker, the course's own files among it.
    """
    import nbformat

    source = nbformat.from_dict(json.loads(course.source))  # type: ignore[no-untyped-call]
    name = f"{course.exercise.id}.ipynb"
    wanted = [check for check in course.exercise.checks if only is None or check.id in only]
    data = submitted.files.get(name)
    try:
        if data is None:
            raise NotANotebook("it is not in the submission")
        arrangement = arrange(source, data, released_text)
    except NotANotebook as why:
        text = messages.three_lines(f"opened {name}", str(why), "the file's name, and whether Jupyter still opens it")
        for check in wanted:
            tell(result(check, failed(text), 0.0))
        return
    beside = Tree({path: found for path, found in submitted.files.items() if not path.endswith(".ipynb")})
    with _in_a_folder_with(course.given):
        run = _Run(course, source, arrangement, beside, workers, seed, show)
        try:
            for check, verdict, seconds in run.verdicts():
                if check in wanted:
                    tell(result(check, verdict, seconds))
        finally:
            run.close()


class _Names(dict[str, Any]):
    """The notebook's namespace as test cells see it: ours, and behind it what lives in the worker."""

    def __init__(self) -> None:
        super().__init__(__name__="__judge__", __builtins__=builtins, get_ipython=lambda: None, display=_display)
        self.remote: frozenset[str] = frozenset()
        self.session: Session | None = None
        self._fetched: dict[str, tuple[int, Any]] = {}
        self._fetches = 0

    def __missing__(self, name: str) -> Any:
        session = self.session
        if name not in self.remote or session is None:
            raise KeyError(name)
        # A value is good until the learner's code has run again: a function may well change a global.
        now = session.calls - self._fetches
        if name in self._fetched and self._fetched[name][0] == now:
            return self._fetched[name][1]
        self._fetches += 1
        value = session.fetch(name)
        self._fetched[name] = (now, value)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        # A worker that is lost is bound nothing: the next one begins with the learner's cells.
        if name in self.remote and self.session is not None and self.session.fault is None:
            with contextlib.suppress(NotData):
                self.session.ask("bind", name, value)
                self._fetched.clear()
                return
        super().__setitem__(name, value)  # what the bridge does not carry stays here

    def __delitem__(self, name: str) -> None:
        if name in self:
            super().__delitem__(name)
        elif name in self.remote and self.session is not None:
            if self.session.fault is None:
                self.session.ask("unbind", name)
            self._fetched.clear()
        else:
            raise KeyError(name)

    def forget(self, names: Sequence[str]) -> None:
        """The learner's cells have bound these again: what a test cell had put in their place is over."""
        for name in names:
            if name in self.remote:
                self.pop(name, None)
        self._fetched.clear()


@dataclass
class _Run:
    """One submission's way through the notebook."""

    course: CourseNotebook
    source: Any
    arrangement: Arrangement
    files: Tree
    workers: Workers
    seed: str
    show: Show
    names: _Names = field(default_factory=_Names)
    failures: list[CellFailure] = field(default_factory=list)
    killers: dict[int, str] = field(default_factory=dict)  # step -> what happened, in words
    done: int = 0
    socket: Any = None

    def __post_init__(self) -> None:
        self.exercise = self.course.exercise
        self.budget = Budget(self.exercise.limits.seconds)
        self.texts = {step.label: step.code for step in self.arrangement.steps}
        self.checks = {check.name: check for check in self.exercise.checks}

    def verdicts(self) -> Iterator[tuple[Check, Verdict, float]]:
        """Every check's verdict, the cells before it run first; at the end, the cells below the last test."""
        remote, own = _sides(self.source, self._remote())
        self.names.remote = frozenset(remote)
        fault = ""
        for place, cell in enumerate(self.source.cells):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if place in own:
                fault = self._ours(own[place], cell) or fault
            elif kind_of(cell) == "test" and grade_id in self.checks:
                began = time.monotonic()
                check = self.checks[grade_id]
                try:
                    self._advance(self.arrangement.anchors[grade_id])
                    verdict = self._judged(check, cell.source, fault)
                except NoRoom as full:
                    verdict = of_fault(full, "unpacked what lies beside your notebook")
                except LearnerFault as lost:
                    verdict = of_fault(lost, "ran your notebook")
                yield check, verdict, time.monotonic() - began
        with contextlib.suppress(LearnerFault):
            self._advance(len(self.arrangement.steps))  # for whoever reads what these cells display

    def close(self) -> None:
        if self.socket is not None:
            assert self.names.session is not None
            self.names.session.close()
            self.workers.drop(self.socket)
            self.socket = None

    def _remote(self) -> tuple[str, ...]:
        if self.course.remote is not None:
            return self.course.remote
        # No solution says which names are the learner's. Those of their answers are, but not one that means something
        # already: a learner's own `len` or `assert_equal` would judge the learner.
        ours: set[str] = set(dir(builtins))
        for cell in self.source.cells:
            if kind_of(cell) != "solution" and cell.cell_type == "code":
                ours.update(bound_names_of(cell.source), imports_of(cell.source))
        bound = [name for step in self.arrangement.steps if step.answer for name in bound_names_of(step.code)]
        return tuple(name for name in dict.fromkeys(bound) if name not in ours)

    # -- our side

    def _ours(self, code: str, cell: Any) -> str:
        """Run what the instructor wrote; why it did not run, or nothing."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(compile(code, f"<{cell.get('id', 'cell')}>", "exec"), self.names)  # noqa: S102 - the instructor's
        except LearnerFault:
            return ""  # it cost a worker, and the next check begins with another
        except Exception as error:  # noqa: BLE001 - their cell, and perhaps not needed at all
            return f"a cell of the course's notebook ended with {type(error).__name__}: {error}"
        return ""

    def _judged(self, check: Check, text: str, fault: str) -> Verdict:
        session = self.names.session
        assert session is not None
        session.refusal = None
        calls = session.calls
        proven = check.name in self.course.proven
        try:
            body, value = _split(strip_magics(text), check.name)
            with seeded(self.seed, check.id), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(body, self.names)  # noqa: S102 - the instructor's test cell
                returned = None if value is None else eval(value, self.names)  # noqa: S307 - its last line
            verdict = _worth(check, returned, text, self.names.remote)
        except LearnerFault as lost:
            verdict = of_fault(lost, session.last_call)
            return verdict if proven or not _kept_out(session) else _not_from_outside(lost)
        except AssertionError as error:
            if isinstance(error, RemoteError):
                return failed(messages.of_remote_error(check, error, session.last_call, self.texts))
            verdict = failed(messages.of_assertion(check, str(error)))
        except Exception as error:  # noqa: BLE001 - sorted out here: the learner's, or the course's
            if isinstance(error, RemoteError):
                return failed(self._of_remote(check, error, session))
            if not proven and (isinstance(error, NotData) or session.calls == calls or not self.course.solved):
                return Verdict.error(GraderFault(f"{fault}; then {type(error).__name__}: {error}") if fault else error)
            verdict = failed(messages.of_odd_answer(error, session.last_call))
        finally:
            session.take_back()
        refusal = session.fault or session.refusal  # the test's own bare `except:` may have swallowed it
        if refusal is None:
            return verdict
        if _kept_out(session) and not proven:
            return _not_from_outside(refusal)
        return of_fault(refusal, session.last_call)

    def _of_remote(self, check: Check, error: RemoteError, session: Session) -> str:
        assert isinstance(error, Exception)
        if error.ladder_kind == "NameError" and session.last_call.startswith("looked for"):
            name = session.last_call.split("`")[1]
            return messages.of_missing_name(name, self.failures, list(self.killers.values()))
        return messages.of_remote_error(check, error, session.last_call, self.texts)

    # -- the learner's side

    def _start(self) -> Session:
        self.socket = self.workers.new()
        queued = partial(self.workers.queued, self.socket)
        session = self.names.session = Session(self.socket, self.exercise.limits, self.budget, queued)
        self.done = 0
        self.failures.clear()
        try:
            session.put(self.files)
            session.enter(".", notebook=True)
            session.watch()
        except NoRoom:
            raise
        except LearnerFault as fault:
            raise GraderFault(f"a fresh worker {fault}") from fault
        return session

    def _advance(self, until: int) -> None:
        """Have the learner's cells run up to ``until``. One that costs the worker is left out of every later run."""
        session = self.names.session
        if session is None or session.fault is not None:
            self.close()
            session = self._start()
        if self.done < until:
            session.shown()  # what a test's calls printed may tell of its inputs
        while self.done < until:
            index = self.done
            self.done += 1
            if index in self.killers or (len(self.killers) >= _MOST_LOST and index > max(self.killers)):
                continue
            step = self.arrangement.steps[index]
            try:
                failure = session.cell(step.code, step.label)
                shown = session.shown()
            except Starved as busy:
                raise GraderFault(f"{step.label} {busy}") from busy  # and the cell may well be a good one
            except LearnerFault as fault:
                self.killers[index] = f"{step.label} {fault}"
                if step.cell is not None:
                    self.show(step.cell, [_as_error(type(fault).__name__, f"{step.label} {fault}")])
                if self.budget.left <= 0:
                    raise
                self.close()
                session = self._start()
                continue
            self.names.forget(bound_names_of(step.code))
            if failure is not None:
                place = messages.known_place(failure.label, failure.line, self.texts)
                line = f", line {place.line}: {place.source}" if place.line else ""
                shown = [*shown, _as_error(failure.kind, f"{failure.text[:300]}{line}")]
                self.failures.append(replace(failure, label=place.label or step.label, line=place.line,
                                             source=place.source))  # fmt: skip
            if shown and step.cell is not None:
                self.show(step.cell, shown)


def _sides(source: Any, remote: Sequence[str]) -> tuple[set[str], dict[int, str]]:
    """Names that live in the worker, and by place the cells that run here, as code.

    A locked cell that uses a learner's name is on their side, and so are the names it binds. Of the cells that a
    learner may edit only those run here that a test needs. Imports of the solution are ours too.
    """
    theirs = set(remote)
    here: dict[int, str] = {}
    for place, cell in enumerate(source.cells):
        if cell.cell_type != "code" or kind_of(cell) == "test":
            continue
        code = strip_magics(cell.source)
        if kind_of(cell) == "solution":
            here[place] = _imports_only(code)
        elif names_used(code) & theirs:
            theirs |= set(bound_names_of(code))
            here[place] = _imports_only(code)
        else:
            here[place] = code
    needed: set[str] = set()
    for cell in source.cells:
        if kind_of(cell) == "test":
            needed |= names_used(cell.source)
    for place in sorted(here, reverse=True):
        bound = {*bound_names_of(here[place]), *imports_of(here[place])}
        needless = kind_of(source.cells[place]) == "free" and not bound & (needed | {"*"})
        if needless or not here[place].strip():
            del here[place]
        else:
            needed |= names_used(here[place])
    return theirs, here


def _imports_only(code: str) -> str:
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return "\n".join(ast.unparse(one) for one in body if isinstance(one, ast.Import | ast.ImportFrom))


def _split(code: str, name: str) -> tuple[Any, Any]:
    """A cell's statements, and its last line's expression if it would be displayed; both compiled."""
    tree = ast.parse(code, f"<check {name}>")
    value = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(";"):
        last = tree.body.pop()
        assert isinstance(last, ast.Expr)
        value = compile(ast.Expression(last.value), f"<check {name}>", "eval")
    return compile(tree, f"<check {name}>", "exec"), value


def _worth(check: Check, returned: Any, text: str, remote: frozenset[str]) -> Verdict:
    """What a test cell that ran to its end is worth: a number it returned is its points."""
    if isinstance(returned, bool) or type(returned).__name__ in ("bool_", "bool"):
        return Verdict.passed() if returned else failed(messages.of_assertion(check, "it says False"))
    if not isinstance(returned, Real) or _is_the_learners(text, remote):
        return Verdict.passed()
    points = float(returned)
    if not math.isfinite(points) or not 0 <= points <= check.points:
        return Verdict.error(GraderFault(f"its last line gives {points:g}, which is not from 0 to {check.points:g}"))
    if points == check.points:
        return Verdict.passed()
    return partly(points, messages.three_lines(check.title, f"{points:g} of {check.points:g} points",
                                               "what this cell asks for, part by part"))  # fmt: skip


def _is_the_learners(text: str, remote: frozenset[str]) -> bool:
    """Whether the last line only shows what the learner's code says: ``answer``, ``f(3)``, ``thing.size()[0]``."""
    last = ast.parse(strip_magics(text)).body[-1]
    node = last.value if isinstance(last, ast.Expr) else None
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in remote


def _kept_out(session: Session) -> bool:
    """Whether the check wanted of an object what the bridge does not allow; the worker itself is well."""
    return session.fault is None


def _not_from_outside(why: BaseException) -> Verdict:
    return Verdict.error(GraderFault(f"this test cannot be judged from outside the learner's process: it {why}"))


def _as_error(kind: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": kind, "evalue": text, "traceback": [f"{kind}: {text}"]}


def _display(*_: Any, **__: Any) -> None:
    """Nobody watches a test cell."""


@contextlib.contextmanager
def _in_a_folder_with(given: Tree) -> Iterator[None]:
    """The instructor's cells find their files and modules as they do beside the notebook."""
    before, path = Path.cwd(), list(sys.path)
    with tempfile.TemporaryDirectory(prefix="ladder-judge-") as folder:
        given.write(Path(folder))
        os.chdir(folder)
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            os.chdir(before)
            sys.path[:] = path
