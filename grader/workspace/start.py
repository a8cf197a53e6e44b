"""``ladder start``: a level's workspace, with the learner's own data and the starter repos under git."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.errors import InputError
from grader.history import starter_plan
from grader.intake import read_submission
from grader.intake.label import FILE as LABEL_FILE
from grader.intake.label import Label
from grader.intake.names import inside_git
from grader.model import Level
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace import given

EARLIER = "earlier"  # WORKSPACE/earlier/LEVEL: the learner's own work from a level below


def start(level: Level, folder: Path, learner: str, key: Key, from_workspace: Path | None = None) -> None:
    """Write the workspace of ``level`` into ``folder``, which is new or empty.

    ``from_workspace`` is a workspace (or a packed one) of an earlier level; its notebooks and repos are laid into
    ``folder/earlier/LEVEL`` to build on. InputError if the folder holds something, git is missing, or a learner's
    name is no line of text; nothing is left behind then.
    """
    refuse_occupied(folder)
    if not learner or len(learner) > 200 or not learner.isprintable():
        raise InputError(f"the learner's name must be one line of text: {learner!r}")
    earlier = _earlier(from_workspace, level) if from_workspace is not None else Tree({})
    data = given.data(level, key, learner)
    # Made beside its place and moved there whole, so that a failure half way leaves no half workspace.
    with beside(folder, ".ladder-start-") as scratch:
        made = scratch / "workspace"
        made.mkdir()
        _write(level, made, data)
        earlier.write(made)
        label = Label(level.id, learner, key.id, key.seed_id(level.id, learner))
        (made / LABEL_FILE).write_bytes(label.text().encode())  # the same bytes on every system
        folder.mkdir(exist_ok=True)
        for entry in made.iterdir():
            shutil.move(entry, folder / entry.name)


def refuse_occupied(folder: Path) -> None:
    """InputError unless the folder is new or empty."""
    try:
        if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
            raise InputError(f"{folder}: there is a file of that name")
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"{folder}: the folder is not empty; name a new one")
    except OSError as error:
        raise InputError(f"{folder}: cannot be a new folder: {error.strerror}") from None


@contextlib.contextmanager
def beside(folder: Path, prefix: str) -> Iterator[Path]:
    """A scratch folder in the folder's own place, which is made; InputError if nothing can be written there."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=prefix, dir=folder.parent)
    except OSError as error:
        raise InputError(f"{folder.parent}: cannot be a folder to write into: {error.strerror}") from None
    with scratch as name:
        yield Path(name)


def _write(level: Level, folder: Path, data: Mapping[str, Tree]) -> None:
    readme = level.folder / "README.md"
    if readme.is_file():
        (folder / "README.md").write_bytes(readme.read_bytes())
    (folder / "notebooks").mkdir()
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            (folder / "notebooks" / f"{exercise.id}.ipynb").write_bytes(given.notebook(level, exercise.id))
            data[exercise.id].write(folder / "data" / exercise.id)
        else:
            starter_plan(level.folder, exercise.id).build(folder / exercise.id)
            data[exercise.id].write(folder / exercise.id)  # in no commit: what becomes of it is the learner's to decide


def _earlier(workspace: Path, level: Level) -> Tree:
    """The notebooks and repos of an earlier workspace, without their git history, where they will lie."""
    submission = read_submission(workspace)
    if submission.level_id is None:
        raise InputError(f"{workspace}: is not a workspace: it has no {LABEL_FILE}")
    if submission.level_id == level.id:
        raise InputError(f"{workspace}: is a workspace of {level.id} itself; `--from` takes one of a level below")
    tree = submission.tree.without(EARLIER)
    kept = {path: data for path, data in tree.files.items() if "/" in path and not inside_git(tuple(path.split("/")))}
    return Tree(kept, tree.executable & kept.keys()).placed(f"{EARLIER}/{submission.level_id}")
