from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from grader import catalog
from grader.cli import main
from grader.cohort.issuing import issue
from grader.cohort.roster import read_roster
from grader.errors import InputError
from grader.intake.label import FILE, Label
from grader.seeds import Key


def test_a_roster_is_one_name_a_line(tmp_path: Path) -> None:
    (tmp_path / "roster").write_text("# autumn\nann\n\n  ben  # came late\njosé\n", encoding="utf-8")
    assert read_roster(tmp_path / "roster") == ["ann", "ben", "josé"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ann\nann\n", "line 2: 'ann' is there twice"),
        ("../ann\n", "cannot name a folder"),
        ("# none\n", "names nobody"),
    ],
)
def test_a_roster_that_cannot_be_used_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "roster").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_roster(tmp_path / "roster")


def test_workspaces_are_made_under_the_cohorts_key(tmp_path: Path) -> None:
    key, level = Key.new(), catalog.find_level("1")
    assert list(issue(level, ["ann"], tmp_path, key)) == ["ann"]
    label = Label.parse((tmp_path / "ann" / FILE).read_bytes())
    assert (label.learner, label.key, label.seed_id) == ("ann", key.id, key.seed_id(level.id, "ann"))
    assert key.secret.hex() not in (tmp_path / "ann" / FILE).read_text()


def test_an_issue_that_was_cut_off_is_made_whole_by_the_same_command(tmp_path: Path, small: object) -> None:
    key, level = Key.new(), catalog.find_level("1")
    list(issue(level, ["ann"], tmp_path, key))
    (tmp_path / "ann" / "README.md").write_text("mine by now")
    assert list(issue(level, ["ann", "ben"], tmp_path, key)) == ["ann", "ben"]
    assert (tmp_path / "ann" / "README.md").read_text() == "mine by now"
    assert (tmp_path / "ben" / FILE).is_file()
    with pytest.raises(InputError, match="[Nn]ot empty"):
        list(issue(level, ["ann"], tmp_path, Key.new()))


def test_a_cohort_toml_names_roster_and_key(tmp_path: Path, small: object) -> None:
    Key.new().write(tmp_path / "cohort.key")
    (tmp_path / "roster.txt").write_text("ann\n")
    toml = tmp_path / "cohort.toml"
    toml.write_text('format = 1\nname = "autumn"\nkey = "cohort.key"\nroster = "roster.txt"\n')
    done = CliRunner().invoke(main, ["cohort", "issue", str(toml), str(tmp_path / "issued")])
    assert (done.exit_code, done.stdout) == (0, "ann\n")
    label = Label.parse((tmp_path / "issued" / "ann" / FILE).read_bytes())
    assert label.key == Key.read(tmp_path / "cohort.key").id
    refused = CliRunner().invoke(main, ["cohort", "issue", "roster.txt", str(tmp_path / "issued")])
    assert refused.exit_code == 2
    assert "--key" in refused.stderr


def test_a_place_that_cannot_be_a_folder_is_one_clear_line(tmp_path: Path, small: object) -> None:
    (tmp_path / "roster.txt").write_text("ann\n")
    taken = tmp_path / "taken"
    taken.write_text("mine")
    words = ["cohort", "issue", str(tmp_path / "roster.txt"), str(taken), "--key", str(tmp_path / "cohort.key")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == f"ladder: {taken}: cannot be a folder to write into: File exists"
    assert taken.read_text() == "mine"
