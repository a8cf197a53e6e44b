"""Judges a starter repo: pytest runs our checks in the judge, each with a submission (and worker) of its own."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.bridge.faults import LearnerFault, RemoteError
from grader.bridge.session import Budget
from grader.errors import GraderFault
from grader.history import BrokenHistory
from grader.judges import messages
from grader.judges.blame import is_ours
from grader.judges.order import in_order
from grader.judges.seeding import seeded
from grader.judges.submission import Submission
from grader.judges.verdict import Verdict, failed, of_fault, result, skipped_for, without_tool
from grader.judges.workers import Workers
from grader.model import Check, CheckResult, Exercise, Outcome
from grader.tree import Tree


def judge(
    exercise: Exercise,
    checks_folder: Path,
    start_commits: frozenset[str],
    submitted: Tree,
    cases: Path,
    workers: Workers,
    seed: str,
    tell: Callable[[CheckResult], None],
    only: Sequence[str] | None = None,
    attempt: int = 1,
) -> None:
    """Tell the result of every check of one starter repo as it comes; ``only`` limits it to these check ids."""
    checks = [check for check in exercise.checks if only is None or check.id in only]
    repo = submitted.under(exercise.id)
    if not repo.without(".git").files:
        text = messages.three_lines(
            f"opened the folder {exercise.id}",
            "it is not in the submission",
            "the name of the folder: pack the whole workspace",
        )
        for check in checks:
            tell(result(check, failed(text), 0.0))
        return
    budget = Budget(exercise.limits.seconds)

    def submission() -> Submission:
        return Submission(exercise.id, repo, start_commits, cases, exercise.limits, budget, workers, attempt)

    judge_with(checks, checks_folder, submission, seed, tell)


def judge_with(
    checks: Sequence[Check],
    checks_folder: Path,
    submission: Callable[[], Submission],
    seed: str,
    tell: Callable[[CheckResult], None],
) -> None:
    """Run the checks with pytest, each on a submission of its own that ``submission`` makes."""
    bench = _Bench(checks, submission, seed, tell)
    # `--assert=plain`: a message is what the author wrote, not pytest's view of our code. Plugins that happen to be
    # installed beside us cost seconds to import and decide nothing here.
    arguments = ["--assert=plain", "--import-mode=importlib", "--disable-plugin-autoload", "--capture=fd"]
    arguments += ["-p", "no:cacheprovider", "-p", "no:terminal", "-W", "ignore", "-c", os.devnull]
    arguments += ["--rootdir", str(checks_folder), str(checks_folder)]
    with _modules_of(checks_folder):
        code = pytest.main(arguments, plugins=[bench])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise GraderFault(f"pytest could not run the checks in {checks_folder}: exit code {int(code)}")


@contextlib.contextmanager
def _modules_of(checks_folder: Path) -> Iterator[None]:
    """Forget the modules of these checks afterwards: pytest calls every level's `conftest.py` the same, and would give
    the next level this one's."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(checks_folder):
                del sys.modules[name]


class _Bench:
    """A pytest plugin: gives each check its submission, and turns how it ended into a verdict."""

    def __init__(
        self,
        checks: Sequence[Check],
        submission: Callable[[], Submission],
        seed: str,
        tell: Callable[[CheckResult], None],
    ) -> None:
        self._checks = {check.name: check for check in checks}
        self._submission = submission
        self._seed = seed
        self._verdicts: dict[str, Verdict] = {}
        self._current: Submission | None = None
        self._tell = tell

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line(
            "markers", "check(points, skill, requires, part, exercise): one check of a starter repo"
        )

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = {_name(item): item for item in items if self._is_ours(item)}
        items[:] = [known[check.name] for check in in_order(tuple(self._checks.values())) if check.name in known]

    def _is_ours(self, item: pytest.Item) -> bool:
        """Another starter repo of the level may have a check of the same name."""
        mark = item.get_closest_marker("check")
        named = None if mark is None else mark.kwargs.get("exercise")
        return named is None or named in {check.exercise for check in self._checks.values()}

    @pytest.fixture
    def submission(self) -> Iterator[Submission]:
        self._current = self._submission()
        yield self._current

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Any:
        check = self._checks[_name(item)]
        titles = {other.id: other.title for other in self._checks.values()}
        missing = [titles[i] for i in check.requires if i in self._verdicts and self._verdicts[i].keeps_others_waiting]
        if missing:
            self._record(check, skipped_for(missing), 0.0)
            item.add_marker(pytest.mark.skip(reason="prerequisite"))
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        check = self._checks[_name(item)]
        if check.id not in self._verdicts and (
            call.when == "call" or (call.when == "setup" and call.excinfo is not None)
        ):
            self._record(check, self._verdict(check, call), call.duration)
        if call.when == "teardown" and self._current is not None:
            self._current.close()
            self._current = None
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        with seeded(self._seed, self._checks[_name(item)].id):
            try:
                return (yield)
            except LearnerFault as fault:
                # pytest lets unknown BaseExceptions end the whole run: hand it on as one it reports.
                raise _Ended(fault) from None

    def _record(self, check: Check, verdict: Verdict, seconds: float) -> None:
        self._verdicts[check.id] = verdict
        self._tell(result(check, verdict, seconds))

    def _verdict(self, check: Check, call: pytest.CallInfo[None]) -> Verdict:
        fault = self._current.fault if self._current is not None else None
        last_call = self._current.last_call if self._current is not None else ""
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, _Ended):
            error = error.fault
        if isinstance(error, LearnerFault):
            return of_fault(error, last_call)
        if fault is not None:
            return of_fault(fault, last_call)
        if error is None:
            return Verdict(Outcome.PASSED, message="" if self._current is None else self._current.noted)
        if isinstance(error, pytest.skip.Exception):
            return without_tool(str(error))
        if isinstance(error, RemoteError):
            texts = {} if self._current is None else self._current.texts
            return failed(messages.of_remote_error(check, error, last_call, texts))
        if isinstance(error, AssertionError):
            return failed(messages.of_assertion(check, str(error)))
        if isinstance(error, BrokenHistory):
            return failed(
                messages.three_lines("read your git history", str(error), "`git fsck` in a fresh clone of your repo")
            )
        if not isinstance(error, Exception) or is_ours(error) or not self._asked():
            return Verdict.error(error)
        return failed(messages.of_odd_answer(error, last_call))

    def _asked(self) -> bool:
        """Whether the check looked at anything the learner made."""
        return self._current is not None


class _Ended(Exception):
    def __init__(self, fault: LearnerFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def _name(item: pytest.Item) -> str:
    return item.name.removeprefix("test_").replace("_", "-")
