import errno
import json
import tempfile
import tomllib
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.errors import InputError
from grader.history import History, start_commits
from grader.model import Level
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace import given
from grader.workspace.pack import pack
from grader.workspace.start import start

KEY = Key.practice()


def test_a_workspace_holds_what_a_learner_needs_and_nothing_else(levels: tuple[Level, Level], tmp_path: Path) -> None:
    folder = tmp_path / "new" / "ws"
    start(levels[0], folder, "Ada", KEY)
    files = Tree.read(folder, skip=frozenset({".git"})).files
    assert set(files) == {
        ".ladder.toml", "README.md", "notebooks/01-count.ipynb", "data/01-count/export.csv",
        "counter/run.py", "counter/.gitignore", "counter/raw/export.csv",
    }  # fmt: skip
    assert tomllib.loads(files[".ladder.toml"].decode()) == {
        "format": 1, "level": "01-one", "learner": "Ada", "key": "practice", "seed_id": KEY.seed_id("01-one", "Ada"),
    }  # fmt: skip
    notebook = json.loads(files["notebooks/01-count.ipynb"])
    assert notebook["metadata"]["ladder"] == {"level": "01-one", "exercise": "01-count", "names": ["count"]}
    assert b"len(items)" not in files["notebooks/01-count.ipynb"]
    assert files["data/01-count/export.csv"].split()[1].decode() == KEY.seed("01-one", "01-count", "Ada", 0)[:8]
    history = History(Tree.read(folder / "counter" / ".git"))
    assert {commit.id for commit in history.commits()} == start_commits(levels[0].folder, "counter")
    assert set(history.commits()[0].tree()) == {"run.py", ".gitignore"}  # the learner's data is in no commit
    assert [path.name for path in folder.parent.iterdir()] == ["ws"]


def test_two_learners_have_their_own_data_and_the_same_repository(levels: tuple[Level, Level], tmp_path: Path) -> None:
    for learner in ("Ada", "Grace"):
        start(levels[0], tmp_path / learner, learner, KEY)
    ada, grace = (Tree.read(tmp_path / learner, skip=frozenset({"index"})).files for learner in ("Ada", "Grace"))
    assert {path for path in ada if ada[path] != grace[path]} == {
        ".ladder.toml", "data/01-count/export.csv", "counter/raw/export.csv",
    }  # fmt: skip


def test_a_folder_that_is_in_use_is_left_alone(levels: tuple[Level, Level], tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        start(levels[0], tmp_path / "ws", "Ada", KEY)
    assert [path.name for path in (tmp_path / "ws").iterdir()] == ["mine.txt"]
    with pytest.raises(InputError, match="a file of that name"):
        start(levels[0], tmp_path / "ws" / "mine.txt", "Ada", KEY)
    (tmp_path / "empty").mkdir()
    start(levels[0], tmp_path / "empty", "Ada", KEY)
    assert (tmp_path / "empty" / ".ladder.toml").is_file()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("taken/ws", "taken: cannot be a folder to write into: File exists"),
        ("taken/deeper/ws", "taken/deeper: cannot be a folder to write into: Not a directory"),
        ("x" * 300, "x: cannot be a new folder: File name too long"),
        ("dangling", "dangling: there is a file of that name"),
    ],
)
def test_a_place_that_cannot_be_a_folder_is_one_clear_line(
    place: str, said: str, levels: tuple[Level, Level], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "dangling").symlink_to("nowhere")
    before = sorted(tmp_path.iterdir())
    done = CliRunner().invoke(main, ["start", "1", str(tmp_path / place)])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"ladder: {tmp_path}/") and done.stderr.endswith(f"{said}\n")
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "taken").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} <= {path.name for path in before} | {"cache"}


def test_where_nobody_may_write_is_one_clear_line(
    levels: tuple[Level, Level], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "mkdtemp", mock.Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))
    monkeypatch.setattr(given, "data", lambda *_: {})  # it needs a folder of its own
    with pytest.raises(InputError, match=f"^{tmp_path}: cannot be a folder to write into: Permission denied$"):
        start(levels[0], tmp_path / "ws", "Ada", KEY)


@pytest.mark.parametrize("learner", ["", "a\nb", "a" * 201])
def test_a_name_that_is_no_line_of_text_is_refused(learner: str, levels: tuple[Level, Level], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one line of text"):
        start(levels[0], tmp_path / "ws", learner, KEY)
    assert not (tmp_path / "ws").exists()


def test_without_git_nothing_is_left_behind(
    levels: tuple[Level, Level], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(InputError, match="git is not on this machine"):
        start(levels[0], tmp_path / "out" / "ws", "Ada", KEY)
    assert list((tmp_path / "out").iterdir()) == []


def test_work_is_carried_forward_from_a_folder_or_an_archive(levels: tuple[Level, Level], tmp_path: Path) -> None:
    start(levels[0], tmp_path / "one", "Ada", KEY)
    (tmp_path / "one" / "counter" / "mine.py").write_text("mine = 1\n")
    archive, _ = pack(tmp_path / "one", tmp_path)
    for number, source in enumerate((tmp_path / "one", archive)):
        folder = tmp_path / f"two-{number}"
        start(levels[1], folder, "Ada", KEY, from_workspace=source)
        assert set(Tree.read(folder / "earlier").files) == {
            "01-one/counter/mine.py", "01-one/counter/run.py", "01-one/counter/.gitignore",
            "01-one/counter/raw/export.csv", "01-one/notebooks/01-count.ipynb",
        }  # fmt: skip
    # a third level gets the second's own work, not once more what that was built on
    with pytest.raises(InputError, match="takes one of a level below"):
        start(levels[1], tmp_path / "three", "Ada", KEY, from_workspace=tmp_path / "two-0")
    with pytest.raises(InputError, match="no such file"):
        start(levels[1], tmp_path / "three", "Ada", KEY, from_workspace=tmp_path / "nowhere")
    assert not (tmp_path / "three").exists()
