"""What the programs of a command import, read from their text: for a stage of DVC of which no record says it.

    read = imports(submission.texts, lock["train"].cmd)
    read.surely, read.perhaps

Only files of the repo. Nothing is run, and what a text says of its imports is not all that it can do: so what cannot be
read is held for loaded perhaps, and never surely.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.syntax import parse

# Who says one of these may load, or start, what no statement names.
_BY_NAME = {"importlib", "import_module", "__import__", "runpy", "exec", "subprocess", "system", "popen"}


@dataclass(frozen=True)
class Imports:
    """Paths of the repo, the programs themselves among them; ``perhaps`` holds all of ``surely``.

    ``surely`` is what statements at a module's top import, and so on from there; ``perhaps`` also what is imported in a
    function or under a condition. It is every file if no program was found or one may load by name.
    """

    surely: frozenset[str]
    perhaps: frozenset[str]


def imports(texts: Mapping[str, str], cmd: str) -> Imports:
    """What the programs that ``cmd`` names import; ``texts`` is path to text of the repo's Python files."""
    programs, beside = _programs(texts, cmd)
    surely, _ = _reached(texts, programs, beside, always=True)
    perhaps, all_read = _reached(texts, programs, beside, always=False)
    return Imports(frozenset(surely), frozenset(perhaps if programs and all_read else texts))


def _programs(texts: Mapping[str, str], cmd: str) -> tuple[set[str], set[str]]:
    """The files that a command starts, as a script or with `-m`; and the folders where their imports are looked for."""
    programs: set[str] = set()
    folders = {""}
    for path in {word.removeprefix("./") for word in re.findall(r"[\w./-]+\.py\b", cmd)} & texts.keys():
        programs.add(path)
        folders.add(str(PurePosixPath(path).parent))
    for module in re.findall(r"(?:^|\s)-\w*?m\s*([\w.]+)", cmd):
        place = module.replace(".", "/")
        found = {f"{place}.py", f"{place}/__main__.py"} & texts.keys()
        if found:
            programs |= found | _files(texts, module, {""})
    return programs, folders


def _files(texts: Mapping[str, str], module: str, folders: set[str]) -> set[str]:
    """The files of a module, and of the packages that it is in; none if it is not the repo's."""
    parts = module.split(".")
    names = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    paths = {str(PurePosixPath(folder, name)) for folder in folders for name in names}
    return {file for path in paths for file in (f"{path}.py", f"{path}/__init__.py") if file in texts}


def _reached(texts: Mapping[str, str], programs: set[str], folders: set[str], *, always: bool) -> tuple[set[str], bool]:
    """What is imported from the programs on, themselves among it; and whether the texts say all of it."""
    reached: set[str] = set()
    ahead, all_read = list(programs), True
    while ahead:
        path = ahead.pop()
        if path in reached:
            continue
        reached.add(path)
        try:
            tree = parse(texts[path])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            all_read = False
            continue
        nodes = tree.body if always else list(ast.walk(tree))
        all_read = all_read and not any(_BY_NAME & set(_words(node)) for node in nodes)
        for module in [name for node in nodes for name in _modules(node, path)]:
            ahead += _files(texts, module, folders)
    return reached, all_read


def _modules(node: ast.AST, path: str) -> Iterator[str]:
    """The modules that one statement imports; of a name it imports from one, it may be a module as well."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = PurePosixPath(path).parts[: -node.level] if node.level else ()
        module = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{module}.{alias.name}".removeprefix(".") for alias in node.names)


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.alias):
        yield from node.name.split(".")
    elif isinstance(node, ast.ImportFrom):
        yield from (node.module or "").split(".")
