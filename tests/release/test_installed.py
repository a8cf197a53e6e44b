"""A learner's machine: the release installed by pip, no checkout, and every command of theirs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from grader import catalog
from grader.cohort.issuing import issue
from grader.errors import GraderFault
from grader.generated import prepare
from grader.grading import Grader
from grader.history import History
from grader.intake import read_submission
from grader.model import Outcome
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.start import start


@pytest.fixture(scope="module")
def desk(installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was started from the installed release, in a folder outside the checkout."""
    folder = tmp_path_factory.mktemp("home") / "desk"
    done = installed.ladder("start", "1", "desk", folder=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


def test_what_runs_is_the_release(installed, tmp_path: Path) -> None:
    program = "import grader, levels; print(grader.__file__, *levels.__path__)"
    said = subprocess.check_output([installed.python, "-c", program], cwd=tmp_path, text=True).split()
    assert [Path(place).is_relative_to(installed.packages) for place in said] == [True, True]
    commands = installed.ladder("--help", folder=tmp_path).stdout.split("Commands:")[1]
    assert [line.split()[0] for line in commands.strip().splitlines()] == ["check", "hint", "levels", "pack", "start"]


def test_every_file_of_the_levels_is_installed(installed) -> None:
    there = Tree.read(installed.packages / "levels", skip=frozenset({"__pycache__"}))
    assert there.files == Tree.read(installed.release / "levels").files


def test_levels_are_listed_as_the_catalog_has_them(installed, kept, tmp_path: Path) -> None:
    (listed,) = json.loads(installed.ladder("levels", "--json", folder=tmp_path).stdout)
    assert listed["id"] == "01-small"
    assert json.dumps(listed).count("prints-the-largest") == 1


def test_the_workspace_is_the_one_that_the_checkout_makes(kept, desk: Path, tmp_path: Path) -> None:
    start(kept.level, tmp_path / "desk", "learner", Key.practice())
    skip = frozenset({"index", ".pytest_cache", "__pycache__", ".ladder-hints.json"})  # an index has times in it
    assert Tree.read(desk, skip=skip).files == Tree.read(tmp_path / "desk", skip=skip).files
    heads = [History(Tree.read(folder / "tool" / ".git")).commits()[0].id for folder in (desk, tmp_path / "desk")]
    assert heads[0] == heads[1]


def test_anothers_practice_data_is_not_to_be_had(installed, tmp_path: Path) -> None:
    done = installed.ladder("start", "1", "desk", "--learner", "ada", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("ladder: this release has the practice data of 'learner' and no other")
    assert not list(tmp_path.iterdir())


def answered(notebook: Path, **answers: str) -> None:
    """Write answers into cells by their ids."""
    document = json.loads(notebook.read_text())
    for cell in document["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
    notebook.write_text(json.dumps(document))


def test_check_tells_of_the_visible_checks_and_the_starters_tests(installed, desk: Path) -> None:
    done = installed.ladder("check", "--json", folder=desk)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [line["id"] for line in lines]) == (1, ["01-small/01-add/doubles-two", "tool/tests"]), done
    assert {line["outcome"] for line in lines} == {"failed"}


def test_check_says_when_it_is_right(installed, kept, tmp_path: Path) -> None:
    # A workspace that a mentor issued under a key of their own: its data is in it, and no release could make it.
    assert list(issue(kept.level, ["ada"], tmp_path, Key.new())) == ["ada"]
    right = {"c-double": "def double(values):\n    return 2 * values"}
    answered(tmp_path / "ada" / "notebooks" / "01-add.ipynb", **right)
    tool = kept.level.folder / "solution" / "tool" / "tool"
    for file in tool.glob("*.py"):
        (tmp_path / "ada" / "tool" / "tool" / file.name).write_bytes(file.read_bytes())
    done = installed.ladder("check", "ada", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("All visible checks pass.")


def test_hints_are_given_one_by_one(installed, desk: Path) -> None:
    said = [installed.ladder("hint", "adds-all", folder=desk).stdout for _ in range(2)]
    assert said == [
        "01-add/adds-all, hint (1 of 3)\nAdd the column.\n",
        "01-add/adds-all, hint (2 of 3)\nint(numbers['value'].sum())\n",
    ]


@pytest.mark.walls
def test_an_untouched_pack_is_graded_in_full_and_earns_nothing(installed, small, desk: Path, real_walls) -> None:
    done = installed.ladder("pack", "desk", folder=desk.parent)
    assert (done.stdout, done.returncode) == ("desk-01-small.tar.gz\n", 0), done.stderr
    submission = read_submission(desk.parent / "desk-01-small.tar.gz")
    assert (submission.learner_claim, submission.key_id) == ("learner", "practice")
    level = catalog.find_level("1")  # where judges can see it
    card = Grader(real_walls, Key.practice()).grade(level, submission.tree, "learner")
    assert (card.points, card.max_points) == (0, 10)
    assert [check.id for check in card.checks] == [check.id for check in level.checks]
    assert {check.outcome for check in card.checks} <= {Outcome.FAILED, Outcome.SKIPPED}


def test_nothing_is_ever_graded_by_a_release(installed, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its hidden checks are comments: who graded by them would give full points to everybody.
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(installed.release / "levels"))
    with pytest.raises(GraderFault, match="01-small: has no generate.py"):
        prepare(catalog.find_level("1"), Key.practice(), "learner")
