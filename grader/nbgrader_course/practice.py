"""The data that our levels' notebooks read, laid where nbgrader's own commands run them: always the practice key's."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

from grader import catalog, generated
from grader.errors import LadderError
from grader.model import Level
from grader.seeds import Key

_MADE_FROM = ".made-from"  # which data lies here, so that it is laid anew when a generator changes
_log = logging.getLogger("traitlets")


def lay_out_practice_data() -> None:
    """Lay ``levels/NN-name/data`` for ``nbgrader validate`` and ``generate_solution``; it is in no commit.

    A level that cannot be read is left out with a warning: nbgrader may be asked about another one.
    """
    for level_id in catalog.level_ids():
        try:
            level = catalog.find_level(level_id)
            _lay(level, level.folder / "data")
        except (LadderError, OSError) as fault:
            _log.warning("no practice data for %s: %s", level_id, fault)


def practice_data_beside(*, assignment: str, notebooks: list[str], **_: Any) -> None:
    """A ``pre_convert_hook`` of Autograde: ``autograded/<learner>/<level>/data`` for what is about to be run there.

    ``notebooks`` are paths of ``submitted/<learner>/<level>/notebooks/*.ipynb``.
    """
    if assignment not in catalog.level_ids():
        return
    level = catalog.find_level(assignment)
    for folder in {Path(notebook).parent.parent for notebook in notebooks}:
        submitted = folder.parent.parent
        _lay(level, submitted.with_name("autograded") / folder.parent.name / folder.name / "data")


def _lay(level: Level, folder: Path) -> None:
    ids = [exercise.id for exercise in level.exercises if exercise.kind == "notebook"]
    if not ids:
        return
    cases = generated.prepare(level, Key.practice(), generated.PRACTICE_LEARNER, ids)
    stamp = folder / _MADE_FROM
    if stamp.is_file() and stamp.read_text() == cases.digest:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for exercise_id in ids:
        shutil.copytree(cases.folder / exercise_id / "0" / "data", folder / exercise_id)
    stamp.write_text(cases.digest)
