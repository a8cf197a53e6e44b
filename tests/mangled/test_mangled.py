"""A thousand right submissions after accidents: never an exception, never an `error`; and where the learner's answers
still stand, every point. `intact.py` says exactly what stands, `accidents.py` what may happen."""

from __future__ import annotations

import io
import json
import random
import tarfile
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from grader import catalog, notebooks
from grader.content.variant import reference_tree
from grader.grading import Grader
from grader.intake import read_submission
from grader.judges import notebook as judging
from grader.model import Check, Exercise, Limits, Outcome
from grader.tree import Tree
from grader.walls import open_walls, view
from grader.walls.opening import first_that_holds, judge_role

from ..conftest import WalledWorkers
from .accidents import Mangled, mangled, text_of
from .intact import Notebook, Part
from .notebook import source, submitted

CASES = 1000
WALLED = 40  # of them, through the whole grader as well
LEVEL_1 = range(2001, 2007)
LIMITS = Limits(seconds=60, check_seconds=5, cell_seconds=5)

pytestmark = pytest.mark.walls


class Trial:
    """One notebook, right as it was, and what each of its checks needs."""

    def __init__(self, source_notebook, right, level_id, exercise_id):
        self.source = source_notebook
        self.right = right
        release = notebooks.release(source_notebook, level_id, exercise_id)
        self.stubs = [cell.source for cell in notebooks.solution_cells(release)]
        parts = [
            Part(text_of(cell), bool(marks(cell).get("solution")) or not marks(cell))  # what is not ours is theirs
            for cell in right["cells"]
            if cell["cell_type"] == "code"
        ]
        self.notebook = Notebook(parts, frozenset(marks(cell)["grade_id"] for cell in right["cells"] if marks(cell)))
        tests = notebooks.test_cells(source_notebook)
        self.needs = {marks(cell)["grade_id"]: self.notebook.needs(cell.source) for cell in tests}

    def mangled(self, seed: int) -> Mangled:
        return mangled(self.right, self.stubs, seed)

    def must_pass(self, case: Mangled) -> set[str]:
        standing = self.notebook.standing(case.document)
        return {name for name, needed in self.needs.items() if needed <= standing}


def marks(cell):
    return cell["metadata"].get("nbgrader", {})


def judged_well(lines, case, must_pass):
    """Every check told once, none an error, and those that must pass passed."""
    assert not [line for line in lines if line.outcome is Outcome.ERROR], case.story
    lost = {line.id: line.message for line in lines if line.id.split("/")[-1] in must_pass and line.outcome != "passed"}
    assert not lost, f"{case.story}: {lost}"


@pytest.fixture(scope="module")
def trial():
    written = source()
    return Trial(written, submitted(notebooks.release(written, "l", "e")), "l", "e")


class ReadyWorkers(WalledWorkers):
    """As those, with the next one always on its way, and ended without being waited for."""

    def __init__(self, walls, limits):
        super().__init__(walls, limits)
        self._pool = ThreadPoolExecutor(2)
        self._next = self._pool.submit(super().new)

    def new(self):
        sock = self._next.result()
        self._next = self._pool.submit(super().new)
        return sock

    def drop(self, sock):
        self._pool.submit(super().drop, sock)

    def close(self):
        self._pool.shutdown()
        for sock in list(self._children):
            super().drop(sock)


@pytest.fixture(scope="module")
def lean_workers():
    """Workers behind real walls whose warm process has IPython and nothing else: quick to fork a thousand times."""
    with first_that_holds(view.worker_role(preload="grader.bridge.notebook_shell:prepare"), judge_role()) as walls:
        workers = ReadyWorkers(walls, LIMITS)
        yield workers
        workers.close()


@pytest.fixture(scope="module")
def exercise(trial):
    checks = tuple(
        Check(f"l/e/{marks(cell)['grade_id']}", "e", cell.metadata["ladder"]["title"], "k", marks(cell)["points"],
              "HIDDEN" in cell.source)
        for cell in notebooks.test_cells(trial.source)
    )  # fmt: skip
    return Exercise("e", "notebook", "E", 1, "gentle", "x", 0, LIMITS, checks)


def judge(exercise, trial, case, workers, tmp_path):
    (tmp_path / "e" / "0" / "data").mkdir(parents=True)
    (tmp_path / "e" / "0" / "data" / "given.txt").write_text("given")
    told = []
    tree = Tree({"notebooks/e.ipynb": case.data})
    judging.judge(exercise, trial.source, tree, tmp_path, workers, "seed", told.append)
    assert [line.id for line in told] == [check.id for check in exercise.checks], case.story
    return told


def test_the_right_submission_passes_before_anything_happens_to_it(trial, exercise, lean_workers, tmp_path):
    case = Mangled(nbformat.writes(nbformat.from_dict(trial.right)).encode(), trial.right, ())
    assert trial.must_pass(case) == {check.name for check in exercise.checks}
    assert {line.outcome for line in judge(exercise, trial, case, lean_workers, tmp_path)} == {Outcome.PASSED}


def test_the_cases_are_worth_running(trial, exercise):
    """Accidents leave many notebooks whole, many in part, and some in ruins: each kind must be there."""
    kept = [len(trial.must_pass(trial.mangled(seed))) / len(exercise.checks) for seed in range(1, 201)]
    assert sum(share == 1 for share in kept) > 60
    assert sum(0 < share < 1 for share in kept) > 30
    assert sum(share == 0 for share in kept) > 1


@pytest.mark.parametrize("seed", range(CASES))
def test_mangled(trial, exercise, lean_workers, tmp_path, seed):
    case = trial.mangled(seed)
    judged_well(judge(exercise, trial, case, lean_workers, tmp_path), case, trial.must_pass(case))


@pytest.fixture
def mangled_level(small):
    if "40-mangled" not in catalog.level_ids():
        level = small.added("40-mangled")
        (level.folder / "notebooks" / "01-add.ipynb").write_text(nbformat.writes(source()))
    return catalog.find_level("40-mangled")


def handed_in(folder, path, data):
    """The notebook on the way it really takes: packed into an archive, and read from it."""
    with tarfile.open(folder / "submission.tar.gz", "w:gz", compresslevel=1) as archive:
        entry = tarfile.TarInfo(f"work/{path}")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return read_submission(folder / "submission.tar.gz").tree


@pytest.mark.parametrize("seed", sorted({0, *random.Random(0).sample(range(1, CASES), WALLED - 1)}))
def test_mangled_behind_the_walls(trial, mangled_level, real_walls, practice, tmp_path, seed):
    case = trial.mangled(seed)
    tree = handed_in(tmp_path, "notebooks/01-add.ipynb", case.data)
    card = Grader(real_walls, practice).grade(mangled_level, tree, "ada", exercises=["01-add"])
    assert [line.id for line in card.checks] == [check.id for check in mangled_level.exercise("01-add").checks]
    judged_well(card.checks, case, trial.must_pass(case))


@pytest.fixture(scope="module")
def level_1_walls():
    with open_walls() as walls:
        yield walls


@pytest.fixture(scope="module")
def first_model():
    level = catalog.find_level("01-intern")
    exercise = level.exercise("02-first-model")
    right = json.loads(reference_tree(level, exercise).files[f"notebooks/{exercise.id}.ipynb"])
    return Trial(catalog.source_notebook(level, exercise.id), right, level.id, exercise.id)


@pytest.mark.parametrize("seed", LEVEL_1)
def test_the_first_model_mangled(first_model, level_1_walls, practice, tmp_path, seed):
    case = first_model.mangled(seed)
    level = catalog.find_level("01-intern")
    exercise = level.exercise("02-first-model")
    tree = handed_in(tmp_path, f"notebooks/{exercise.id}.ipynb", case.data)
    card = Grader(level_1_walls, practice).grade(level, tree, "mangled", exercises=[exercise.id])
    assert [line.id for line in card.checks] == [check.id for check in exercise.checks]
    judged_well(card.checks, case, first_model.must_pass(case))
