"""Honest but unusual solutions of level 1: whatever a learner may sensibly write or use earns all its points.

Each folder holds one solution of one exercise, laid over the reference, in the form of a right variant
(`docs/author/exercise.md`) and three things more that learners' notebooks have:

    about.toml      `exercise`, and `about`: what is unusual about it
    cells.py        solution cells by grade_id; a cell named `after GRADE_ID` (`after GRADE_ID 2` …) is one of the
                    learner's own, below that one
    beside/         files beside the notebook
    notebook.json   how another tool saved it: `metadata` (of the notebook), `minor` (the format's minor version),
                    `cell` (metadata of every cell), `ids` false (cells have none), `outputs` true (it was run)

Twelve are drawn for each version of the checks, each exercise among them. `LADDER_HONEST=all` runs every one.
"""

from __future__ import annotations

import json
import os
import random
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from grader import catalog
from grader.content.variant import Variant, read_cells, reference_tree, variant_tree
from grader.grading import Grader
from grader.model import Outcome
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import open_walls

HERE = Path(__file__).parent
DRAWN = 12
NAMES = sorted(file.parent.name for file in HERE.glob("*/about.toml"))

pytestmark = pytest.mark.walls


def about(name):
    fields = tomllib.loads((HERE / name / "about.toml").read_text())
    assert fields.keys() == {"exercise", "about"}, name
    return fields


def drawn():
    """All of them if asked for, else one of each exercise and others up to twelve."""
    if os.environ.get("LADDER_HONEST") == "all":
        return NAMES
    draw = random.Random(catalog.checks_digest(catalog.find_level("01-intern")))
    shuffled = draw.sample(NAMES, len(NAMES))
    first = {about(name)["exercise"]: name for name in reversed(shuffled)}.values()
    return sorted([*first, *(name for name in shuffled if name not in first)][:DRAWN])


def tree_of(level, name):
    """The solution as a submission of its exercise."""
    folder = HERE / name
    exercise = level.exercise(about(name)["exercise"])
    if exercise.kind == "repo":
        return variant_tree(level, Variant(name, True, exercise.id, "", frozenset(), frozenset(), folder))
    path = f"notebooks/{exercise.id}.ipynb"
    notebook = json.loads(reference_tree(level, exercise).files[path])
    cells = read_cells(folder / "cells.py") if (folder / "cells.py").is_file() else {}
    answer(notebook, cells)
    if (folder / "notebook.json").is_file():
        save_as(notebook, json.loads((folder / "notebook.json").read_text()))
    beside = Tree.read(folder / "beside", skip=frozenset({"__pycache__"})) if (folder / "beside").is_dir() else Tree({})
    return Tree({path: json.dumps(notebook).encode()}).laid_over(beside.placed("notebooks"))


def answer(notebook, cells):
    """Put answers in their places and the learner's own cells below."""
    places = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    for name, code in cells.items():
        if name.startswith("after "):
            at = notebook["cells"].index(places[name.split()[1]]) + 1
            own = {"cell_type": "code", "id": name.replace(" ", "-"), "metadata": {}, "source": code.rstrip("\n")}
            notebook["cells"].insert(at, own | {"outputs": [], "execution_count": None})
        else:
            assert places[name]["metadata"]["nbgrader"]["solution"], f"{name} is no solution cell"
            places[name]["source"] = code


def save_as(notebook, tool):
    notebook["metadata"] = notebook["metadata"] | tool.get("metadata", {})
    notebook["nbformat_minor"] = tool.get("minor", notebook["nbformat_minor"])
    for number, cell in enumerate(notebook["cells"], 1):
        cell["metadata"] = tool.get("cell", {}) | cell["metadata"]
        if not tool.get("ids", True):
            del cell["id"]
        if tool.get("outputs") and cell["cell_type"] == "code":
            text = [{"output_type": "stream", "name": "stdout", "text": [f"of cell {number}\n"]}]
            cell.update(execution_count=number, outputs=text)


@pytest.fixture(scope="module")
def level():
    return catalog.find_level("01-intern")


@pytest.fixture(scope="module")
def graded(request, level):
    """Scorecards to come, by name: two submissions at a time, as a cohort is graded."""
    tests = (item for item in request.session.items if item.path == Path(__file__))
    names = [item.callspec.params["name"] for item in tests if hasattr(item, "callspec")]
    with open_walls() as walls, ThreadPoolExecutor(2) as pool:
        grader = Grader(walls, Key.practice())

        def grade(name):
            return grader.grade(level, tree_of(level, name), "honest", exercises=[about(name)["exercise"]])

        yield {name: pool.submit(grade, name) for name in names}


def test_there_are_at_least_forty_and_some_of_each_exercise(level):
    exercises = [about(name)["exercise"] for name in NAMES]
    assert len(NAMES) >= 40
    assert all(exercises.count(exercise.id) >= 10 for exercise in level.exercises)


@pytest.mark.parametrize("name", drawn())
def test_all_points(level, graded, name):
    card = graded[name].result()
    lost = [f"{line.id}:\n{line.message}" for line in card.checks if line.outcome is not Outcome.PASSED]
    assert not lost, "\n".join(lost)
    assert len(card.checks) == len(level.exercise(about(name)["exercise"]).checks)
