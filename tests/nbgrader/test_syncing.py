"""Pages of our own levels for formgrader: one learner's trouble is one line, and the others get theirs."""

import dataclasses
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from grader import catalog
from grader.cohort import settings
from grader.cohort.arrivals import collect
from grader.cohort.inbox import found_in
from grader.cohort.store import Store
from grader.errors import GraderFault
from grader.ledger import open_ledger
from grader.nbgrader_course import syncing
from grader.seeds import Key

from ..promotion.conftest import SMALL, make_card
from .cells import answered


class Class:
    """Learners who have handed in the small level's notebook, graded, and a course folder."""

    def __init__(self, folder):
        self.folder = folder
        self.level = catalog.find_level("1")
        self.course = folder / "course"
        self.course.mkdir()
        (self.course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "autumn"\n')
        self.cohort = dataclasses.replace(settings.for_inbox(Key.practice(), folder / "out"), name="autumn",
                                          store=str(folder / "store"), ledger=str(folder / "ledger.db"))  # fmt: skip

    def hand_in(self, **answers):
        """Each learner's answer in every solution cell."""
        for learner, answer in answers.items():
            source = catalog.source_notebook(self.level, "01-add")
            made = answered(source, dict.fromkeys(self.answer_cells(source), answer))
            data = json.dumps(made).encode()
            file = self.folder / "inbox" / learner / "01-small.tar.gz"
            file.parent.mkdir(parents=True)
            with tarfile.open(file, "w:gz") as archive:
                member = tarfile.TarInfo("work/notebooks/01-add.ipynb")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        with open_ledger(Path(self.cohort.ledger), "autumn") as ledger:
            taken = collect(found_in(self.folder / "inbox"), self.cohort, Store(self.cohort.store), ledger)
            assert not taken.rejected
            for one in taken.arrivals:
                ledger.add_scorecard(
                    make_card(self.level, one.learner, one.tree_digest), key=one.key, arrival=one.entry
                )
        return {one.learner: Path(self.cohort.store) / "submissions" / one.digest for one in taken.arrivals}

    def sync(self):
        said = []
        try:
            for line in syncing.run(self.cohort, str(self.folder / "gradebook.db"), "mentor", self.course, create=True):
                said.append(line)
        except GraderFault as fault:
            said.append(str(fault))
        return said

    def page(self, learner):
        return (self.course / "autograded" / learner / "01-small" / "01-add.ipynb").read_text(encoding="utf-8")

    @staticmethod
    def answer_cells(source):
        marks = [cell["metadata"].get("nbgrader", {}) for cell in source["cells"]]
        return [one["grade_id"] for one in marks if one.get("solution")]


@pytest.fixture
def taught(tmp_path, monkeypatch):
    shutil.copytree(SMALL, tmp_path / "levels" / "01-small")
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(tmp_path / "levels"))
    return Class(tmp_path)


def test_what_the_store_lost_and_half_a_character_are_one_line_at_most(taught):
    files = taught.hand_in(ada="# by ada", bob="# by bob", cleo="# half \ud800 of cleo", dan="# by dan")
    files["ada"].unlink()
    files["bob"].write_bytes(b"torn")
    for _ in range(2):  # the second time finds the first's pages
        said = taught.sync()
        assert [line.split()[0] for line in said] == ["ada", "bob", "cleo", "dan", "ada", "bob"], said
        assert all("the pages are without the answers: store" in line for line in said[4:])
        assert "is not there" in said[4]
        assert "is damaged" in said[5]
    assert "# by" not in taught.page("ada") + taught.page("bob")
    assert "# half ? of cleo" in taught.page("cleo")
    assert "# by dan" in taught.page("dan")


def test_a_page_that_cannot_be_written_is_one_line(taught):
    taught.hand_in(ada="# by ada", bob="# by bob")
    (taught.course / "autograded").mkdir()
    (taught.course / "autograded" / "ada").write_text("no folder")
    said = taught.sync()
    assert [line.split()[0] for line in said[:3]] == ["ada", "bob", "ada"]
    assert said[2].endswith(": cannot be written: Not a directory")
    assert said[3:] == ["1 of 2 learners' pages could not be written"]
    assert "# by bob" in taught.page("bob")
