"""The learner's side of the package: the modules that their commands import, and the distributions those import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader import syntax
from grader.tree import Tree

ROOT = Path(__file__).resolve().parents[2]
# Where a learner's machine enters: the command, and the worker, which is started as a program of its own.
_ENTRIES = ("grader.cli", "grader.cli.__main__", "grader.cli.learner", "grader.bridge.worker")
# Makes data and truth, from sources that a release has not: what it carries is made already.
_AT_HOME = frozenset({"grader.generated"})
# `notebooks.release` imports it, and a release's notebooks are released.
_NOT_NEEDED = frozenset({"nbgrader"})


def learner_side(root: Path = ROOT) -> Tree:
    """The modules that learners' commands lead to, by path below ``root``, imports inside functions included."""
    return Tree({path.relative_to(root).as_posix(): path.read_bytes() for path in _modules(root).values()})


def imported(code: str | bytes) -> frozenset[str]:
    """Names of the top-level packages that Python code imports anywhere, less the standard library's and ours."""
    tops = {name.split(".")[0] for name, level in _imports(syntax.parse(code)) if not level}
    return frozenset(tops - sys.stdlib_module_names - {"grader", ""} - _NOT_NEEDED)


def _modules(root: Path) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    waiting = list(_ENTRIES)
    while waiting:
        name = waiting.pop()
        path = _path(root, name)
        if name in found or name in _AT_HOME or path is None:
            continue
        found[name] = path
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        waiting.append(name.rpartition(".")[0])
        for wanted, level in _imports(syntax.parse(path.read_bytes())):
            if level:
                base = package.split(".")[: len(package.split(".")) - level + 1]
                wanted = ".".join([*base, wanted]) if wanted else ".".join(base)
            if wanted.split(".")[0] == "grader":
                waiting.append(wanted)
    return found


def _path(root: Path, name: str) -> Path | None:
    base = root.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if name and path.is_file()), None)


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every dotted name that may be a module, and from how many packages up it is meant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module, node.level
            yield from ((f"{module}.{alias.name}".strip("."), node.level) for alias in node.names)
