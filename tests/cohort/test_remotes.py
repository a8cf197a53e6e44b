import os
import subprocess

import pytest

from grader import intake
from grader.cohort import remotes
from grader.cohort.remotes import found_in
from grader.errors import InputError
from grader.history import History

PERSON = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder, *words):
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, env={**os.environ, **PERSON})


def said(folder, *words, stdin=""):
    environment = {**os.environ, **PERSON}
    return subprocess.check_output(["git", "-C", folder, *words], input=stdin, env=environment, text=True).strip()


@pytest.fixture
def remote(tmp_path):
    """Makes a remote with one commit of these files."""

    def make(name, files, branch="main"):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q", "-b", branch)
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "as handed in")
        return folder

    return make


@pytest.fixture
def rows(tmp_path, small):
    def write(*lines):
        file = tmp_path / "remotes.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return write


def take(file):
    (found,) = found_in(file)
    return intake.read_archive(found.take().data, found.name, found.level)


def test_a_workspace_in_a_remote(remote, rows):
    work = {"notebooks/01-add.ipynb": b"{}", "tool/tool/__init__.py": b"", "tool/run.sh": b"echo"}
    remote("ann", work)
    submission = take(rows("learner,level,remote", "ann,1,ann"))
    assert submission.level_id == "01-small"
    assert dict(submission.tree.files) == work


def test_the_levels_one_repo_comes_with_its_history(remote, rows):
    folder = remote("ann", {"tool/__main__.py": b"print(1)\n", "README.md": b"x"}, branch="work")
    git(folder, "commit", "--allow-empty", "-qm", "once more")
    git(folder, "checkout", "-q", "-b", "other")
    submission = take(rows("learner,level,remote,ref", "ann,01-small,ann,work"))
    repo = submission.tree.under("tool")
    assert repo.files["tool/__main__.py"] == b"print(1)\n"
    history = History(repo.under(".git"))
    assert history.problem is None
    assert history.head == "work"
    assert [commit.message.strip() for commit in history.commits()] == ["once more", "as handed in"]


def test_it_arrives_when_it_is_fetched_whatever_its_commits_say(remote, rows, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    remote("ann", {"notebooks/01-add.ipynb": b"{}"})
    monkeypatch.setattr(remotes.time, "time", lambda: 2e9)
    (found,) = found_in(rows("learner,level,remote", "ann,1,ann"))
    assert found.take().modified == 2e9


def test_links_and_submodules_are_passed_over(remote, rows, tmp_path):
    folder = remote("ann", {"notebooks/01-add.ipynb": b"{}"})
    (folder / "notebooks" / "secret").symlink_to("/etc/passwd")
    git(folder, "add", "-A")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git(folder, "commit", "-qm", "link")
    assert list(take(rows("learner,level,remote", "ann,1,ann")).tree.files) == ["notebooks/01-add.ipynb"]


@pytest.mark.parametrize(
    ("remote_cell", "said"),
    [
        ("nowhere", "cannot be fetched"),
        ("ext::sh -c touch% owned", "not allowed"),
        ("http://127.0.0.1:1/x", "not allowed"),
    ],
)
def test_what_is_no_submission_is_one_line(rows, tmp_path, remote_cell, said):
    (found,) = found_in(rows("learner,level,remote", f"ann,1,{remote_cell}"))
    with pytest.raises(InputError, match=said) as error:
        found.take()
    assert "\n" not in str(error.value)
    assert not (tmp_path / "owned").exists()


def test_a_remotes_hooks_and_configuration_do_nothing(remote, rows, tmp_path):
    folder = remote("ann", {"notebooks/01-add.ipynb": b"{}", ".gitattributes": b"* filter=x export-ignore\n"})
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
    hook.chmod(0o755)
    git(folder, "config", "uploadpack.packObjectsHook", f"touch {tmp_path}/owned;")
    git(folder, "config", "core.fsmonitor", f"touch {tmp_path}/owned")
    assert "notebooks/01-add.ipynb" in take(rows("learner,level,remote", "ann,1,ann")).tree.files
    assert not (tmp_path / "owned").exists()


def test_time_and_size_are_bounded(remote, rows, monkeypatch):
    remote("ann", {"notebooks/01-add.ipynb": os.urandom(2**21)})
    (found,) = found_in(rows("learner,level,remote", "ann,1,ann"))
    monkeypatch.setattr(remotes, "MAX_ARCHIVE_BYTES", 2**20)
    with pytest.raises(InputError, match="cannot be fetched"):
        found.take()
    monkeypatch.setattr(remotes, "SECONDS", 0.0)
    with pytest.raises(InputError, match="was not fetched within 0 seconds"):
        found.take()


def test_a_few_nested_trees_that_list_a_million_paths_are_one_line(remote, rows, monkeypatch):
    folder = remote("ann", {"a": b""})
    made = said(folder, "rev-parse", "HEAD:a")
    for kind in ["100644 blob"] + ["040000 tree"] * 5:
        made = said(folder, "mktree", stdin="".join(f"{kind} {made}\t{name}\n" for name in "abcdefghij"))
    commit = said(folder, "commit-tree", "-m", "many", made)
    git(folder, "update-ref", "HEAD", commit)
    (found,) = found_in(rows("learner,level,remote", "ann,1,ann"))
    with pytest.raises(InputError, match="ann: holds more than 20,000 files"):
        found.take()
    monkeypatch.setattr(remotes, "MAX_ARCHIVE_BYTES", 2**20)
    with pytest.raises(InputError, match="ann: holds more than 1 MB"):
        found.take()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("who,what",), "the first line must be learner,level,remote"),
        (("learner,level,remote",), "names no remote"),
        (("learner,level,remote", "ann,1"), "line 2: a learner, a level and a remote are needed"),
        (("learner,level,remote", "ann,7,x"), "line 2: there is no level '7'"),
        (("learner,level,remote", "ann,1,--upload-pack=x"), "line 2: .* is no remote"),
        (("learner,level,remote,ref", "ann,1,x,-x"), "line 2: .* is no remote"),
        (("learner,level,remote", 'ann,1,"x'), "cannot be read as CSV"),
    ],
)
def test_a_csv_that_cannot_be_used_is_one_clear_line(rows, lines, said):
    with pytest.raises(InputError, match=said):
        list(found_in(rows(*lines)))
