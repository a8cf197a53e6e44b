"""An untrusted archive or folder in, a clean tree in memory out. Nothing is ever written.

What comes out has plain relative names, no links, no junk, no ``data/`` (the grader makes it again) and, of a
repo's ``.git``, only HEAD, references and objects.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.catalog import find_level, level_ids
from grader.errors import InputError, LadderError
from grader.intake import archive, folder, names
from grader.intake.label import FILE as LABEL_FILE
from grader.intake.label import Label
from grader.intake.members import Gathered, gather
from grader.intake.names import Refusal
from grader.model import Level
from grader.tree import Tree


@dataclass(frozen=True)
class Submission:
    """What was handed in. ``learner_claim`` and ``key_id`` are claims: reported, never an identity."""

    level_id: str | None  # None: nothing in it says, and nobody said
    learner_claim: str | None
    key_id: str | None
    tree: Tree
    source: str  # the path it came from, as given
    notes: tuple[str, ...] = ()  # what was left out that the learner may want to know

    @property
    def digest(self) -> str:
        """``sha256:…`` of the clean tree."""
        return self.tree.digest


def read_submission(path: Path, level_id: str | None = None) -> Submission:
    """Read an archive (.tar.gz, .tgz, .tar, .zip) or a folder; InputError of one line if it cannot be used.

    ``level_id`` is the level somebody expects; a workspace that says another is refused.
    """
    return _submission(lambda: _gather(path), str(path), level_id)


def read_archive(data: bytes, source: str, level_id: str | None = None) -> Submission:
    """Read an archive's bytes as ``read_submission`` does a file's; ``source`` is what messages call it."""
    return _submission(lambda: gather(archive.members(io.BytesIO(data))), source, level_id)


@contextlib.contextmanager
def faults_of(source: str) -> Iterator[None]:
    """Whatever nobody foresaw while one submission is read, as its InputError: the rest of a cohort goes on."""
    try:
        yield
    except (LadderError, Refusal):
        raise
    except Exception as error:
        raise InputError(f"{source}: cannot be read: {type(error).__name__}: {names.shown(str(error))}") from error


def _submission(gathering: Callable[[], Gathered], source: str, level_id: str | None) -> Submission:
    try:
        with faults_of(source):
            gathered = gathering()
            tree = _clean(gathered)
            label = Label.parse(tree.files[LABEL_FILE]) if LABEL_FILE in tree.files else None
        level = _level(label, level_id)
        _refuse_without_work(tree, level)
    except Refusal as refusal:
        raise InputError(f"{source}: {refusal}") from None
    return Submission(
        level_id=level.id if level else None,
        learner_claim=(label.learner or None) if label else None,
        key_id=(label.key or None) if label else None,
        tree=tree,
        source=source,
        notes=tuple(gathered.notes),
    )


def _gather(path: Path) -> Gathered:
    try:
        if path.is_dir():
            return gather(folder.members(path))
        if not path.exists():
            raise Refusal("there is no such file or folder")
        if not path.is_file():
            raise Refusal("is neither a file nor a folder")
        with path.open("rb") as file:
            return gather(archive.members(file))
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror or error}") from None


def _clean(gathered: Gathered) -> Tree:
    """Strip one top folder; leave out ``data/`` and every ``.git`` but that of a folder at the top."""
    tops = {path.split("/", 1)[0] for path in gathered.files}
    tree = Tree(gathered.files, frozenset(gathered.executable))
    if len(tops) == 1 and not gathered.files.keys() & tops:
        top = next(iter(tops))
        inside = tree.under(top)
        # `tar -C workspace notebooks` has one top too, and it is not the workspace; nor is a lone repo
        lone = LABEL_FILE not in inside.files and (top == "notebooks" or ".git/HEAD" in inside.files)
        tree = tree if lone else inside
    kept = {
        path: data
        for path, data in tree.without("data").files.items()
        if _git_is_a_repos(path) and not names.is_earlier_pack(path)
    }
    return Tree(kept, tree.executable & kept.keys())


def _git_is_a_repos(path: str) -> bool:
    parts = path.split("/")
    return not names.inside_git(tuple(parts)) or parts.index(".git") == 1


def _level(label: Label | None, level_id: str | None) -> Level | None:
    expected = find_level(level_id) if level_id is not None else None
    if label is None:
        return expected
    if label.level not in level_ids():
        raise Refusal(f"is for level {names.shown(label.level)}, which is not among the levels here")
    said = find_level(label.level)
    if expected is not None and said.id != expected.id:
        raise Refusal(f"is a workspace of {said.id}, not of {expected.id}")
    return said


def _refuse_without_work(tree: Tree, level: Level | None) -> None:
    """There must be a notebook or a repo, or there is nothing to grade."""
    if any(path.endswith(".ipynb") for path in tree.files):
        return
    repos = {exercise.id for exercise in level.exercises if exercise.kind == "repo"} if level else set()
    for path in tree.files:
        top, _, rest = path.partition("/")
        if rest and (top in repos or rest == ".git/HEAD"):
            return
    raise Refusal("holds no notebook and no repository of a level")
