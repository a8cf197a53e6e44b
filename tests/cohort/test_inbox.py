from __future__ import annotations

from pathlib import Path

import pytest

from grader.cohort.inbox import found_in
from grader.errors import InputError


def test_the_folders_name_says_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "ben").mkdir()
    (tmp_path / "ben" / "01-intern.tar.gz").write_bytes(b"")
    (tmp_path / "ann" / "01-intern").mkdir(parents=True)
    (tmp_path / "ann" / "notes.txt").write_text("not a submission")
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    found = [(item.learner, Path(item.source).name) for item in found_in(tmp_path)]
    assert found == [("ann", "01-intern"), ("ben", "01-intern.tar.gz")]


def test_links_in_an_inbox_are_not_followed(tmp_path: Path) -> None:
    """A learner who can write the inbox must not be able to have a neighbour's work graded as theirs."""
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "01-intern.tar.gz").write_bytes(b"")
    (tmp_path / "eve").symlink_to(tmp_path / "ann")
    (tmp_path / "mal").mkdir()
    (tmp_path / "mal" / "01-intern.tar.gz").symlink_to(tmp_path / "ann" / "01-intern.tar.gz")
    assert [item.learner for item in found_in(tmp_path)] == ["ann"]


@pytest.mark.parametrize("make", [lambda inbox: None, lambda inbox: inbox.mkdir()])
def test_an_inbox_with_nothing_in_it_is_one_clear_line(tmp_path: Path, make: object) -> None:
    inbox = tmp_path / "inbox"
    make(inbox)  # type: ignore[operator]
    with pytest.raises(InputError, match=f"^{inbox}: "):
        list(found_in(inbox))
