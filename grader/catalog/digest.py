"""The digest of all that decides what a submission to a level is worth, except its data."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path, PurePosixPath

from grader.model import Level
from grader.stamp import Kept
from grader.tree import Tree

# What running things in a checkout leaves behind; none of it is part of a level.
LEFTOVERS = frozenset({"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store"})
_GRADER = Path(__file__).resolve().parent.parent
_CODE = ("bridge", "judges")
_NOT_OF_LEVELS = ("course.py",)  # judges other people's nbgrader courses only
_digests: Kept[str] = Kept(LEFTOVERS)


def checks_digest(level: Level, without: tuple[str, ...] = ()) -> str:
    """``sha256:…`` over all that decides what a submission is worth, except data and the folders in ``without``.

    That is every file of the level's folder (less its ``data/``, ``proof.json`` and what tools leave behind), the
    limits in force, and the code of the bridge and the judges. Of the kits only those the level uses.
    """
    folders = (level.folder, *(_GRADER / package for package in _CODE))
    limits = tuple((exercise.id, exercise.limits) for exercise in level.exercises)
    return _digests.of((level.folder, limits, without), folders, lambda: _digest(level, without))


def _digest(level: Level, without: tuple[str, ...]) -> str:
    folder = Tree.read(level.folder, skip=LEFTOVERS).without("data", *without)
    own = Tree({path: data for path, data in folder.files.items() if path != "proof.json"}, folder.executable)
    hasher = hashlib.sha256(own.digest.encode())
    for exercise in level.exercises:
        hasher.update(f"\0{exercise.id}\0{sorted(dataclasses.asdict(exercise.limits).items())}".encode())
    for package in _CODE:
        code = Tree.read(_GRADER / package, skip=LEFTOVERS).files
        used = {path: data for path, data in code.items() if path not in _NOT_OF_LEVELS}
        kits = {path: data for path, data in used.items() if path.startswith("kits/") and path != "kits/__init__.py"}
        named = _named(kits, {**folder.under("checks").files, **folder.under("notebooks").files})
        hasher.update(f"\0{package}\0{Tree({p: used[p] for p in used if p not in kits or p in named}).digest}".encode())
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
