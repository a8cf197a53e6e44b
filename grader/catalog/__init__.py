"""The levels on disk as records: what there is to learn, how it is checked, which hints are on offer.

Nothing of a level is ever imported here: its notebooks are read as JSON and its check files by ``ast``. A
fault in a level is an InputError of one line that names the file and the cell or function.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from grader.catalog.digest import LEFTOVERS, checks_digest, exercise_digest
from grader.catalog.hint_file import Hint, hints
from grader.catalog.level_file import read_level
from grader.catalog.notebook import notebook_path, read_cells
from grader.catalog.variant_file import Variant, read_variants
from grader.errors import InputError
from grader.model import Level
from grader.stamp import Kept

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "Hint",
    "Variant",
    "LEFTOVERS",
    "all_levels",
    "checks_digest",
    "exercise_digest",
    "find_level",
    "hints",
    "level_ids",
    "levels_folder",
    "read_variants",
    "source_notebook",
]

LEVELS_VARIABLE = "LADDER_LEVELS"
_levels: Kept[Level] = Kept(LEFTOVERS)
_LEVEL_ID = re.compile(r"[0-9]{2}-[a-z0-9]+(-[a-z0-9]+)*")
_GRADER = Path(__file__).resolve().parent.parent


def levels_folder() -> Path:
    """``$LADDER_LEVELS``, or ``levels/`` beside the grader package; InputError if there is no such folder."""
    named = os.environ.get(LEVELS_VARIABLE)
    folder = Path(named).resolve() if named else _GRADER.parent / "levels"
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no levels folder here; {LEVELS_VARIABLE} may name another")
    return folder


def level_ids() -> tuple[str, ...]:
    """The ids (folder names) of all levels, from the first rung up."""
    folders = (path for path in levels_folder().iterdir() if path.is_dir())
    return tuple(sorted(path.name for path in folders if _LEVEL_ID.fullmatch(path.name)))


def strangers() -> list[str]:
    """Folders with a level.toml whose names are no level's, so that nothing looks at them."""
    folder = levels_folder()
    return sorted(path.parent.name for path in folder.glob("*/level.toml") if path.parent.name not in level_ids())


def find_level(name: str) -> Level:
    """The level called ``1``, ``01`` or ``01-intern``; InputError if there is none or it has a fault."""
    ids = level_ids()
    for level_id in ids:
        number = level_id.split("-", 1)[0]
        if name in (level_id, number, str(int(number))):
            return _read(levels_folder() / level_id)
    odd = "".join(f"; {stranger} is none: levels are called as 07-its-name is" for stranger in strangers())
    raise InputError(f"there is no level {name!r}; there are: {', '.join(ids) or 'none'}{odd}")


def all_levels() -> tuple[Level, ...]:
    """Every level, from the first rung up."""
    return tuple(_read(levels_folder() / level_id) for level_id in level_ids())


def _read(folder: Path) -> Level:
    return _levels.of(folder, (folder,), lambda: read_level(folder))


def source_notebook(level: Level, exercise_id: str) -> NotebookNode:
    """Our own notebook of an exercise (nbformat 4.5), solutions and hidden tests inside, freshly read.

    KeyError if the level has no such exercise, InputError if it is a starter repo or the file is broken.
    """
    import nbformat  # a quarter of a second: only who needs the notebook itself pays it

    if level.exercise(exercise_id).kind != "notebook":
        raise InputError(f"{level.id}/{exercise_id} is a starter repo: it has no source notebook")
    read_cells(level.folder, exercise_id)
    path = notebook_path(level.folder, exercise_id)
    notebook: NotebookNode = nbformat.reads(  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
        path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT
    )
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as fault:
        reason = str(fault).strip().splitlines()[0]
        raise InputError(f"{level.id}/notebooks/{path.name}: not a valid notebook: {reason}") from None
    return notebook
