"""Inboxes of small submissions, made without a workspace on disk: a starter or a reference and a label."""

import pytest

from grader import catalog
from grader.cohort.settings import Cohort
from grader.cohort.store import Store
from grader.content import variant
from grader.intake.label import FILE, Label
from grader.ledger import open_ledger
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.pack import archive_of


class Packer:
    """Packs submissions of the small level."""

    def __init__(self):
        self.level = catalog.find_level("1")
        starter = variant.starter_tree(self.level)
        self.trees = {"starter": starter}
        for exercise in self.level.exercises:
            self.trees[exercise.id] = variant.reference_tree(self.level, exercise)

    def archive(self, learner, answer="starter", note="", key=None):
        """The bytes of an archive; other notes make other bytes of the same worth."""
        key = key or Key.practice()
        label = Label(self.level.id, learner, key.id, key.seed_id(self.level.id, learner))
        own = {FILE: label.text().encode()}
        if note:
            own["notes.txt"] = note.encode()
        return archive_of(Tree(own).laid_over(self.trees[answer]).placed(learner))

    def put(self, inbox, learner, answer="starter", note="", name=None, key=None):
        """Lay one into an inbox; its path."""
        path = inbox / learner / (name or f"{self.level.id}.tar.gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.archive(learner, answer, note, key))
        return path


@pytest.fixture
def packer(small):
    return Packer()


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


@pytest.fixture
def cohort(tmp_path):
    """A cohort under the practice key that keeps everything in a folder."""
    (tmp_path / "kept").mkdir()
    return Cohort(
        "autumn", Key.practice(), str(tmp_path / "kept" / "ledger.db"), str(tmp_path / "kept" / "store"),
        tmp_path / "out",
    )  # fmt: skip


@pytest.fixture
def ledger(cohort):
    with open_ledger(cohort.ledger, cohort.name) as opened:
        yield opened


@pytest.fixture
def store(cohort):
    return Store(cohort.store)
