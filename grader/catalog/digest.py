"""Digests of all that decides what a submission is worth, except its data: of a level, and of one exercise."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from grader.model import Exercise, Level
from grader.stamp import Kept
from grader.tree import Tree

# What running things in a checkout leaves behind; none of it is part of a level.
LEFTOVERS = frozenset({"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store"})
_GRADER = Path(__file__).resolve().parent.parent
_CODE = ("bridge", "judges")
_NOT_OF_LEVELS = ("course.py",)  # judges other people's nbgrader courses only
# What a level's folder holds beside what judges: the gate's own subjects and records, and what is read, not run.
_NOT_JUDGING = frozenset({"data", "demo", "demo.toml", "hints.toml", "proof.json", "README.md", "variants"})
_digests: Kept[str] = Kept(LEFTOVERS)


def checks_digest(level: Level) -> str:
    """``sha256:…`` over all that decides what a submission is worth, except data.

    That is the files of the level's folder (less `_NOT_JUDGING` and what tools leave behind), the limits in force, and
    the code of the bridge and the judges. Of the kits only those the level uses.
    """
    folders = (level.folder, *(_GRADER / package for package in _CODE))
    limits = tuple((exercise.id, exercise.limits) for exercise in level.exercises)
    return _digests.of((level.folder, limits), folders, lambda: _digest(_judging(level), repr(limits), engine=True))


def exercise_digest(level: Level, exercise: Exercise) -> str:
    """``sha256:…`` over what authors give one exercise, except data: files of its own and common ones, and its kits.

    The engine, bridge and judges, is not in it: it has tests of its own, and the content gate grades a share of all
    variants whether anything has changed or not.
    What `level.toml` says of an exercise counts as it was read, so that a block more in it is no other exercise.
    """
    others = {other.id for other in level.exercises if other != exercise}
    files = _judging(level).files
    own = {path: data for path, data in files.items() if path != "level.toml" and _whose(path) not in others}
    if exercise.kind == "notebook":
        own = {path: data for path, data in own.items() if not path.startswith("checks/")}
    return _digest(Tree(own), repr(exercise), engine=False)


def _whose(path: str) -> str:
    """The id in `notebooks/ID.ipynb`, `starter/ID/…`, `solution/ID.history.toml`: no id has a dot in it."""
    return (path.split("/") + [""])[1].partition(".")[0]


def _judging(level: Level) -> Tree:
    folder = Tree.read(level.folder, skip=LEFTOVERS)
    files = {path: data for path, data in folder.files.items() if path.partition("/")[0] not in _NOT_JUDGING}
    return Tree(files, folder.executable & files.keys())


def _digest(judging: Tree, said: str, *, engine: bool) -> str:
    hasher = hashlib.sha256(f"{judging.digest}\0{said}".encode())
    for package in _CODE:
        code = Tree.read(_GRADER / package, skip=LEFTOVERS).files
        used = {path: data for path, data in code.items() if path not in _NOT_OF_LEVELS}
        kits = {path: data for path, data in used.items() if path.startswith("kits/") and path != "kits/__init__.py"}
        named = _named(kits, {**judging.under("checks").files, **judging.under("notebooks").files})
        counted = {path: used[path] for path in used if (path in named if path in kits else engine)}
        hasher.update(f"\0{package}\0{Tree(counted).digest}".encode())
    return "sha256:" + hasher.hexdigest()


def _named(kits: dict[str, bytes], level_files: dict[str, bytes]) -> set[str]:
    """The kits that a level's files name, and those that such a kit names."""
    named: set[str] = set()
    texts = list(level_files.values())
    while texts:
        text = texts.pop()
        for path in kits.keys() - named:
            if PurePosixPath(path).stem.encode() in text:
                named.add(path)
                texts.append(kits[path])
    return named
