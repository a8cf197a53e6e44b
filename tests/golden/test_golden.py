"""Golden cases: submissions of level 1 and the scorecards they must get, to the letter of each message.

The submissions are those of the bundled cohort; `tests/golden/NAME.json` holds what is expected. After a change that is
meant, write them anew with ``python tests/golden/test_golden.py`` and read the difference as a reviewer.
"""

from __future__ import annotations

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grader import catalog
from grader.content import demo, variant
from grader.grading import Grader
from grader.model import Scorecard
from grader.seeds import Key
from grader.walls import open_walls

HERE = Path(__file__).parent
NAMES = ("untouched", "half-done", "drops-the-cancelled", "commits-the-token", "cheats", "hangs")


def told(card: Scorecard) -> dict[str, Any]:
    """What a scorecard must repeat from run to run: no times, digests or memory."""
    return {
        "points": card.points,
        "max_points": card.max_points,
        "rule": [[line.line, line.met] for line in card.rule],
        "checks": {
            check.id: [check.outcome, check.points, *([_steady(check.message)] if check.message else [])]
            for check in card.checks
        },
    }


def _steady(message: str) -> str:
    """Figures that measure the machine, or an attack's race with it, are not part of what is expected."""
    return re.sub(r"[0-9.]+ (s|seconds|times|ms)\b", r"N \1", message)


def grade(names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    level = catalog.find_level("01-intern")
    starter = variant.starter_tree(level)
    cohort = {learner.name: learner for learner in demo.read_cohort(level)}
    with open_walls() as walls:
        grader = Grader(walls, Key.practice())

        def card_of(name: str) -> dict[str, Any]:
            return told(grader.grade(level, demo.tree_of(level, cohort[name], starter), name))

        with ThreadPoolExecutor(3) as pool:  # one of them mostly waits
            return dict(zip(names, pool.map(card_of, names), strict=True))


@pytest.fixture(scope="module")
def graded() -> dict[str, dict[str, Any]]:
    return grade(NAMES)


@pytest.mark.walls
@pytest.mark.parametrize("name", NAMES)
def test_the_scorecard_is_the_expected_one(name: str, graded: dict[str, dict[str, Any]]) -> None:
    expected = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(graded[name])) == expected


if __name__ == "__main__":
    for name, card in grade(tuple(sys.argv[1:]) or NAMES).items():
        (HERE / f"{name}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
