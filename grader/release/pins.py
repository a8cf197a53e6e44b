"""What a learner's machine needs beside the release, at the versions of ``requirements.lock``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.catalog import source_notebook
from grader.errors import InputError
from grader.model import Level
from grader.notebooks import kind_of, strip_magics
from grader.release.package import ROOT, imported
from grader.tree import Tree

LOCK = "requirements.lock"
_WORK_IN = ("ipykernel", "jupyterlab", "pytest")  # what learners open, run and test their work with
_READS = {".parquet": "pyarrow"}  # what pandas reads such a file with, and imports only then
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def pinned(package: Tree, levels: Iterable[Level], released: Tree, root: Path = ROOT) -> tuple[str, ...]:
    """Requirement lines as the lock has them, markers for other systems included, for everything that is imported.

    That is by the learner's side of the package, by the levels' notebooks and starters, by the reference (or the work
    could not be done), and by what all these require. InputError if something of it is not in the lock.
    """
    lock = _locked(root / LOCK)
    wanted: dict[str, frozenset[str]] = {canonicalize_name(name): frozenset() for name in _WORK_IN}
    for name in _distributions(_all_imports(package, levels), root):
        wanted.setdefault(name, frozenset())
    for requirement in _of_starters(released):
        wanted[canonicalize_name(requirement.name)] = frozenset(requirement.extras)
    for ending, name in _READS.items():
        if any(path.endswith(ending) for path in released.files):
            wanted.setdefault(canonicalize_name(name), frozenset())
    for name in wanted:
        if name not in lock:
            raise InputError(f"{LOCK}: has no {name}, which learners need")
    names = _with_what_they_require(wanted, lock)
    return tuple(line for name in sorted(names) for line in lock[name])


def _locked(file: Path) -> Mapping[str, tuple[str, ...]]:
    lines: dict[str, tuple[str, ...]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name = canonicalize_name(Requirement(line).name)
            lines[name] = (*lines.get(name, ()), line)
    return lines


def _all_imports(package: Tree, levels: Iterable[Level]) -> frozenset[str]:
    codes = [data.decode() for data in package.files.values()]
    own: set[str] = set()  # packages of the starters themselves
    for level in levels:
        for exercise in level.exercises:
            if exercise.kind == "notebook":
                cells = source_notebook(level, exercise.id).cells
                codes += [strip_magics(cell.source) for cell in cells if cell.cell_type == "code" and not _hidden(cell)]
                continue
            for part in ("starter", "solution"):
                folder = level.folder / part / exercise.id
                files = Tree.read(folder).files if folder.is_dir() else {}
                codes += [data.decode() for path, data in files.items() if path.endswith(".py")]
                own |= {path.split("/")[0].removesuffix(".py") for path in files}
    return frozenset().union(*map(imported, codes)) - own


def _hidden(cell: object) -> bool:
    return kind_of(cell) == "test" and "BEGIN HIDDEN TESTS" in cell.source  # type: ignore[attr-defined]  # nbformat's


def _distributions(imports: frozenset[str], root: Path) -> AbstractSet[str]:
    """Distributions by what they provide here; and what we name ourselves, such as xgboost on other systems."""
    provided = _provided()
    found = {canonicalize_name(name) for one in imports for name in provided.get(one, ())}
    ours = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return found | {canonicalize_name(Requirement(line).name) for line in ours if Requirement(line).name in imports}


@cache
def _provided() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()  # reads the list of every installed file: seconds


def _of_starters(released: Tree) -> list[Requirement]:
    found = []
    for path, data in released.files.items():
        parts = path.split("/")
        if parts[-1] == "pyproject.toml" and "starter" in parts:
            found += tomllib.loads(data.decode()).get("project", {}).get("dependencies", [])
    return [Requirement(line) for line in found]


def _with_what_they_require(wanted: Mapping[str, frozenset[str]], lock: Mapping[str, object]) -> set[str]:
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(wanted.items())
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen or name not in lock:
            continue
        seen.add((name, extras))
        found.add(name)
        try:
            lines = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:
            continue  # another system's: what it requires in turn is in the lock by its own line or not at all
        for requirement in map(Requirement, lines):
            asked = set(_EXTRA.findall(str(requirement.marker or "")))
            if not asked or asked & extras:
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found
