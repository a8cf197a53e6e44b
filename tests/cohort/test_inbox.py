from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from grader.cohort.inbox import Found, Taken, found_in
from grader.errors import GraderFault, InputError, LadderError

AsNobody = Callable[[], AbstractContextManager[None]]


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


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_learner_who_shut_their_own_folder_stops_nobody_else(
    mode: int, open_to_all: Path, as_nobody: AsNobody
) -> None:
    for learner in ("ann", "ben", "cem"):
        (open_to_all / learner).mkdir()
        (open_to_all / learner / "01-intern.tar.gz").write_bytes(b"x")
    (open_to_all / "ben").chmod(mode)
    with as_nobody():
        found = list(found_in(open_to_all))
        assert [item.learner for item in found] == ["ann", "ben", "cem"]
        assert [item.read().data for item in (found[0], found[2])] == [b"x", b"x"]
        with pytest.raises(InputError, match=f"^{open_to_all / 'ben'}: cannot be read: Permission denied$"):
            found[1].read()


@pytest.mark.parametrize(("mode", "place"), [(0o000, ""), (0o444, ""), (0o000, "inbound")])
def test_an_inbox_that_is_shut_is_one_clear_line(mode: int, place: str, open_to_all: Path, as_nobody: AsNobody) -> None:
    inbox = open_to_all / "inbox" / place
    (inbox / "ann+1+2026-11-19 08:00:00 UTC").mkdir(parents=True)
    inbox.chmod(mode)
    with as_nobody(), pytest.raises(InputError, match=f"^{inbox}: cannot be read: Permission denied$"):
        list(found_in(inbox))


def test_what_cannot_be_looked_at_in_an_exchange_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for learner in ("ann", "ben"):
        (tmp_path / "inbound" / f"{learner}+1+2026-11-19 08:00:00 UTC").mkdir(parents=True)
    real = Path.is_symlink

    def stale(path: Path) -> bool:
        if path.name.startswith("ann+"):
            raise OSError(errno.ESTALE, "Stale file handle")
        return real(path)

    monkeypatch.setattr(Path, "is_symlink", stale)
    ann, ben = found_in(tmp_path / "inbound")
    assert (ann.learner, ben.learner) == ("ann", "ben")
    with pytest.raises(InputError, match="2026-11-19 08:00:00 UTC: cannot be read: Stale file handle"):
        ann.read()


def test_what_nobody_foresaw_is_one_line_about_the_one_submission() -> None:
    def stumbling() -> Taken:
        raise UnicodeError("odd\nname")

    with pytest.raises(InputError, match=r"^inbox/ann/1: cannot be read: UnicodeError: 'odd\?name'$"):
        Found("ann", "1", "ann/1", "inbox/ann/1", stumbling).read()


@pytest.mark.parametrize("fault", [InputError("said already"), GraderFault("ours")])
def test_what_was_said_in_one_line_already_stays_as_it_is(fault: LadderError) -> None:
    def stumbling() -> Taken:
        raise fault

    with pytest.raises(type(fault)) as caught:
        Found("ann", "1", "ann/1", "inbox/ann/1", stumbling).read()
    assert caught.value is fault
