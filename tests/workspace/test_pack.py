import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from grader.errors import InputError
from grader.history import History
from grader.intake import read_submission
from grader.model import Level
from grader.seeds import Key
from grader.workspace.pack import pack
from grader.workspace.start import start


@pytest.fixture
def workspace(levels: tuple[Level, Level], tmp_path: Path) -> Path:
    folder = tmp_path / "ada"
    start(levels[0], folder, "Ada", Key.practice())
    return folder


def git(folder: Path, *argv: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.invalid"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *identity, *argv], cwd=folder, env=environment, check=True, capture_output=True)


def test_what_is_packed_is_what_is_graded(workspace: Path, tmp_path: Path) -> None:
    (workspace / "counter" / "run.py").write_text("print(2)\n")
    git(workspace / "counter", "commit", "-qam", "Print two")
    (workspace / "counter" / "__pycache__").mkdir()
    (workspace / "counter" / "__pycache__" / "run.pyc").write_bytes(b"x")
    archive, warnings = pack(workspace, tmp_path)
    assert archive == tmp_path / "ada-01-one.tar.gz"
    assert warnings == ()
    found = read_submission(archive)
    assert found.digest == read_submission(workspace).digest
    assert (found.level_id, found.learner_claim) == ("01-one", "Ada")
    assert {path for path in found.tree.files if "/.git/" not in path} == {
        ".ladder.toml", "README.md", "notebooks/01-count.ipynb",
        "counter/run.py", "counter/.gitignore", "counter/raw/export.csv",
    }  # fmt: skip
    history = History(found.tree.under("counter/.git"))
    assert [commit.message for commit in history.commits()][0] == "Print two\n"
    assert history.problem is None
    with tarfile.open(archive) as packed:
        names = packed.getnames()
        assert names == sorted(names)
        assert {name.split("/")[0] for name in names} == {"ada"}
        assert {(member.mtime, member.uid, member.uname) for member in packed} == {(0, 0, "")}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_same_work_packs_to_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    first = pack(workspace, tmp_path)[0].read_bytes()
    for path in workspace.rglob("*"):
        os.utime(path, (1, 1))
    assert pack(workspace, tmp_path)[0].read_bytes() == first


def test_from_inside_the_workspace_it_is_named_after_its_folder(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    archive, _ = pack(Path(), Path())
    assert archive.name == "ada-01-one.tar.gz"
    before = archive.read_bytes()
    archive.rename(tmp_path / "kept.tar.gz")
    assert pack(Path(), tmp_path)[0].read_bytes() == before


def test_packing_twice_into_the_workspace_does_not_pack_the_archive(workspace: Path) -> None:
    first = pack(workspace, workspace)[0].read_bytes()
    assert pack(workspace, workspace)[0].read_bytes() == first


def test_an_archive_packed_into_the_repo_is_left_out_the_next_time(workspace: Path) -> None:
    first, _ = pack(workspace, workspace / "counter")
    second, notes = pack(workspace, workspace / "counter")
    assert second == first
    assert notes == ("counter/ada-01-one.tar.gz is an earlier pack, and was left out",)
    with tarfile.open(second) as packed:
        assert not any(name.endswith(".tar.gz") for name in packed.getnames())


@pytest.mark.parametrize("name", ["venv", "node_modules", "a\\b"])
def test_a_workspace_whose_name_intake_does_not_take_is_packed_under_another(
    name: str, workspace: Path, tmp_path: Path
) -> None:
    moved = workspace.rename(tmp_path / name)
    archive, _ = pack(moved, tmp_path)
    assert read_submission(archive).digest == read_submission(moved).digest


def test_where_nothing_can_be_written_is_one_line(workspace: Path, tmp_path: Path) -> None:
    long = workspace.rename(tmp_path / ("n" * 240))
    with pytest.raises(InputError, match="cannot be written: File name too long"):
        pack(long, tmp_path)


def test_what_a_learner_may_want_to_put_right_is_said(workspace: Path, tmp_path: Path) -> None:
    (workspace / "counter" / "run.py").write_text("print(3)\n")
    (workspace / "notebooks" / "01-count.ipynb").write_text("{")
    assert pack(workspace, tmp_path)[1] == (
        "notebooks/01-count.ipynb is not a notebook any more (not JSON): its checks will fail",
        "counter/: 1 file has changes that are not committed; the history is graded without them",
    )
    (workspace / "notebooks" / "01-count.ipynb").write_text('{"cells": ["' + "x" * 3 * 2**20 + '"]}')
    assert pack(workspace, tmp_path)[1][0].startswith("notebooks/01-count.ipynb is 3 MB")
    (workspace / "notebooks" / "01-count.ipynb").unlink()
    (workspace / "counter" / ".git").rename(tmp_path / "gone")
    assert pack(workspace, tmp_path)[1] == (
        "notebooks/01-count.ipynb is missing: its checks will fail",
        "counter/ has no git history of its own: checks of the history will fail",
    )


def test_a_hook_of_the_learners_is_not_run_by_packing(workspace: Path, tmp_path: Path) -> None:
    watcher = tmp_path / "watch.sh"
    watcher.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    watcher.chmod(0o755)
    git(workspace / "counter", "config", "core.fsmonitor", str(watcher))
    pack(workspace, tmp_path)
    assert not (tmp_path / "ran").exists()


def test_what_is_no_workspace_is_refused(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        pack(tmp_path / "nowhere", tmp_path)
    with pytest.raises(InputError, match="is not a workspace: it has no .ladder.toml"):
        pack(workspace / "notebooks", tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        pack(workspace, tmp_path / "nowhere")
    (workspace / "notes").write_bytes(bytes(17 * 2**20))
    with pytest.raises(InputError, match="'notes', which is larger than 16 MB"):
        pack(workspace, tmp_path)
    assert list(tmp_path.glob("*.tar.gz*")) == []
