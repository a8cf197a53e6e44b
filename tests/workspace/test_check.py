"""`ladder check`: the visible checks, by plain workers on the learner's own machine."""

import json
import os
import signal
from pathlib import Path

import pytest

from grader import catalog
from grader.content.variant import reference_tree
from grader.errors import InputError
from grader.model import Outcome
from grader.seeds import Key
from grader.workspace import check
from grader.workspace.start import start


@pytest.fixture
def workspace(small, tmp_path):
    start(catalog.find_level("1"), tmp_path / "work", "ada", Key.practice())
    return tmp_path / "work"


def said(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_solved_workspace_passes_and_a_missing_repo_is_said(workspace, capsys):
    level = catalog.find_level("1")
    for exercise in level.exercises:
        reference_tree(level, exercise).without("tool/.git").write(workspace)
    assert check.run(workspace, as_json=True)
    assert {(line["id"], line["outcome"]) for line in said(capsys)} == {
        ("01-small/01-add/doubles-two", "passed"),
        ("tool/tests", "passed"),
    }


def test_a_person_reads_what_fails_and_what_to_do(workspace, capsys):
    (workspace / "tool").rename(workspace / "elsewhere")
    (workspace / "notebooks" / "01-add.ipynb").write_text("no notebook")
    assert not check.run(workspace, as_json=False)
    text = capsys.readouterr().out
    assert "no    01-small/01-add/doubles-two: Two is doubled" in text
    assert "        Look: " in text
    assert "Traceback" not in text
    assert "it is not there" in text
    assert text.splitlines()[-1] == "Take the first that is not `ok`: its last line says where to look."


def test_one_exercise_is_checked_and_no_other(workspace, capsys):
    level = catalog.find_level("1")
    reference_tree(level, level.exercise("01-add")).write(workspace)
    assert check.run(workspace, as_json=True, exercises=["01-add"])
    assert [line["id"] for line in said(capsys)] == ["01-small/01-add/doubles-two"]
    with pytest.raises(InputError, match="01-small has no exercise 'add'; it has 01-add, tool"):
        check.run(workspace, as_json=True, exercises=["add"])


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_what_is_no_workspace(small, tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        check.run(tmp_path / name, as_json=True)


@pytest.mark.parametrize(
    ("path", "work"),
    [
        ("/w/notebooks/a.ipynb", True),
        ("/w/tool/add.py", True),
        ("/w/tool/.git/index", False),
        ("/w/notebooks/.ipynb_checkpoints/a.ipynb", False),
        ("/w/tool/__pycache__/add.pyc", False),
        ("/w/.ladder-hints.json", False),
        ("/w/tool\\.pytest_cache\\x", False),
        ("/w/about/outline.py", True),
        ("/w/out/01-small.html", False),
    ],
)
def test_watching_looks_at_work_only(path, work):
    assert check._is_work(path, Path("/w")) is work
    assert check._is_work(f"/out/__pycache__{path}", Path("/out/__pycache__/w")) is work


def test_what_a_test_leaves_running_is_not_waited_for(workspace, monkeypatch):
    monkeypatch.setattr(check, "_TESTS_SECONDS", 30)
    exercise = catalog.find_level("1").exercise("tool")
    for file in (workspace / "tool").rglob("test_*.py"):
        file.unlink()
    (workspace / "tool" / "test_it.py").write_text(
        "import subprocess\ndef test_starts():\n"
        "    open('pid', 'w').write(str(subprocess.Popen(['sleep', '90']).pid))\n"
    )
    try:
        assert check._repo(exercise, workspace).outcome is Outcome.PASSED
    finally:
        os.kill(int((workspace / "tool" / "pid").read_text()), signal.SIGKILL)


def test_watching_goes_on_after_a_change_that_is_seen_half_done(workspace, capsys, monkeypatch):
    level = catalog.find_level("1")
    reference_tree(level, level.exercise("01-add")).write(workspace)
    label = workspace / ".ladder.toml"
    whole = label.read_bytes()

    def saved_in_two_steps(folder, watch_filter):
        label.write_bytes(whole[:-20])
        yield {(1, str(label))}
        assert "ladder: " in capsys.readouterr().err
        label.write_bytes(whole)
        yield {(1, str(label))}

    monkeypatch.setattr("watchfiles.watch", saved_in_two_steps)
    assert check.watch(workspace, as_json=True, exercises=["01-add"])
    assert [line["outcome"] for line in said(capsys)] == ["passed"]


def test_watching_says_in_the_end_that_what_it_saw_last_could_not_be_checked(workspace, capsys, monkeypatch):
    def spoiled(folder, watch_filter):
        (workspace / ".ladder.toml").write_text("format = ")
        yield {(1, "x")}
        raise KeyboardInterrupt

    monkeypatch.setattr("watchfiles.watch", spoiled)
    level = catalog.find_level("1")
    reference_tree(level, level.exercise("01-add")).write(workspace)
    assert not check.watch(workspace, as_json=True, exercises=["01-add"])
    assert capsys.readouterr().err.startswith(f"ladder: {workspace}: has a .ladder.toml that is not TOML")


def test_watching_does_not_begin_where_there_is_no_workspace(small, tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        check.watch(tmp_path / "nowhere", as_json=True)
