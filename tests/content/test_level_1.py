"""Level 1 as a whole: the content gate holds, and data belong to one learner and one key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from grader import catalog, datasets, generated
from grader.content import gate
from grader.content.variant import reference_tree
from grader.grading import Grader
from grader.model import Level, Outcome
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import open_walls

CLEAN = "01-clean-the-export"


@pytest.fixture(scope="module")
def level() -> Level:
    return catalog.find_level("01-intern")


@pytest.mark.walls
def test_the_content_gate_holds() -> None:
    assert gate.check(("01-intern",), seeds=2, full=False) == 0


def test_two_learners_have_different_exports(level: Level) -> None:
    exports = [
        (
            generated.prepare(level, Key.practice(), name, own_only=True).folder / CLEAN / "0/data/export.csv"
        ).read_bytes()
        for name in ("ann", "ben")
    ]
    assert exports[0] != exports[1]


@pytest.mark.walls
def test_a_neighbours_cleaned_file_earns_nothing(level: Level, tmp_path: Path) -> None:
    """A notebook that loads another learner's cleaned table instead of cleaning its own."""
    reference = nbformat.reads(
        reference_tree(level, level.exercise(CLEAN)).files[f"notebooks/{CLEAN}.ipynb"].decode(), as_version=4
    )
    neighbour = generated.prepare(level, Key.practice(), "neighbour", own_only=True).folder / CLEAN / "0/data"
    cleaned = _clean_by(reference, neighbour, tmp_path)
    for cell in reference.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = (
                "cleaned = pd.read_pickle('cleaned.pickle')\ndef clean(export, stations):\n    return cleaned.copy()\n"
                if cell.metadata.nbgrader.grade_id == "clean"
                else ""
            )
    tree = Tree({f"notebooks/{CLEAN}.ipynb": nbformat.writes(reference).encode(), "notebooks/cleaned.pickle": cleaned})
    with open_walls() as walls:
        card = Grader(walls, Key.practice()).grade(level, tree, "ann", exercises=[CLEAN])
    assert card.points == 0
    assert not [check for check in card.checks if check.exercise == CLEAN and check.outcome is Outcome.ERROR]


def _clean_by(notebook: nbformat.NotebookNode, data: Path, folder: Path) -> bytes:
    """The neighbour's honest work: their own notebook, run on their own data, its table saved."""
    (folder / "notebooks").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / CLEAN).symlink_to(data)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code" and not _is_test(cell)]
    script = "\n\n".join(code) + "\ncleaned.to_pickle('cleaned.pickle')\n"
    environment = {"MPLBACKEND": "agg", "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(
        [sys.executable, "-c", script], cwd=folder / "notebooks", check=True, env=environment, capture_output=True
    )
    assert isinstance(pd.read_pickle(folder / "notebooks" / "cleaned.pickle"), pd.DataFrame)
    return (folder / "notebooks" / "cleaned.pickle").read_bytes()


def _is_test(cell: nbformat.NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def test_without_the_cohorts_key_nobody_makes_its_truth(level: Level, tmp_path: Path) -> None:
    """generate.py is public: with the practice key, or another, it makes other data and another truth."""
    secret, guess = Key.new(), Key.new()
    made = []
    for number, key in enumerate((secret, Key.practice(), guess, secret)):
        out = tmp_path / str(number)
        seed = key.seed(level.id, CLEAN, "ann", 0)
        command = [
            sys.executable,
            "-B",
            str(level.folder / "generate.py"),
            CLEAN,
            seed,
            str(out),
            str(datasets.folder()),
        ]
        subprocess.run(command, check=True, capture_output=True)
        made.append((json.loads((out / "truth/defects.json").read_text()), (out / "data/export.csv").read_bytes()))
    assert made[0] == made[3]
    assert made[0][0] != made[1][0] and made[0][0] != made[2][0]
    assert made[0][1] != made[1][1] and made[0][1] != made[2][1]
