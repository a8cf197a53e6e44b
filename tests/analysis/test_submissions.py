"""What a cohort handed in, read as works: whatever one submission is, the others are compared."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader import catalog, intake
from grader.analysis.submissions import from_inbox, gather
from grader.cohort.inbox import found_in
from grader.cohort.store import Damaged
from grader.content.variant import starter_tree
from grader.intake.label import FILE, Label
from grader.tree import Tree
from grader.workspace.pack import archive_of

LEVEL = "01-small"


@pytest.fixture
def inbox(small: object, tmp_path: Path) -> Path:
    starter = starter_tree(catalog.find_level(LEVEL))
    for learner in ("ada", "ben", "cem"):
        label = Label(LEVEL, learner, "practice", "00ff").text().encode()
        (tmp_path / learner).mkdir()
        packed = archive_of(Tree({FILE: label}).laid_over(starter).placed(learner))
        (tmp_path / learner / f"{LEVEL}.tar.gz").write_bytes(packed)
    return tmp_path


def read(inbox: Path) -> tuple[list[str], tuple[str, ...]]:
    gathered = gather(from_inbox(found_in(inbox)), LEVEL)
    return [work.learner for work in gathered.works[LEVEL]], gathered.rejected


def test_a_hostile_submission_is_one_line(inbox: Path) -> None:
    entry = tarfile.TarInfo("ben/notes.txt")
    entry.pax_headers = {"size": "9" * 5000}
    hostile = inbox / "ben" / f"{LEVEL}.tar.gz"
    hostile.write_bytes(entry.tobuf(tarfile.PAX_FORMAT))
    assert read(inbox) == (["ada", "cem"], (f"{hostile}: is cut short or damaged",))


def test_an_archive_in_no_learners_folder_is_nobodys(inbox: Path) -> None:
    (inbox / "ben" / f"{LEVEL}.tar.gz").rename(inbox / "dora.tar.gz")
    assert read(inbox) == (
        ["ada", "cem"],
        (f"'dora.tar.gz' lies in no learner's folder; put it into {inbox}/<learner>/",),
    )


def test_one_that_the_store_lost_is_one_line(inbox: Path) -> None:
    def lost() -> tuple[bytes, float]:
        raise Damaged("the store does not hold ben's")

    handed = [replace(one, read=lost) if one.learner == "ben" else one for one in from_inbox(found_in(inbox))]
    gathered = gather(handed, LEVEL)
    assert [work.learner for work in gathered.works[LEVEL]] == ["ada", "cem"]
    assert gathered.rejected == ("the store does not hold ben's",)


def test_what_nobody_foresaw_is_one_line(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = intake.Label.parse

    def stumbling(data: bytes) -> Label:
        if b"ben" in data:
            raise RecursionError("too deep")
        return real(data)

    monkeypatch.setattr(intake.Label, "parse", stumbling)
    line = f"{inbox}/ben/{LEVEL}.tar.gz: cannot be read: RecursionError: 'too deep'"
    assert read(inbox) == (["ada", "cem"], (line,))
