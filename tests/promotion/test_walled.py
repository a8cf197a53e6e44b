"""The whole way behind real walls: handed in, graded, reviewed, promoted, level by level."""

import contextlib
import json

import pytest
from click.testing import CliRunner

from grader import catalog, cli
from grader.cohort import run as running
from grader.seeds import Key
from grader.workspace.pack import archive_of

COHORT = 'format = 1\nname = "autumn"\nkey = "cohort.key"\nledger = "ledger.db"\nstore = "store"\nout = "feedback"\n'
MARKS = '[readme]\npoints = 3\nwhy = "All there."\n[names]\npoints = 0\nwhy = "x, y, z."\n'


@pytest.fixture
def two_levels(small, rule_with_reviews):
    """Two levels that the judges see, the upper one with reviews and the level below in its rule."""
    below, above = small.added("72-below"), small.added("73-above")
    with (above.folder / "level.toml").open("a") as file:
        file.write(rule_with_reviews)
    return below, catalog.find_level("73")


@pytest.mark.walls
def test_from_an_inbox_to_a_promotion(two_levels, solved, real_walls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "open_walls", lambda: contextlib.nullcontext(real_walls))
    Key.new().write(tmp_path / "cohort.key")
    (tmp_path / "cohort.toml").write_text(COHORT)
    (tmp_path / "marks.toml").write_text(MARKS)
    (tmp_path / "inbox" / "ada").mkdir(parents=True)
    for level in two_levels:
        (tmp_path / "inbox" / "ada" / f"{level.id}.tar.gz").write_bytes(archive_of(solved(level).placed("work")))

    def ladder(*words):
        return CliRunner().invoke(cli.main, list(words))

    done = ladder("cohort", "grade", "inbox")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "feedback" / "ada" / "73-above.html").read_text()
    assert "– Pending" in page
    assert "the rest is for a mentor to see" in page
    done = ladder("promote", "ada", "73", "--by", "Grace")
    assert done.exit_code == 1, done.output
    assert done.stdout.count("not met") == 2
    assert ladder("promote", "ada", "72", "--by", "Grace").exit_code == 0
    assert ladder("review", "ada", "73", "--by", "Grace", "--marks", "marks.toml").exit_code == 0
    done = ladder("promote", "ada", "73", "--by", "Grace", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["promoted"] is True
    assert said["notes"] == []
    assert (tmp_path / said["evidence"] / "excerpts" / "tool.md").is_file()
