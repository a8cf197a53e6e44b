"""Writes the git history of a starter repo from its steps: the same steps give the same commit ids everywhere.

Only our own folders come here; a submission never does.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from grader.errors import GraderFault, InputError
from grader.tree import Tree

_FIRST_MOMENT = 1_388_998_800  # 2014-01-06 09:00 UTC: a Monday after the year the story's data is from
_HOUR = 3600
_DESK = "Delay desk <desk@delay-desk.invalid>"
_HANDED_OVER = "Hand over the repository"
_KEYS = frozenset({"branch", "switch", "commit", "merge", "message", "take", "from", "remove", "author"})
_DOES = ("branch", "switch", "commit", "merge")


@dataclass(frozen=True)
class Step:
    """One move in a history. ``does`` is branch, switch, commit or merge; ``name`` the branch it is about.

    ``take`` are the files a commit stages, or a merge's resolution; ``remove`` the paths it deletes.
    """

    does: str
    name: str = ""
    message: str = ""
    take: Tree = field(default_factory=lambda: Tree({}))
    remove: tuple[str, ...] = ()
    author: str = _DESK


@dataclass(frozen=True)
class Plan:
    """A repository before it exists: its first commit, its steps and the files that lie in it at the end."""

    base: Tree
    steps: tuple[Step, ...]
    final: Tree

    def then(self, steps: Sequence[Step], final: Tree) -> Plan:
        """The same history, continued."""
        return Plan(self.base, (*self.steps, *steps), final)

    def build(self, folder: Path) -> None:
        """Make the repository in ``folder``, which is new or empty."""
        build(folder, self.base, self.steps, self.final)


def starter_plan(level_folder: Path, repo: str) -> Plan:
    """The starter repo as handed over: by its ``REPO.history.toml``, else in one commit."""
    final = Tree.read(level_folder / "starter" / repo, skip=frozenset({".git", "__pycache__"}))
    file = level_folder / "starter" / f"{repo}.history.toml"
    if file.is_file():
        return Plan(Tree({}), read_steps(file, final), final)
    return Plan(final, (), final)


def read_steps(file: Path, final: Tree) -> tuple[Step, ...]:
    """The steps of a history file; ``final`` is where `take` without `from` finds its files.

    InputError names the file, the step and what is wrong with it.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")).get("step", [])
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: {error}") from None
    steps = []
    for number, table in enumerate(tables, 1):
        try:
            steps.append(_step(table, file.parent, final))
        except (LookupError, TypeError, ValueError) as error:
            raise InputError(f"{file}: step {number}: {error.args[0]}") from None
    return tuple(steps)


def _step(table: Mapping[str, Any], folder: Path, final: Tree) -> Step:
    unknown = sorted(table.keys() - _KEYS)
    does = [key for key in _DOES if key in table]
    if unknown or len(does) != 1:
        raise ValueError(f"does not know {', '.join(unknown)}" if unknown else f"needs exactly one of {_DOES}")
    kind = does[0]
    source = Tree.read(folder / table["from"]) if "from" in table else final
    message = table[kind] if kind == "commit" else table.get("message", f"Merge {table[kind]}")
    return Step(
        does=kind,
        name="" if kind == "commit" else table[kind],
        message=message.rstrip("\n") + "\n",
        take=_taken(source, table.get("take", [])),
        remove=tuple(table.get("remove", [])),
        author=table.get("author", _DESK),
    )


def _taken(source: Tree, wanted: Sequence[str]) -> Tree:
    """The named files; a folder's name takes all below it, ``.`` everything."""
    taken: dict[str, bytes] = {}
    for path in wanted:
        prefix = "" if path == "." else path.rstrip("/") + "/"
        found = {name: data for name, data in source.files.items() if name == path or name.startswith(prefix)}
        if not found:
            raise LookupError(f"nothing to take at {path!r}")
        taken.update(found)
    return Tree(taken, source.executable & taken.keys())


def build(folder: Path, base: Tree, steps: Sequence[Step], final: Tree) -> None:
    """Make a git repository in ``folder`` (new or empty): ``base`` as its first commit, then the steps.

    At the end the working tree is ``final``; what no step took stays uncommitted. Commit times and identities
    depend on the steps alone. InputError if git is not on this machine, GraderFault if a step cannot be done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    git = _Git(folder)
    git.run("init", "--quiet", "--template=")
    git.run("symbolic-ref", "HEAD", "refs/heads/main")
    # What a learner packs is what they committed, also where git would turn line ends.
    git.run("config", "core.autocrlf", "false")
    if base.files:
        git.commit(Step("commit", message=_HANDED_OVER + "\n", take=base), 0)
    for number, step in enumerate(steps, 1):
        match step.does:
            case "branch":
                git.run("checkout", "--quiet", "-b", step.name)
            case "switch":
                git.run("checkout", "--quiet", step.name)
            case "commit":
                git.commit(step, number)
            case "merge":
                git.merge(step, number)
            case _:
                raise GraderFault(f"a history has no step {step.does!r}")
    for path in git.tracked() - final.files.keys():
        (folder / path).unlink(missing_ok=True)
    final.write(folder)


@cache
def start_commits(level_folder: Path, repo: str) -> frozenset[str]:
    """The ids of every commit on any branch of a starter repo as it is handed over."""
    # After Ctrl-C this process may end while a thread is in here: that is nobody's traceback.
    with tempfile.TemporaryDirectory(prefix="ladder-starter-", ignore_cleanup_errors=True) as folder:
        starter_plan(level_folder, repo).build(Path(folder))
        return frozenset(_Git(Path(folder)).run("rev-list", "--all").split())


class _Git:
    """The git command on one of our own folders, deaf to the machine's configuration."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *argv: str, author: str = _DESK, number: int = 0, may_fail: bool = False) -> str:
        moment = f"{_FIRST_MOMENT + number * _HOUR} +0000"
        name, _, address = author.partition(" <")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": address.rstrip(">"),
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": address.rstrip(">"),
            "GIT_COMMITTER_DATE": moment,
            "GIT_DEFAULT_HASH": "sha1",  # intake reads this kind, and loose references
            "GIT_DEFAULT_REF_FORMAT": "files",
            "LC_ALL": "C",
        }
        options = ["core.hooksPath=" + os.devnull, "core.autocrlf=false", "commit.gpgSign=false", "gc.auto=0"]
        command = ["git", *(word for option in options for word in ("-c", option)), *argv]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise InputError("git is not on this machine; install it (https://git-scm.com) and try again") from None
        if done.returncode and not may_fail:
            said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
            raise GraderFault(f"`git {' '.join(argv)}` failed in {self._folder}: {said[-1]}")
        return done.stdout

    def commit(self, step: Step, number: int) -> None:
        self._stage(step)
        self._record(step, number)

    def merge(self, step: Step, number: int) -> None:
        """Merge with a commit of its own; the step's files resolve a conflict, and any left unresolved is a fault."""
        self.run("merge", "--quiet", "--no-ff", "--no-commit", step.name, number=number, may_fail=True)
        if not (self._folder / ".git" / "MERGE_HEAD").exists():
            raise GraderFault(f"{step.name} cannot be merged into {self._folder}: nothing to merge, or no such branch")
        self._stage(step)
        left = self.run("diff", "--name-only", "--diff-filter=U").split("\n")[0]
        if left:
            raise GraderFault(f"merging {step.name} leaves a conflict in {left}: the step must take it")
        self._record(step, number)

    def _record(self, step: Step, number: int) -> None:
        self.run(
            "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", step.message,
            author=step.author, number=number,
        )  # fmt: skip

    def _stage(self, step: Step) -> None:
        step.take.write(self._folder)
        # --force: a history may well hold a file that .gitignore names
        if step.take.files:
            self.run("add", "--force", "--", *step.take.files)
        if step.remove:
            self.run("rm", "--quiet", "-r", "--force", "--", *step.remove)

    def tracked(self) -> set[str]:
        """The files of the commit that is checked out."""
        return set(self.run("ls-files", "-z").split("\0")) - {""}
