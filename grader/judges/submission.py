"""The fixture of repo checks: one fresh worker with a fresh copy of the submitted repo, and its history as data."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from grader.bridge.faults import LearnerFault, NoRoom, OutOfTime
from grader.bridge.session import NO_TIME_LEFT, Budget, Done, Session
from grader.errors import GraderFault
from grader.exercise import Case
from grader.history import History
from grader.judges.workers import Workers
from grader.model import Limits
from grader.tree import Tree


class Submission:
    """What a check may do with a submitted repo. The worker starts with the first request that needs one."""

    def __init__(
        self,
        exercise: str,
        repo: Tree,
        start_commits: frozenset[str],
        cases: Path,
        limits: Limits,
        budget: Budget,
        workers: Workers,
        attempt: int = 1,
    ) -> None:
        self.attempt = attempt  # which of the learner's submissions: for what a message tells, never for an outcome
        self._exercise = exercise
        self._repo = repo
        self._start_commits = start_commits
        self._cases = cases
        self._limits = limits
        self._budget = budget
        self._workers = workers
        self._socket: Any = None
        self._session: Session | None = None
        self.noted = ""
        self.files = Files(self)

    # -- data, without running anything

    @property
    def submitted(self) -> Mapping[str, bytes]:
        """Path to bytes of the repo as handed in, without `.git`."""
        return self._repo.without(".git").files

    @property
    def executable(self) -> frozenset[str]:
        """The paths of ``submitted`` that were handed in as programs."""
        return frozenset(self._repo.executable & self.submitted.keys())

    @property
    def texts(self) -> Mapping[str, str]:
        """Path to text of the Python files as handed in."""
        python = {path: data for path, data in self.submitted.items() if path.endswith(".py")}
        return {path: data.decode("utf-8", "replace") for path, data in python.items()}

    @cached_property
    def history(self) -> History:
        """The submitted git history, read as data."""
        return History(self._repo.under(".git"), self._start_commits)

    @property
    def own(self) -> Case:
        return self.fresh(0)

    def fresh(self, n: int) -> Case:
        """Draw ``n`` of the exercise's data; 0 is the learner's own."""
        folder = self._cases / self._exercise / str(n)
        if not (folder / "data").is_dir():
            raise LookupError(f"{self._exercise} has no data set {n}: raise `fresh` in level.toml")
        return Case(folder / "data", folder / "truth")

    def note(self, text: str) -> None:
        """What the learner reads under this check if it passes: something measured, and not judged."""
        self.noted = text

    # -- what runs behind the walls

    def again(self) -> Submission:
        """The same submission with a worker of its own, which knows of no other; the check that asked closes it."""
        other = copy.copy(self)
        other._socket = other._session = None
        other.files = Files(other)
        return other

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Done:
        """Run a command in the repo's folder; the check fails if it does not end in time."""
        return self.session.run(argv, stdin=stdin, env=env, seconds=seconds)

    def module(self, name: str) -> Any:
        """An imported module of the learner's, as a handle."""
        return self.session.module(name)

    def builder(self) -> Any:
        """A socket to a fresh builder (`walls.builder`), alive as long as the judge; LookupError with the reason."""
        ask = getattr(self._workers, "builder", None)
        if ask is None:
            raise LookupError("images are built behind the walls of a grading, and nowhere else")
        return ask()

    @property
    def session(self) -> Session:
        if self._session is None:
            if self._budget.left <= 0:
                raise OutOfTime(NO_TIME_LEFT)
            self._socket = self._workers.new()
            self._session = Session(
                self._socket, self._limits, self._budget, partial(self._workers.queued, self._socket)
            )
            try:
                given = Tree.read(self._cases / self._exercise / "0" / "data")
                self._session.put(given.laid_over(_making_way(self._repo, given)).placed(self._exercise))
                self._session.enter(self._exercise, notebook=False)
            except NoRoom:
                self._session.last_call = "unpacked your repo to run it"
                raise
            except LearnerFault as fault:
                raise GraderFault(f"a fresh worker {fault}") from fault
        return self._session

    @property
    def fault(self) -> LearnerFault | None:
        """What a check may not swallow."""
        return None if self._session is None else self._session.fault or self._session.refusal

    @property
    def last_call(self) -> str:
        return "" if self._session is None else self._session.last_call

    def close(self) -> None:
        if self._session is not None:
            self._session.take_back()
            self._session.close()
            self._workers.drop(self._socket)


def _making_way(repo: Tree, given: Tree) -> Tree:
    """``repo`` without files that stand where ``given`` has a folder, or in a folder where it has a file."""
    folders = {str(folder) for path in given.files for folder in PurePosixPath(path).parents}
    kept = {
        path: data
        for path, data in repo.files.items()
        if path not in folders and not any(str(folder) in given.files for folder in PurePosixPath(path).parents)
    }
    return Tree(kept, repo.executable & kept.keys())


class Files:
    """The repo's files as they are in the worker now."""

    def __init__(self, submission: Submission) -> None:
        self._submission = submission

    def read(self, path: str) -> bytes:
        """Bytes of a file; FileNotFoundError if it is not there."""
        self._submission.session.last_call = f"read your `{path}`"
        data = self._submission.session.ask("read", path)
        if type(data) is not bytes:
            raise TypeError(f"{path} is no file")
        return data

    def exists(self, path: str) -> bool:
        return self._submission.session.ask("exists", path) is True

    def list(self, pattern: str = "**/*") -> list[str]:
        """Relative POSIX paths of the files that match a glob pattern, sorted."""
        found = self._submission.session.ask("list", pattern)
        return sorted(str(path) for path in found)

    def write(self, path: str, data: bytes) -> None:
        self._submission.session.ask("write", path, data)

    def remove(self, path: str) -> None:
        self._submission.session.ask("remove", path)
