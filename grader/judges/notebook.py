"""Judges a notebook: the learner's cells run in the worker, our test cells run here, names cross the bridge."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from grader.bridge.faults import CellFailure, LearnerFault, NoRoom, OutOfTime, RemoteError, Starved
from grader.bridge.session import NO_TIME_LEFT, Budget, Session
from grader.errors import GraderFault
from grader.exercise import CASES_VARIABLE
from grader.judges import messages
from grader.judges.arrange import Arrangement, NotANotebook, arrange
from grader.judges.blame import is_ours
from grader.judges.order import in_order
from grader.judges.seeding import seeded
from grader.judges.verdict import Verdict, failed, of_fault, result, skipped_for
from grader.judges.workers import NO_WORKERS, Workers
from grader.model import Check, CheckResult, Exercise, Outcome
from grader.notebooks import bound_names, bound_names_of, kind_of, names_used
from grader.tree import Tree

_MISSED_NAME = re.compile(r"name '(\w+)'")
_MOST_LOST = 3  # cells that may each cost a worker before the rest of the notebook counts as not run


def judge(
    exercise: Exercise,
    source: Any,
    submitted: Tree,
    cases: Path,
    workers: Workers,
    seed: str,
    tell: Callable[[CheckResult], None],
    only: Sequence[str] | None = None,
) -> None:
    """Tell the result of every check of one notebook as it comes, in order.

    ``submitted`` is the workspace's tree, ``cases`` the folder CASES of grader.exercise, ``seed`` what the checks' own
    random draws come from: the same seed gives the same verdicts. ``only`` limits it to these check ids.
    """
    checks = in_order([check for check in exercise.checks if only is None or check.id in only])
    data = submitted.files.get(f"notebooks/{exercise.id}.ipynb")
    try:
        if data is None:
            raise NotANotebook("it is not in the submission")
        arrangement = arrange(source, data)
    except NotANotebook as why:
        text = messages.three_lines(
            f"opened notebooks/{exercise.id}.ipynb",
            str(why),
            "the file's name and place, and whether Jupyter still opens it",
        )
        for check in checks:
            tell(result(check, failed(text), 0.0))
        return
    given = Tree.read(cases / exercise.id / "0" / "data").placed(f"data/{exercise.id}")
    extra = {path: content for path, content in submitted.files.items() if _beside_notebook(path)}
    with _Bench(exercise, source, arrangement, Tree(extra).laid_over(given), cases, workers, seed) as bench:
        _each(checks, bench.verdict, tell)


def _each(checks: Sequence[Check], judged: Callable[[Check], Verdict], tell: Callable[[CheckResult], None]) -> None:
    """Judge checks in their order; one whose prerequisite did not pass is skipped."""
    verdicts: dict[str, Verdict] = {}
    titles = {check.id: check.title for check in checks}
    for check in checks:
        began = time.monotonic()
        missing = [titles[i] for i in check.requires if i in verdicts and verdicts[i].keeps_others_waiting]
        verdict = verdicts[check.id] = skipped_for(missing) if missing else judged(check)
        tell(result(check, verdict, time.monotonic() - began))


def judge_answers(exercise: Exercise, source: Any, session: Session, cases: Path, seed: str) -> list[CheckResult]:
    """Every hidden check on whatever ``session`` answers, with no notebook run.

    For the content gate, whose sessions stand in for a learner's worker.
    """
    told: list[CheckResult] = []
    with _Bench(exercise, source, Arrangement((), {}), Tree({}), cases, NO_WORKERS, seed) as bench:
        run = _Run(session, None)
        _each(
            [check for check in exercise.checks if check.hidden], lambda check: bench.judged_on(check, run), told.append
        )
    return told


def _beside_notebook(path: str) -> bool:
    """The learner's own modules beside the notebooks come along; other notebooks and repos do not."""
    return path.startswith("notebooks/") and not path.endswith(".ipynb")


@dataclass
class _Run:
    """One worker that has run the learner's cells up to ``done``."""

    session: Session
    socket: Any
    done: int = 0
    failures: list[CellFailure] = field(default_factory=list)
    stopped: dict[int, CellFailure] = field(default_factory=dict)
    used_by_a_check: bool = False
    too_early: bool = False  # the last check missed a name that a cell further down binds


class _Names(dict[str, Any]):
    """A test cell's globals: the judge's own names, and from the worker those that the reference binds."""

    def __init__(self, own: Mapping[str, Any], session: Session, remote: frozenset[str]) -> None:
        super().__init__(own)
        self._session = session
        self._remote = remote

    def __missing__(self, name: str) -> Any:
        if name not in self._remote:
            raise KeyError(name)
        value = self._session.fetch(name)
        self[name] = value
        return value


class _Bench:
    """The workers of one notebook and the judge's own namespace."""

    def __init__(
        self,
        exercise: Exercise,
        source: Any,
        arrangement: Arrangement,
        files: Tree,
        cases: Path,
        workers: Workers,
        seed: str,
    ) -> None:
        self._seed = seed
        self._exercise = exercise
        self._arrangement = arrangement
        self._files = files
        self._texts = {step.label: step.code for step in arrangement.steps} | {
            path.removeprefix("notebooks/"): data.decode("utf-8", "replace")
            for path, data in files.files.items()
            if path.endswith(".py")
        }
        self._workers = workers
        self._budget = Budget(exercise.limits.seconds)
        self._cases = cases
        self._killers: dict[int, str] = {}  # step -> what happened, in words
        self._tests = {
            cell.metadata["nbgrader"]["grade_id"]: cell.source for cell in source.cells if kind_of(cell) == "test"
        }
        self._source = source
        self._remote = frozenset(bound_names(source))
        self._own: dict[str, Any] = {}
        self._run: _Run | None = None
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> _Bench:
        self._exit.enter_context(_as_in_the_workspace(self._exercise.id, self._cases))
        remote = set(self._remote)
        self._own = {"__name__": "__judge__", "__builtins__": __builtins__}
        for cell in self._source.cells:
            if kind_of(cell) != "locked" or cell.cell_type != "code":
                continue
            if names_used(cell.source) & remote:
                remote |= set(bound_names_of(cell.source))  # it builds on the learner's work: so do its names
            else:
                exec(compile(cell.source, f"<{cell.id}>", "exec"), self._own)  # noqa: S102 - our own source notebook
        self._remote = frozenset(remote)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave(self._run)
        self._exit.close()

    def verdict(self, check: Check) -> Verdict:
        """Judge one check where it stands in the notebook; a failure that something else may have caused is judged
        again alone, in a fresh worker, and that verdict counts."""
        if self._budget.left <= 0 and (self._run is None or self._run.session.fault is not None):
            return of_fault(OutOfTime(NO_TIME_LEFT), "to run this check")
        anchor = self._arrangement.anchors[check.name]
        if self._run is not None and (self._run.session.fault is not None or self._run.done > anchor):
            self._leave(self._run)
            self._run = None
        try:
            run = self._run = self._advance(self._run or self._start(), anchor)
        except NoRoom as fault:
            return of_fault(fault, "unpacked what lies beside your notebook")
        alone = not run.used_by_a_check
        verdict = self.judged_on(check, run)
        run.used_by_a_check = True
        order_may_matter = run.too_early or any(failure.kind == "NameError" for failure in run.failures)
        if verdict.outcome is not Outcome.FAILED or (alone and not order_may_matter) or verdict.final:
            return verdict
        if self._budget.left <= 0:
            return verdict
        again = self._advance(self._start(), anchor)
        try:
            if order_may_matter:
                again = self._advance(again, len(self._arrangement.steps))
                self._run_once_more(again)
            return self.judged_on(check, again)
        finally:
            self._leave(again)

    # -- workers

    def _start(self) -> _Run:
        sock = self._workers.new()
        session = Session(sock, self._exercise.limits, self._budget, partial(self._workers.queued, sock))
        try:
            session.put(self._files)
            session.enter("notebooks", notebook=True)
        except NoRoom:
            session.close()
            self._workers.drop(sock)
            raise
        except LearnerFault as fault:
            # No learner code has run yet: this is ours.
            raise GraderFault(f"a fresh worker {fault}") from fault
        return _Run(session, sock)

    def _leave(self, run: _Run | None) -> None:
        if run is not None and run.socket is not None:
            run.session.close()
            self._workers.drop(run.socket)
            run.socket = None  # main knows each worker once

    def _advance(self, run: _Run, until: int) -> _Run:
        """Run the cells up to ``until``. A cell that costs the worker is left out of every later run."""
        while run.done < until:
            index = run.done
            run.done += 1
            if index in self._killers or (len(self._killers) >= _MOST_LOST and index > max(self._killers)):
                continue
            step = self._arrangement.steps[index]
            try:
                failure = run.session.cell(step.code, step.label)
            except Starved as busy:
                raise GraderFault(f"{step.label} {busy}") from busy  # and the cell may well be a good one
            except LearnerFault as fault:
                self._killers[index] = f"{step.label} {fault}"
                self._leave(run)
                if self._budget.left <= 0:
                    return run
                run = self._start()
                continue
            if failure is not None:
                place = messages.known_place(failure.label, failure.line, self._texts)
                failure = replace(failure, label=place.label or step.label, line=place.line, source=place.source)
                run.failures.append(failure)
                run.stopped[index] = failure
        return run

    def _run_once_more(self, run: _Run) -> None:
        """Cells that stopped may only have stood above what they need, and that above what it needs."""
        mended = True
        while mended:
            mended = False
            for index, failure in list(run.stopped.items()):
                step = self._arrangement.steps[index]
                with contextlib.suppress(LearnerFault):
                    if run.session.cell(step.code, step.label) is None:
                        run.failures.remove(failure)
                        del run.stopped[index]
                        mended = True

    def _is_bound_below(self, run: _Run, error: Exception) -> bool:
        """Whether the name that a NameError misses is bound by a cell that has not run yet, moved there by accident."""
        name = _MISSED_NAME.search(str(error))
        below = self._arrangement.steps[run.done :]
        return name is not None and any(name[1] in bound_names_of(step.code) for step in below)

    # -- one check

    def judged_on(self, check: Check, run: _Run) -> Verdict:
        """The check's verdict on this worker as it is now."""
        session = run.session
        session.refusal = None
        run.too_early = False
        calls_before = session.calls
        names = _Names(self._own, session, self._remote)
        code = compile(self._tests[check.name], f"<check {check.name}>", "exec")
        try:
            with seeded(self._seed, check.id):
                exec(code, names)  # noqa: S102 - our own test cell
        except LearnerFault as fault:
            return self._lost(fault, run)
        except AssertionError as error:
            if isinstance(error, RemoteError):
                return failed(messages.of_remote_error(check, error, session.last_call, self._texts))
            return self._kept(session) or failed(messages.of_assertion(check, str(error)))
        except Exception as error:  # noqa: BLE001 - sorted out below: theirs or ours
            if isinstance(error, RemoteError):
                run.too_early = error.ladder_kind == "NameError" and self._is_bound_below(run, error)
                if error.ladder_kind == "NameError" and session.last_call.startswith("looked for"):
                    name = session.last_call.split("`")[1]
                    text = messages.of_missing_name(name, run.failures, list(self._killers.values()))
                    waits = run.too_early or any(failure.kind == "NameError" for failure in run.failures)
                    return failed(text, final=not waits)
                stub = error.ladder_kind == "NotImplementedError"
                text = messages.of_remote_error(check, error, session.last_call, self._texts)
                return failed(text, final=stub)
            if is_ours(error) or session.calls == calls_before:  # or it never came to the learner's code
                return Verdict.error(error)
            return self._kept(session) or failed(messages.of_odd_answer(error, session.last_call))
        finally:
            session.take_back()
        return self._kept(session) or Verdict.passed()

    def _lost(self, fault: LearnerFault, run: _Run) -> Verdict:
        if self._killers and run.session.calls == 0:
            return failed(messages.of_missing_name("your answers", run.failures, list(self._killers.values())))
        return of_fault(fault, run.session.last_call)

    def _kept(self, session: Session) -> Verdict | None:
        """A fault that the check's own ``except:`` swallowed still fails it."""
        fault = session.fault or session.refusal
        return None if fault is None else of_fault(fault, session.last_call)


@contextlib.contextmanager
def _as_in_the_workspace(exercise: str, cases: Path) -> Iterator[None]:
    """Locked cells and visible tests read ``../data/EXERCISE``: give the judge that view, in a folder of its own."""
    before, had = Path.cwd(), os.environ.get(CASES_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="ladder-judge-") as folder:
        root = Path(folder)
        (root / "notebooks").mkdir()
        (root / "data").mkdir()
        given, own = cases / exercise / "0" / "data", root / "data" / exercise
        try:
            own.symlink_to(given, target_is_directory=True)
        except OSError:  # Windows lets few make links
            shutil.copytree(given, own)
        os.environ[CASES_VARIABLE] = str(cases)
        os.chdir(root / "notebooks")
        try:
            yield
        finally:
            os.chdir(before)
            if had is None:
                del os.environ[CASES_VARIABLE]
            else:
                os.environ[CASES_VARIABLE] = had
