"""A course of somebody else's, whole: stock nbgrader beside us, the one line of configuration, and what is broken."""

import json
import shutil
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from grader.errors import InputError, NoWalls
from grader.nbgrader_course import autograde, preprocessor
from grader.nbgrader_course.autograde import Whole
from grader.nbgrader_course.executor import Executor

from .cells import essay, free, locked, notebook, solution, task, test, text

HOMEWORK = notebook(
    text("# Homework"),
    free("import numpy as np"),
    locked("given", "from helper import same\nlines = open('data.txt').read().split()"),
    solution("double", "def double(x):\n    return 2 * x"),
    test("visible", "assert double(1) == 2", 1),
    test("hidden", "### BEGIN HIDDEN TESTS\nassert same(double(21), 42)\n### END HIDDEN TESTS\nassert double(1)", 2),
    test("parts", "sum(int(double(n) == 2 * n) for n in (0, 1, 2, 3))", 4),
    solution("upper", "lines[0] = lines[0].upper()"),
    test("changed", "assert lines == ['ONE', 'two']"),
    essay("why", "Because.", 3),
    task("more", "Find out more.", 4),
)
BESIDE = {"helper__py": "def same(one, other):\n    return one == other\n", "data__txt": "one two"}
RIGHT = {"double": "def double(x):\n    return np.multiply(2, x)", "upper": "lines[0] = lines[0].upper()", "why": "So."}
PARTIAL = {"double": "def double(x):\n    return x * x", "upper": "lines[0] = 'one'", "why": "So."}
WARNS = {**RIGHT, "double": "import warnings\ndef double(x):\n    warnings.warn('slow')\n    return x + x"}
STRIPS = {
    "double": "import ast\nclass Strip(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node):\n        return ast.Pass()\n"
    "get_ipython().ast_transformers.append(Strip())\ndouble = None\nsum = lambda _: 4",
    "upper": "pass",
    "why": "So.",
}  # fmt: skip


@pytest.fixture
def homework(course):
    course.write("hw/problem", HOMEWORK, **BESIDE)
    course.release("hw")
    for student, answers in {"right": RIGHT, "partial": PARTIAL, "warns": WARNS, "strips": STRIPS}.items():
        course.hand_in(student, "hw/problem", answers)
    return course


def scores(course, student):
    return {name: score for (who, _, name), score in course.grades("hw").items()
            if who == student and isinstance(score, tuple)}  # fmt: skip


FULL = {"visible": (1, False), "hidden": (2, False), "parts": (4, False), "changed": (1, False), "why": (None, True),
        "more": (None, True)}  # fmt: skip
NOTHING = {**FULL, "visible": (0, False), "hidden": (0, False), "parts": (0, False), "changed": (0, False)}


def test_stock_nbgrader_beside_us_and_our_one_line(homework, real_walls, monkeypatch):
    lines = homework.ours("hw", real_walls)
    assert homework.said == []
    ours = homework.grades("hw")
    assert (lines["right"].points, lines["right"].max_points, lines["right"].to_mark) == (8, 15, 2)
    assert scores(homework, "right") == scores(homework, "warns") == FULL
    assert scores(homework, "partial") == {**NOTHING, "parts": (2, False)}
    assert scores(homework, "strips") == NOTHING
    page = json.loads((homework.folder / "autograded" / "partial" / "hw" / "problem.ipynb").read_text())
    below = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell.get("outputs") for cell in page["cells"]}
    assert "2 of 4 points" in str(below["parts"])

    config = homework.folder / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(before + 'c.Autograde.autograde_preprocessors = ["grader.nbgrader_plugin.Judge"]\n')
    executor = Executor(lambda: real_walls, "course", homework.said.append)
    monkeypatch.setattr(preprocessor, "_executors", {"course": executor})
    homework.stock("hw")
    assert homework.grades("hw") == ours
    config.write_text(before)

    homework.stock("hw")
    theirs = homework.grades("hw")
    assert {where: score for where, score in theirs.items() if where[0] in ("right", "partial")} == {
        where: score for where, score in ours.items() if where[0] in ("right", "partial")
    }
    assert scores(homework, "strips") == FULL  # what made us judge from outside
    assert scores(homework, "warns")["visible"] == (0, False)


def test_a_mark_that_a_person_gave_stays_and_is_flagged(homework, real_walls):
    homework.ours("hw", real_walls)
    with homework.book() as book:
        grade = book.find_grade("hidden", "problem", "hw", "partial")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.5, False
        book.find_comment("double", "problem", "hw", "partial").manual_comment = "Nearly."
        book.db.commit()
    assert homework.ours("hw", real_walls, again=False) == {}
    assert homework.ours("hw", real_walls)["partial"].points == 2 + 1.5 + 0.5
    with homework.book() as book:
        grade = book.find_grade("hidden", "problem", "hw", "partial")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0, 1.5, True)
        assert book.find_comment("double", "problem", "hw", "partial").manual_comment == "Nearly."


def test_a_release_alone_is_enough(homework, real_walls):
    shutil.rmtree(homework.folder / "source")
    for name, content in BESIDE.items():
        (homework.folder / "release" / "hw" / name.replace("__", ".")).write_text(content)
        for student in ("right", "strips"):
            (homework.folder / "submitted" / student / "hw" / name.replace("__", ".")).write_text(content)
    homework.ours("hw", real_walls)
    assert homework.said == ["problem: no source notebook, so its tests were tried on no solution"]
    right = scores(homework, "right")
    assert {name: right[name] for name in ("visible", "hidden", "parts")} == {
        name: FULL[name] for name in ("visible", "hidden", "parts")
    }
    assert not any(points for points, _ in scores(homework, "strips").values())


def test_what_is_broken_is_one_line_and_the_rest_is_graded(course, real_walls):
    course.write("hw/problem", HOMEWORK, **BESIDE)
    course.write("hw/second", notebook(solution("one", "x = 1"), test("t", "assert x == 1")))
    course.release("hw")
    for student in ("right", "torn", "newer", "late", "empty"):
        course.hand_in(student, "hw/problem", RIGHT)
        course.hand_in(student, "hw/second", {"one": "x = 1"})
    handed_in = course.folder / "submitted"
    (handed_in / "torn" / "hw" / "problem.ipynb").write_text('{"cells": [')
    newer = json.loads((handed_in / "newer" / "hw" / "problem.ipynb").read_text())
    newer["cells"][3]["metadata"]["nbgrader"]["schema_version"] = 99
    (handed_in / "newer" / "hw" / "problem.ipynb").write_text(json.dumps(newer))
    (handed_in / "late" / "hw" / "timestamp.txt").write_text("yesterday, I think")
    for notebook_file in (handed_in / "empty" / "hw").glob("*.ipynb"):
        notebook_file.unlink()
    twice = json.loads(json.dumps(HOMEWORK))
    twice["cells"].append({**twice["cells"][4], "id": "again"})
    course.write("hw/problem", twice)
    lines = course.ours("hw", real_walls)
    assert lines["right"].points == 1
    faults = sorted(course.said)
    assert [line.split(":")[0] for line in faults if not line.startswith("/")] == ["empty", "late"]
    assert any("two cells have the grade_id 'visible'" in line for line in faults)
    assert "late: timestamp.txt holds no time: 'yesterday, I think'" in faults
    assert all("\n" not in line for line in faults)

    course.write("hw/problem", HOMEWORK)
    lines = course.ours("hw", real_walls)
    assert lines["right"].points == 9
    assert sorted(line.split(":")[0] for line in course.said) == ["empty", "late", "newer", "torn"]


def test_half_a_character_stops_nobody_else_and_leaves_no_half_entered_scores(course, real_walls):
    for name in ("one", "two"):
        course.write(f"hw/{name}", notebook(solution("x", "x = 1"), test("t", "assert x == 1")))
    course.release("hw")
    told = {"half": "x = '\ud800'", "prints": "x = 1\nprint('\\ud800 is half')", "right": "x = 1", "then": "x = 1"}
    for student, answer in told.items():
        course.hand_in(student, "hw/one", {"x": "x = 1"})
        course.hand_in(student, "hw/two", {"x": answer})
    lines = course.ours("hw", real_walls)
    assert {student: line.points for student, line in lines.items()} == {"prints": 2, "right": 2, "then": 2}
    (fault,) = course.said
    assert fault.startswith("half: cannot be entered: UnicodeEncodeError: ")
    assert {course.grades("hw")["half", name, "t"] for name in ("one", "two")} == {(None, True)}
    autograded = course.folder / "autograded"
    assert {path.name for path in autograded.iterdir() if list(path.glob("hw/*.ipynb"))} == lines.keys()
    assert "? is half" in (autograded / "prints" / "hw" / "two.ipynb").read_text()


def test_two_notebooks_with_the_same_cells_are_both_graded(course, real_walls):
    for name in ("one", "two"):
        course.write(f"hw/{name}", notebook(solution("x", "x = 1"), test("t", "assert x == 1")))
    course.release("hw")
    for name, answer in {"one": "x = 2", "two": "x = 1"}.items():
        course.hand_in("ada", f"hw/{name}", {"x": answer})
    course.ours("hw", real_walls)
    assert [course.grades("hw")["ada", name, "t"][0] for name in ("one", "two")] == [0, 1]


def test_a_gradebook_that_stops_answering_ends_the_run(homework, real_walls, monkeypatch):
    def locked(*_):
        raise OperationalError("UPDATE grade", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(autograde.scores, "enter", locked)
    with pytest.raises(InputError, match="the gradebook does not answer: database is locked"):
        homework.ours("hw", real_walls)
    assert list((homework.folder / "autograded").glob("*/hw")) == []


def test_an_extension_takes_a_late_penalty_back(course, real_walls):
    config = course.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    course.write("hw/one", notebook(solution("x", "x = 1"), test("t", "assert x == 1")))
    course.release("hw")
    with course.book() as book:
        book.update_or_create_assignment("hw", duedate="2026-11-01 12:00:00 UTC")
    course.hand_in("late", "hw/one", {"x": "x = 1"}, timestamp="2026-11-02 12:00:00 UTC")
    assert course.ours("hw", real_walls)["late"].points == 0
    assert course.grades("hw")["late", "one", "late"] == 1
    with course.book() as book:
        book.grant_extension("hw", "late", days=2)
    assert course.ours("hw", real_walls)["late"].points == 1
    assert course.grades("hw")["late", "one", "late"] is None


def test_a_link_that_leads_out_of_a_submission_is_not_followed(homework, real_walls, tmp_path):
    (tmp_path / "secret.txt").write_text("not theirs")
    folder = homework.folder / "submitted" / "right" / "hw"
    (folder / "linked.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "own.txt").write_text("theirs")
    homework.ours("hw", real_walls)
    copied = {path.name for path in (homework.folder / "autograded" / "right" / "hw").iterdir()}
    assert copied == {"data.txt", "helper.py", "own.txt", "problem.ipynb"}


def test_a_run_that_is_cut_off_leaves_nothing_that_looks_autograded(homework, real_walls):
    def no_walls():
        raise NoWalls("none here")

    whole = Whole(homework.app(), "hw", Executor(no_walls, "course", print), print, again=False)
    with pytest.raises(NoWalls):
        list(whole.run(2))
    assert list((homework.folder / "autograded").glob("*/hw")) == []
    assert len(homework.ours("hw", real_walls, again=False)) == 4


def test_a_course_that_cannot_be_graded_is_one_line(homework, real_walls):
    with pytest.raises(InputError, match="has no assignment 'hx'; there are: hw"):
        homework.ours("hx", real_walls)
    (homework.folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.db_url = 'sqlite:///{homework.folder}/gradebook.db?timeout=0.1'\n"
    )
    with sqlite3.connect(homework.folder / "gradebook.db") as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="database is locked"):
            homework.ours("hw", real_walls)
        database.rollback()
    (homework.folder / "nbgrader_config.py").unlink()
    (homework.folder / "gradebook.db").unlink()
    with pytest.raises(InputError, match="there is no gradebook"):
        homework.ours("hw", real_walls)
