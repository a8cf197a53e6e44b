"""A level's folder as learners may have it: written anew from what the catalog reads, never copied as a whole.

What is not named here (solutions, checks, variants, generators, rubrics, authors' comments) is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from grader import catalog
from grader.catalog import released
from grader.errors import InputError
from grader.history import Plan, starter_plan
from grader.model import Level
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace import given


def level_tree(level: Level) -> Tree:
    """The folder that stands for ``level`` in a release, practice data of `given.RELEASED_LEARNER` included."""
    readme = level.folder / "README.md"
    if not readme.is_file():
        raise InputError(f"{level.id}/README.md: there is no such file, and learners begin with it")
    files = {
        released.FILE: released.text_of(level).encode(),
        "README.md": readme.read_bytes(),
        "hints.toml": _hints(level).encode(),
    }
    executable: set[str] = set()
    data = given.data(level, Key.practice(), given.RELEASED_LEARNER)
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            files[f"notebooks/{exercise.id}.ipynb"] = given.notebook(level, exercise.id)
        else:
            starter = _starter(exercise.id, starter_plan(level.folder, exercise.id)).placed("starter")
            files |= starter.files
            executable |= starter.executable
        files |= data[exercise.id].placed(f"data/{exercise.id}").files
    return Tree(files, frozenset(executable))


def _hints(level: Level) -> str:
    blocks = []
    for name, hint in catalog.hints(level).items():
        fields: dict[str, object] = {"hints": list(hint.hints), "read": hint.read}
        if hint.notes:
            fields["notes"] = list(hint.notes)
        blocks.append(_table(f"[{_toml(name)}]", fields))
    return "\n".join(blocks)


def _starter(repo: str, plan: Plan) -> Tree:
    """``REPO/``, and what `starter_plan` makes its history from: each step takes the files that it took, no more."""
    kept = {path: data for path, data in plan.final.files.items() if not _is_leftover(path)}
    beside: dict[str, bytes] = {}
    blocks = []
    for number, step in enumerate(plan.steps, 1):
        fields: dict[str, object] = {step.does: step.message if step.does == "commit" else step.name}
        if step.does in ("commit", "merge"):
            fields |= {"take": sorted(step.take.files), "remove": list(step.remove), "author": step.author}
        if step.does == "merge":
            fields["message"] = step.message
        if any(plan.final.files.get(path) != data for path, data in step.take.files.items()):
            fields["from"] = f"{repo}.steps/{number:02d}"
            beside |= step.take.placed(f"{repo}.steps/{number:02d}").files
        blocks.append(_table("[[step]]", fields))
    if blocks:
        beside[f"{repo}.history.toml"] = "\n".join(blocks).encode()
    return Tree(beside).laid_over(Tree(kept, plan.final.executable & kept.keys()).placed(repo))


def _is_leftover(path: str) -> bool:
    return not catalog.LEFTOVERS.isdisjoint(path.split("/"))


def _table(head: str, fields: Mapping[str, object]) -> str:
    return "".join([f"{head}\n", *(f"{name} = {_toml(value)}\n" for name, value in fields.items())])


def _toml(value: object) -> str:
    # JSON strings and lists of them are TOML's too, as long as nothing has to be escaped that TOML forbids: DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
