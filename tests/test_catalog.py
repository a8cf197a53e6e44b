import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader import catalog, notebooks
from grader.errors import InputError
from grader.model import Check, Limits, Rule, Skill

LEVEL_TOML = """
format = 1
id = "03-small"
number = 3
title = "Small"
focus = "Count."
goal = "Count well."

[[skill]]
id = "counting"
name = "Counting, adding"
[[skill]]
id = "scripts"
name = "Scripts"

[[exercise]]
id = "01-count"
kind = "notebook"
title = "Count things"
minutes = 20
difficulty = "gentle"
importance = "You count every day."
fresh = 2
[exercise.limits]
check_seconds = 5
memory_mb = 512

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

raise RuntimeError("reading a level must not run it")


@pytest.mark.check(points=4, skill="scripts")
def test_runs(submission):
    """The counter runs.

    More about it.
    """


@pytest.mark.check(points=2.5, skill="scripts", requires=["test_runs"], part="package")
def test_counts_twice(submission):
    """It counts the same twice."""


def helper():
    pass
'''

HINTS = """
["01-count/counts"]
hints = ["Use your fingers.", "Use len()."]
read = "The tutorial on lists."
notes = ["I count one too many: you start at one."]
["counter/runs"]
hints = ["Look at the error.", "Read the first line."]
read = "The page on modules."
"""


def cell(name: str, flags: str, source: str, points: float | None = None, **ladder: Any) -> dict[str, Any]:
    """A code cell; ``flags`` has the letters g, s, l for grade, solution, locked."""
    grading: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": name,
        "grade": "g" in flags,
        "solution": "s" in flags,
        "locked": "l" in flags,
        "task": False,
    }
    if points is not None:
        grading["points"] = points
    metadata: dict[str, Any] = {"nbgrader": grading}
    if ladder:
        metadata["ladder"] = ladder
    return {
        "cell_type": "code",
        "id": f"id-{name}",
        "metadata": metadata,
        "source": source.splitlines(keepends=True),
        "outputs": [],
        "execution_count": None,
    }


def hidden(body: str) -> str:
    return f"### BEGIN HIDDEN TESTS\n{body}\n### END HIDDEN TESTS"


def notebook() -> dict[str, Any]:
    words = {"cell_type": "markdown", "id": "words", "metadata": {}, "source": "# Count"}
    solution = "def count(things):\n    ### BEGIN SOLUTION\n    return len(things)\n    ### END SOLUTION"
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            words,
            cell("setup", "l", "import math"),
            cell("count", "s", solution),
            cell("try-it", "gl", "assert count([1]) == 1", 0, title="Try it", skill="counting"),
            cell("counts", "gl", hidden("assert count([1, 2]) == 2"), 3, title="Counts", skill="counting"),
            cell(
                "counts-none",
                "gl",
                hidden("assert count([]) == 0"),
                2,
                title="Counts nothing",
                skill="counting",
                requires=["try-it", "counts"],
            ),
        ],
    }


Folder = Path
Edit = Callable[[Folder], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small, sound level; the catalog looks at it and nothing else."""
    folder = tmp_path / "levels" / "03-small"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "checks").mkdir()
    (folder / "starter" / "counter").mkdir(parents=True)
    (folder / "level.toml").write_text(LEVEL_TOML)
    (folder / "hints.toml").write_text(HINTS)
    (folder / "starter" / "counter" / "README.md").write_text("Count.")
    (folder / "checks" / "test_counter.py").write_text(CHECKS)
    (folder / "notebooks" / "01-count.ipynb").write_text(json.dumps(notebook()))
    monkeypatch.setenv("LADDER_LEVELS", str(folder.parent))
    return folder


def in_file(name: str, old: str, new: str) -> Edit:
    def edit(folder: Folder) -> None:
        path = folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return edit


def in_notebook(change: Callable[[dict[str, Any]], object]) -> Edit:
    def edit(folder: Folder) -> None:
        path = folder / "notebooks" / "01-count.ipynb"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


def grading(place: int, **values: Any) -> Edit:
    """Change nbgrader's metadata of a cell."""
    return in_notebook(lambda book: book["cells"][place]["metadata"]["nbgrader"].update(values))


def ladder(place: int, **values: Any) -> Edit:
    return in_notebook(lambda book: book["cells"][place]["metadata"].setdefault("ladder", {}).update(values))


def source(place: int, text: str) -> Edit:
    return in_notebook(lambda book: book["cells"][place].update(source=text))


def in_checks(old: str, new: str) -> Edit:
    return in_file("checks/test_counter.py", old, new)


def in_level(old: str, new: str) -> Edit:
    return in_file("level.toml", old, new)


def test_a_level_is_read_whole(folder: Path) -> None:
    level = catalog.find_level("03-small")
    assert (level.id, level.number, level.title, level.folder) == ("03-small", 3, "Small", folder)
    assert level.skills == (Skill("counting", "Counting, adding"), Skill("scripts", "Scripts"))
    assert level.rule == Rule(points=0.7, skill=0.6, reviews=(), level_below=False)
    count, counter = level.exercises
    assert (count.id, count.kind, count.minutes, count.fresh) == ("01-count", "notebook", 20, 2)
    assert count.limits == Limits(check_seconds=5.0, memory_mb=512)
    assert counter.limits == Limits()
    assert (counter.kind, counter.parts) == ("repo", ("package",))
    assert level.checks == (
        Check("03-small/01-count/try-it", "01-count", "Try it", "counting", 0.0, False),
        Check("03-small/01-count/counts", "01-count", "Counts", "counting", 3.0, True),
        Check(
            "03-small/01-count/counts-none",
            "01-count",
            "Counts nothing",
            "counting",
            2.0,
            True,
            requires=("03-small/01-count/try-it", "03-small/01-count/counts"),
        ),
        Check("03-small/counter/runs", "counter", "The counter runs", "scripts", 4.0, True),
        Check(
            "03-small/counter/counts-twice",
            "counter",
            "It counts the same twice",
            "scripts",
            2.5,
            True,
            part="package",
            requires=("03-small/counter/runs",),
        ),
    )


@pytest.mark.parametrize("name", ["3", "03", "03-small"])
def test_a_level_has_three_names(folder: Path, name: str) -> None:
    assert catalog.find_level(name).id == "03-small"


@pytest.mark.parametrize("name", ["4", "small", "", "003", "../03-small"])
def test_an_unknown_level_names_those_there_are(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="there is no level .*; there are: 03-small"):
        catalog.find_level(name)


def test_levels_come_in_order_and_other_folders_do_not_count(folder: Path) -> None:
    lower = folder.parent / "01-first"
    shutil.copytree(folder, lower)
    in_level('id = "03-small"', 'id = "01-first"')(lower)
    in_level("number = 3", "number = 1")(lower)
    (folder.parent / "__pycache__").mkdir()
    (folder.parent / "notes.txt").write_text("x")
    assert catalog.level_ids() == ("01-first", "03-small")
    assert [level.id for level in catalog.all_levels()] == ["01-first", "03-small"]


def test_a_levels_folder_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_LEVELS", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="nowhere: there is no levels folder"):
        catalog.find_level("1")


def test_a_second_repo_makes_checks_say_which_is_theirs(folder: Path) -> None:
    second = LEVEL_TOML[LEVEL_TOML.rindex("[[exercise]]") : LEVEL_TOML.index("[rule]")]
    in_level("[rule]", second.replace('"counter"', '"other"') + "[rule]")(folder)
    (folder / "starter" / "other").mkdir()
    with pytest.raises(InputError, match="test_runs: exercise is missing"):
        catalog.find_level("3")
    checks = (folder / "checks" / "test_counter.py").read_text()
    (folder / "checks" / "test_counter.py").write_text(
        checks.replace('skill="scripts"', 'skill="scripts", exercise="other"')
    )
    counter, other = catalog.find_level("3").exercises[1:]
    assert counter.checks == ()
    assert [check.id for check in other.checks] == ["03-small/other/runs", "03-small/other/counts-twice"]


def test_prose_for_a_mentor_is_no_check_and_is_cleared_for_learners(folder: Path) -> None:
    before = catalog.find_level("3").exercise("01-count").checks
    prose = cell("memo", "gs", "We count the things, and nothing else.", points=5) | {"cell_type": "markdown"}
    del prose["outputs"], prose["execution_count"]
    in_notebook(lambda book: book["cells"].append(prose))(folder)
    level = catalog.find_level("3")
    assert level.exercise("01-count").checks == before
    released = notebooks.release(catalog.source_notebook(level, "01-count"), level.id, "01-count")
    assert released.cells[-1].source == "YOUR ANSWER HERE"


def test_listed_parts_are_kept_in_their_order(folder: Path) -> None:
    in_level("fresh = 0", 'fresh = 0\nparts = ["shell", "package"]')(folder)
    with pytest.raises(InputError, match="test_runs: no part; level.toml lists shell, package"):
        catalog.find_level("3")
    in_checks('points=4, skill="scripts"', 'points=4, skill="scripts", part="shell"')(folder)
    counter = catalog.find_level("3").exercise("counter")
    assert counter.parts == ("shell", "package")
    assert [check.name for check in counter.checks] == ["runs", "counts-twice"]


def test_an_exercise_names_the_heavy_libraries_its_workers_want(folder: Path) -> None:
    assert catalog.find_level("3").exercise("counter").preload == ()
    in_level("fresh = 0", 'fresh = 0\npreload = ["mlflow"]')(folder)
    assert catalog.find_level("3").exercise("counter").preload == ("mlflow",)
    in_level('["mlflow"]', '["solitaire"]')(folder)
    with pytest.raises(InputError, match="preload names 'solitaire'; there are: mlflow"):
        catalog.find_level("3")


def test_only_a_notebook_has_figures_for_the_feedback_page(folder: Path) -> None:
    in_level('kind = "notebook"', 'kind = "notebook"\nfigures = true')(folder)
    level = catalog.find_level("3")
    assert [one.id for one in level.exercises if one.figures] == ["01-count"]
    in_level('kind = "repo"', 'kind = "repo"\nfigures = true')(folder)
    with pytest.raises(InputError, match="figures is true, but only a notebook has figures"):
        catalog.find_level("3")


def test_checks_follow_the_order_of_the_parts_not_of_the_files(folder: Path) -> None:
    in_level("fresh = 0", 'fresh = 0\nparts = ["package", "shell"]')(folder)
    in_checks('points=4, skill="scripts"', 'points=4, skill="scripts", part="shell"')(folder)
    assert [check.name for check in catalog.find_level("3").exercise("counter").checks] == ["counts-twice", "runs"]


BOOK = "03-small/notebooks/01-count.ipynb"
TESTS = "03-small/checks/test_counter.py"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        # level.toml
        (lambda f: (f / "level.toml").unlink(), "03-small/level.toml: there is no such file"),
        (in_level("format = 1", "format = 2"), "03-small/level.toml: format must be 1"),
        (in_level('id = "03-small"', 'id = "03-big"'), "id is '03-big', but the folder is '03-small'"),
        (in_level("number = 3", "number = 4"), "number is 4, but the id is '03-small'"),
        (in_level('goal = "Count well."', ""), "03-small/level.toml: goal is missing"),
        (in_level('focus = "Count."', 'focus = ""'), "03-small/level.toml: focus is empty"),
        (in_level("number = 3", "number = 3\ncolour = 1"), "03-small/level.toml: unknown key colour"),
        (in_level('name = "Scripts"', 'name = "S"\nx = 1'), "level.toml, skill scripts: unknown key x"),
        (in_level('id = "scripts"', 'id = "counting"'), "skill 'counting' is there 2 times"),
        (in_level('id = "counter"', 'id = "01-count"'), "exercise '01-count' is there 2 times"),
        (in_level('kind = "repo"', 'kind = "essay"'), "exercise counter: kind must be one of notebook, repo"),
        (in_level('"steady"', '"hard"'), "difficulty must be one of gentle, steady, steep"),
        (in_level("minutes = 20", "minutes = 0"), "exercise 01-count: minutes must be a whole number"),
        (in_level("check_seconds = 5", "chek_seconds = 5"), "limits: unknown key chek_seconds"),
        (in_level("check_seconds = 5", "check_seconds = 0"), "check_seconds must be more than 0"),
        (in_level("memory_mb = 512", "memory_mb = 0.5"), "memory_mb must be a whole number"),
        (in_level("points = 0.7", "points = 70"), "rule: points must be a number from 0 to 1"),
        (in_level("skill = 0.6", "skill = 0.6\nluck = 1"), "rule: unknown key luck"),
        (in_level("[rule]\npoints = 0.7\nskill = 0.6", ""), "level.toml: rule is missing"),
        # files that belong to exercises
        (lambda f: (f / "notebooks" / "01-count.ipynb").unlink(), f"{BOOK}: there is no such file"),
        (lambda f: shutil.rmtree(f / "starter"), "03-small/starter/counter: there is no such folder"),
        (lambda f: (f / "notebooks" / "02-more.ipynb").touch(), "02-more.ipynb: level.toml has no such"),
        # the notebook as a file
        (lambda f: (f / "notebooks" / "01-count.ipynb").write_text("{"), f"{BOOK}: not a notebook"),
        (in_notebook(lambda book: book.pop("cells")), "not a notebook: it has no cells"),
        (in_notebook(lambda book: book.update(nbformat_minor=4)), "must be nbformat 4.5"),
        (in_notebook(lambda book: book["metadata"].clear()), f"{BOOK}, metadata: kernelspec is missing"),
        (
            in_notebook(lambda book: book["metadata"]["kernelspec"].update(name="ir")),
            "kernel must be python3; it is ir",
        ),
        (in_notebook(lambda book: book["cells"][1].pop("id")), f"{BOOK}, cell 2: needs an id"),
        (in_notebook(lambda book: book["cells"][1].update(id="words")), f"{BOOK}, cell 2: needs an id"),
        (in_notebook(lambda book: book["cells"][1].update(execution_count=1)), "cell 2: has outputs"),
        (in_notebook(lambda book: book["cells"][1].pop("source")), "cell 2: not a cell"),
        # nbgrader's metadata
        (grading(5, grade_id="counts"), f"{BOOK}, cell counts: cells 5 and 6 have the same grade_id"),
        (grading(2, grade_id="setup"), f"{BOOK}, cell setup: cells 2 and 3 have the same grade_id"),
        (grading(1, grade_id=""), f"{BOOK}, cell 2: grade_id is empty"),
        (grading(1, grade_id="a b"), "grade_id must be letters"),
        (grading(4, grade_id="Counts_All"), "a check's grade_id must be lower-case"),
        (grading(1, schema_version=2), "cell setup: nbgrader's schema_version must be 3"),
        (grading(2, locked=True), "grade=false, solution=true, locked=true is no locked, solution or test"),
        (grading(2, grade=True, points=3), "cell count: a manually graded cell is prose, so it must be a markdown"),
        (grading(1, locked="yes"), "cell setup: locked must be true or false"),
        (grading(1, points=1), "cell setup: only a test cell has points"),
        (grading(1, colour=1), "cell setup: unknown key colour"),
        (grading(3, points=1), "cell try-it: a visible check guides and carries no points"),
        (grading(4, points=0), "cell counts: a hidden check needs points"),
        (grading(4, points=-1), "cell counts: points must be a number"),
        # the ladder block
        (in_notebook(lambda b: b["cells"][4]["metadata"].pop("ladder")), "cell counts: a test cell needs a"),
        (ladder(4, title=" "), "cell counts: title is empty"),
        (ladder(4, skill="juggling"), "cell counts: unknown skill 'juggling'; level.toml has counting"),
        (ladder(4, colour=1), "cell counts: unknown key colour"),
        (ladder(4, requires=["count"]), "cell counts: requires 'count', which is no check of 01-count"),
        (ladder(4, requires="try-it"), "cell counts: requires must be a list of texts, none of them empty"),
        (ladder(4, requires=["counts"]), "cell counts: requires itself in a circle: counts → counts"),
        (ladder(4, requires=["counts-none"]), "in a circle: counts → counts-none → counts"),
        (ladder(1, title="x"), "cell setup: has a ladder block, but is no test cell"),
        (ladder(2, title="x"), "cell count: has a ladder block, but is no test cell"),
        (ladder(0, title="x"), f"{BOOK}, cell 1: has a ladder block, but is no test cell"),
        # what stands in cells
        (source(4, "x = 1\n" + hidden("assert x")), "cell counts: is hidden in part"),
        (source(4, hidden("assert 1") + "\nx = 1"), "cell counts: is hidden in part"),
        (source(4, "### BEGIN HIDDEN TESTS\nassert 1"), "cell counts: is hidden in part"),
        (source(4, hidden("a = 1") + "\n" + hidden("b = 1")), "cell counts: is hidden in part"),
        (source(4, hidden("assert (")), "cell counts: is not Python"),
        (source(4, hidden("# later")), "cell counts: checks nothing"),
        (source(2, "def count(things): ..."), "cell count: needs '### BEGIN SOLUTION'"),
        (source(2, "### END SOLUTION\n### BEGIN SOLUTION"), "each closed before the next"),
        (source(2, hidden("x")), "cell count: hidden tests stand in a solution cell"),
        (source(1, "### BEGIN SOLUTION"), "cell setup: has '### BEGIN SOLUTION', but is no"),
        (source(0, hidden("x")), "cell 1: has '### BEGIN HIDDEN TESTS', but is no"),
        (in_notebook(lambda b: b["cells"][4].update(cell_type="markdown")), "must be a code cell"),
        # checks of starter repos
        (in_checks("def helper", "def test_helper"), f"{TESTS}, test_helper: needs one @pytest.mark.check"),
        (in_checks("def helper()", "async def test_helper()"), "checks are plain functions, not async"),
        (in_checks("def helper():", "class TestAll:"), "TestAll: checks are plain functions, not methods"),
        (in_checks("def helper():", "def (:"), f"{TESTS}: is not Python"),
        (in_checks("points=4, ", ""), f"{TESTS}, test_runs: points is missing"),
        (in_checks("points=4", "points=0"), "test_runs: a hidden check needs points"),
        (in_checks("points=4", "points=2 * two"), "test_runs: points must be a literal value"),
        (in_checks("points=4", "4"), "test_runs: @pytest.mark.check takes keywords only"),
        (in_checks("points=4", "**four"), "takes keywords written out"),
        (in_checks("points=4", "points=4, colour=1"), "test_runs: unknown key colour"),
        (in_checks('skill="scripts"', 'skill="juggling"'), "test_runs: unknown skill 'juggling'"),
        (in_checks('["test_runs"]', '["test_walks"]'), "requires 'walks', which is no check of counter"),
        (in_checks('["test_runs"]', '["runs"]'), "requires 'runs': name the function, test_"),
        (in_checks('["test_runs"]', '["test_counts_twice"]'), "circle: counts-twice → counts-twice"),
        (in_checks("test_counts_twice", "test_runs"), f"the name 'runs' is taken by {TESTS}, test_runs"),
        (in_checks("test_counts_twice", "test_counts__twice"), "lower-case words with single underscores"),
        (in_checks('"""It counts the same twice."""', "pass"), "test_counts_twice: needs a docstring"),
        (in_checks('part="package"', 'part="package", exercise="x"'), "exercise 'x' is no starter repo"),
        (
            in_checks(
                "@pytest.mark.check(points=4",
                '@pytest.mark.parametrize("n", [1])\n@pytest.mark.check(points=4',
            ),
            "test_runs: one function is one check",
        ),
    ],
)
def test_every_fault_is_one_line_that_says_where(folder: Path, edit: Edit, message: str) -> None:
    catalog.find_level("3")
    edit(folder)
    with pytest.raises(InputError) as fault:
        catalog.find_level("3")
    assert message in str(fault.value)
    assert str(fault.value).startswith("03-small/")
    assert "\n" not in str(fault.value)


def test_hints_are_found_by_check(folder: Path) -> None:
    hints = catalog.hints(catalog.find_level("3"))
    assert set(hints) == {"01-count/counts", "counter/runs"}
    assert hints["01-count/counts"] == catalog.Hint(
        ("Use your fingers.", "Use len()."),
        "The tutorial on lists.",
        ("I count one too many: you start at one.",),
    )
    assert hints["counter/runs"].notes == ()
    (folder / "hints.toml").unlink()
    assert catalog.hints(catalog.find_level("3")) == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["counter/runs"]', '["counter/walks"]', "hints.toml: 'counter/walks' is no check of this level"),
        ('"Look at the error.", ', "", "hints.toml, counter/runs: there must be 2 hints; there are 1"),
        ('read = "The page on modules."', "", "hints.toml, counter/runs: read is missing"),
        (
            'read = "The page on modules."',
            'read = "x"\nsee = "y"',
            "hints.toml, counter/runs: unknown key see",
        ),
    ],
)
def test_faulty_hints_are_named(folder: Path, old: str, new: str, message: str) -> None:
    in_file("hints.toml", old, new)(folder)
    with pytest.raises(InputError) as fault:
        catalog.hints(catalog.find_level("3"))
    assert message in str(fault.value)


def test_source_notebook_is_our_own_and_fresh_each_time(folder: Path) -> None:
    level = catalog.find_level("3")
    book = catalog.source_notebook(level, "01-count")
    assert (book.nbformat, book.nbformat_minor, len(book.cells)) == (4, 5, 6)
    assert book.cells[4].source == hidden("assert count([1, 2]) == 2")
    book.cells.clear()
    assert len(catalog.source_notebook(level, "01-count").cells) == 6


def test_source_notebook_refuses_what_is_none(folder: Path) -> None:
    level = catalog.find_level("3")
    with pytest.raises(KeyError):
        catalog.source_notebook(level, "02-more")
    with pytest.raises(InputError, match="counter is a starter repo"):
        catalog.source_notebook(level, "counter")
    in_notebook(lambda book: book["cells"][1].pop("outputs"))(folder)
    with pytest.raises(InputError, match=r"01-count\.ipynb: not a valid notebook: 'outputs' is a required"):
        catalog.source_notebook(level, "01-count")


def digest() -> str:
    return catalog.checks_digest(catalog.find_level("3"))


def test_checks_digest_sees_every_file_and_limit(folder: Path) -> None:
    seen = [digest()]
    assert seen[0].startswith("sha256:")
    edits = [
        in_level('title = "Small"', 'title = "Smaller"'),
        in_level("memory_mb = 512", "memory_mb = 513"),
        in_checks("def helper", "def assist"),
        source(4, hidden("assert count([1, 2, 3]) == 3")),
        lambda f: (f / "generate.py").write_text("print()"),
        lambda f: (f / "starter" / "counter" / "README.md").write_text("another ticket"),
        lambda f: (f / "starter" / "counter" / "data").mkdir(),
        lambda f: (f / "starter" / "counter" / "data" / "x.csv").write_text("1"),
    ]
    for edit in edits:
        edit(folder)
        seen.append(digest())
    # Making a folder changes nothing; the file in it does, although it is called data.
    assert seen[-2] == seen[-3]
    assert len(set(seen)) == len(seen) - 1


def test_checks_digest_does_not_see_what_judges_nothing(folder: Path) -> None:
    """A word in a hint makes nobody's scorecard one of other checks."""
    before = digest()
    for read in ("proof.json", "hints.toml", "README.md", "demo.toml"):
        (folder / read).write_text("{}")
    for leftover in ("data", "demo", "variants/new", "checks/__pycache__", "notebooks/.ipynb_checkpoints"):
        (folder / leftover).mkdir(parents=True)
        (folder / leftover / "x").write_text("x")
    assert digest() == before


def test_checks_digest_sees_limits_that_level_toml_leaves_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another default limit grades differently, though no file of the level changed."""
    import dataclasses

    level = catalog.find_level("3")
    slower = dataclasses.replace(
        level,
        exercises=tuple(
            dataclasses.replace(one, limits=dataclasses.replace(one.limits, seconds=999.0)) for one in level.exercises
        ),
    )
    assert catalog.checks_digest(slower) != catalog.checks_digest(level)


@pytest.fixture
def code(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The grader's code in small, with three kits: the checks use one, which names another."""
    code = tmp_path / "code"
    kits = code / "judges" / "kits"
    kits.mkdir(parents=True)
    (code / "bridge").mkdir()
    for name in ("store_kit", "driver_kit", "other_kit"):
        (kits / f"{name}.py").write_text("")
    (code / "judges" / "verdict.py").write_text("")
    (kits / "store_kit.py").write_text("DRIVER = 'driver_kit.py'")
    monkeypatch.setattr("grader.catalog.digest._GRADER", code)
    in_checks("def helper", "from grader.judges.kits import store_kit\n\ndef helper")(folder)
    return code


def test_checks_digest_sees_of_the_kits_those_that_the_level_uses(code: Path) -> None:
    kits = code / "judges" / "kits"
    before = digest()
    (kits / "other_kit.py").write_text("changed = 1")
    assert digest() == before
    for used in (kits / "store_kit.py", kits / "driver_kit.py", code / "judges" / "verdict.py"):
        used.write_text(used.read_text() + "\nchanged = 1")
        assert digest() != before
        before = digest()


def test_what_is_proved_of_an_exercise_holds_for_another_engine_and_not_for_other_kits(code: Path) -> None:
    level = catalog.find_level("3")
    counter = level.exercise("counter")
    before = catalog.exercise_digest(level, counter)
    for engine in ("judges/verdict.py", "judges/kits/other_kit.py", "bridge/session.py"):
        (code / engine).write_text("changed = 1")
        assert catalog.exercise_digest(level, counter) == before
    for kit in ("store_kit", "driver_kit"):
        (code / "judges" / "kits" / f"{kit}.py").write_text("changed = 1  # driver_kit")
        assert catalog.exercise_digest(level, counter) != before
        before = catalog.exercise_digest(level, counter)


def test_reading_levels_loads_no_heavy_library(folder: Path) -> None:
    code = (
        "import sys; from grader import catalog; catalog.hints(catalog.find_level('3')); "
        "print([name for name in ('nbformat', 'nbgrader', 'numpy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.strip() == "[]", done.stderr
