"""`ladder cohort grade` where it has nothing to grade: one clear line and the exit code that says whose doing it is."""

import pytest
from click.testing import CliRunner

from grader import cli


@pytest.fixture
def ladder(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        return CliRunner().invoke(cli.main, ["cohort", "grade", *map(str, words)])

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "nowhere: there is no such folder"),
        (("inbox", "--resume"), "--resume needs what the other run left"),
        (("inbox", "--dask", "tcp://127.0.0.1:1", "--jobs", "2"), "--jobs is for this machine"),
        (("inbox", "--again"), "--again goes with --nbgrader"),
        (("hw1", "--nbgrader", ".", "--dask", "tcp://127.0.0.1:1"), "--nbgrader goes with --jobs and --again only"),
        (("inbox", "--cohort", "none.toml"), "none.toml: there is no such file"),
        (("inbox", "--out", "file"), "file: cannot be a folder"),
        (("rows.csv",), "rows.csv: the first line must be learner,level,remote"),
        (("inbox",), "inbox: holds no submission"),
    ],
)
def test_what_cannot_be_graded_is_2_and_one_line(ladder, tmp_path, words, said):
    (tmp_path / "inbox" / "ann").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    (tmp_path / "rows.csv").write_text("a,b\n")
    done = ladder(*words)
    assert done.exit_code == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith(("ladder:", "Error:"))]
    assert len(lines) == 1, done.stderr
    assert said in lines[0]
    assert "Traceback" not in done.output


def test_a_cohort_toml_beside_the_inbox_is_the_one(ladder, tmp_path):
    (tmp_path / "cohort.toml").write_text("format = 1\n")
    (tmp_path / "inbox").mkdir()
    done = ladder("inbox")
    assert done.exit_code == 2
    assert "cohort.toml: name is missing" in done.stderr


def test_all_refused_is_2_and_opens_no_walls(ladder, tmp_path):
    (tmp_path / "inbox" / "ann").mkdir(parents=True)
    (tmp_path / "inbox" / "ann" / "1.tar.gz").write_bytes(b"x")
    done = ladder("inbox", "--out", "out")
    assert done.exit_code == 2
    assert "ann/1.tar.gz: is not an archive" in done.stderr
    assert (tmp_path / "out" / "ledger.db").is_file()
