"""A small level with one of everything, for what a learner does at home."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader import catalog
from grader.model import Level

LEVEL = """
format = 1
id = "{id}"
number = {number}
title = "Small"
focus = "Count."
goal = "Count well."
[[skill]]
id = "counting"
name = "Counting"
[[exercise]]
id = "01-count"
kind = "notebook"
title = "Count things"
minutes = 20
difficulty = "gentle"
importance = "You count every day."
fresh = 1
[[exercise]]
id = "counter"
kind = "repo"
title = "A counter"
minutes = 30
difficulty = "steady"
importance = "Others run it."
fresh = 0
[rule]
points = 0.7
skill = 0.6
"""
CHECKS = '''
import pytest

@pytest.mark.check(points=4, skill="counting")
def test_runs(submission):
    """The counter runs."""

@pytest.mark.check(points=1, skill="counting")
def test_counts(submission):
    """The counter counts."""
'''
HINTS = """
["01-count/counts"]
hints = ["Use your fingers.", "Use len()."]
read = "The tutorial on lists."
notes = ["I count one too many: start at one.", "I count none: call it."]
["counter/runs"]
hints = ["Look at the error.", "Read its first line."]
read = "The page on modules."
"""
GENERATE = """
import sys
from pathlib import Path
exercise, seed, out, _ = sys.argv[1:]
place = Path(out) / "data" / ("raw" if exercise == "counter" else "")
place.mkdir(parents=True)
(place / "export.csv").write_text("number\\n" + seed[:8] + "\\n")
(Path(out) / "truth").mkdir()
(Path(out) / "truth" / "truth.json").write_text("{}")
"""


def cell(name: str, flags: str, source: str, **ladder: Any) -> dict[str, Any]:
    marks: dict[str, Any] = {
        "schema_version": 3, "grade_id": name, "task": False,
        "grade": "g" in flags, "solution": "s" in flags, "locked": "l" in flags,
    }  # fmt: skip
    metadata: dict[str, Any] = {"nbgrader": marks}
    if ladder:
        marks["points"] = ladder.pop("points")
        metadata["ladder"] = ladder
    return {
        "cell_type": "code", "id": f"id-{name}", "metadata": metadata, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "cells": [
        cell("count", "s", "def count(items):\n    ### BEGIN SOLUTION\n    return len(items)\n    ### END SOLUTION"),
        cell("sees", "gl", "assert count([1]) == 1", points=0, title="One is one", skill="counting"),
        cell(
            "counts",
            "gl",
            "### BEGIN HIDDEN TESTS\nassert count('ab') == 2, 'Tried: x'\n### END HIDDEN TESTS",
            points=3,
            title="Many are many",
            skill="counting",
        ),
    ],
}


@pytest.fixture
def levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Level, Level]:
    """Two levels, 01-one and 02-two, alike; every generator runs for real, into a cache of the test's own."""
    for number, level_id in ((1, "01-one"), (2, "02-two")):
        files = {
            "level.toml": LEVEL.format(id=level_id, number=number),
            "README.md": f"# {level_id}\n",
            "generate.py": GENERATE,
            "hints.toml": HINTS,
            "notebooks/01-count.ipynb": json.dumps(NOTEBOOK),
            "checks/test_counter.py": CHECKS,
            "starter/counter/run.py": "print(1)\n",
            "starter/counter/.gitignore": "*.pyc\n",
        }
        for name, text in files.items():
            path = tmp_path / "levels" / level_id / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    monkeypatch.setenv("LADDER_LEVELS", str(tmp_path / "levels"))
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LADDER_CASES", raising=False)
    return catalog.find_level("1"), catalog.find_level("2")
