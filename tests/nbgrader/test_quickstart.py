"""nbgrader's own example course, its documentation's submissions and more: the same points cell by cell."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbgrader
import pytest

from .conftest import Course

DOCUMENTED = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide" / "submitted"
RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError()\n    return [i**2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    "sum_of_squares_equation": "$\\sum_i i^2$",
    "sum_of_squares_application": "def pyramidal_number(n):\n    return sum_of_squares(n)",
}
WRONG = {"squares": "def squares(n):\n    return n ** 2", "sum_of_squares": "def sum_of_squares(n):\n    return 5"}
PARTIAL = {**RIGHT, "sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6"}
LATE = "2099-01-01 12:00:00 UTC"


@pytest.fixture
def quickstart(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "quickstart", "course101"], cwd=tmp_path, check=True, capture_output=True
    )
    made = Course(tmp_path / "course101")
    made.release("ps1")
    for student, answers in {"right": RIGHT, "wrong": WRONG, "partial": PARTIAL, "blank": {}}.items():
        made.hand_in(student, "ps1/problem1", answers, timestamp=LATE if student == "right" else None)
    if DOCUMENTED.is_dir():
        shutil.copytree(DOCUMENTED, made.folder / "submitted", dirs_exist_ok=True)
    config = made.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    with made.book() as book:
        book.update_or_create_assignment("ps1", duedate="2098-01-01 12:00:00 UTC")
    return made


def test_the_same_points_cell_by_cell(quickstart, real_walls):
    ours = quickstart.ours("ps1", real_walls)
    assert quickstart.said == []
    assert {name: line.to_mark for name, line in ours.items() if name in ("right", "blank")} == {"right": 3, "blank": 1}
    by_us = quickstart.grades("ps1")
    quickstart.stock("ps1")
    assert by_us == quickstart.grades("ps1")
    assert len(by_us) > 60
    assert by_us["right", "problem1", "correct_squares"] == (1.0, False)
    assert by_us["right", "problem1", "late"] == 3.0
    assert by_us["wrong", "problem1", "correct_squares"] == (0.0, False)
    assert by_us["partial", "problem1", "sum_of_squares_uses_squares"] == (0.0, False)
