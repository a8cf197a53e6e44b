"""Where the attacks of tests/hostile meet a grader: nbgrader and Otter-Grader on machines made for it, Ladder as in its
own tests. See `integrity.py` for what counts as fooled and harmed."""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import rivals
import sandbox

from grader import catalog, generated
from grader.model import Outcome
from grader.seeds import Key
from grader.tree import Tree

HERE = Path(__file__).resolve().parent
HOSTILE = HERE.parent / "tests" / "hostile"
NAME = "01-sums"
FULL = 8.0
BOUND = 240.0  # seconds after which `nbgrader autograde` of two notebooks counts as hung: an honest run takes 15
OTTER_BOUND = 120.0  # and `otter run` of one: an honest run takes 8
HUNG = "the run hung"
BUSY_TRIES, BUSY_WAIT = 4, 60.0  # when other work slows everything down; seconds
ATTACKER, NEIGHBOUR = "attacker", "neighbour"


@dataclass(frozen=True)
class Row:
    """What one grader made of one attack. ``harm`` says what was harmed, a phrase each."""

    attack: str
    family: str
    grader: str
    points: float | None
    earns: float
    neighbour: float | None
    harm: tuple[str, ...]
    seconds: float
    said: str = ""  # the grader's last line, where something was harmed

    @property
    def fooled(self) -> bool:
        return (self.points or 0.0) > self.earns


def load(name: str) -> ModuleType:
    """A module of the hostile tests, which are no package."""
    if str(HOSTILE) not in sys.path:
        sys.path.append(str(HOSTILE))
    spec = importlib.util.spec_from_file_location(f"hostile_{name}", HOSTILE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Range:
    """One other grader with its course, attacked on a machine of its own each time."""

    def __init__(self, grader: str, folder: Path, corpus: ModuleType) -> None:
        self.name = grader.split("==")[0]
        self._grader, self._corpus, self._folder = grader, corpus, folder
        self._bound = BOUND if grader == rivals.NBGRADER else 2 * OTTER_BOUND
        level = catalog.find_level("1")
        source = level.folder / "notebooks" / f"{NAME}.ipynb"
        self._cases = generated.prepare(level, Key.practice(), ATTACKER).folder
        self._helper = _helper(folder / "helper")
        data = folder / "files" / "data" / NAME
        shutil.copytree(self._cases / NAME / "0" / "data", data)
        if grader == rivals.NBGRADER:
            self._course = rivals.nbgrader_course(folder / "course", NAME, source)
        else:
            replaced = {'"../data/': '"data/'}  # Otter lays a course's files beside the notebook
            self._course = rivals.otter_course(folder / "course", NAME, source, replaced, data.parent)
        shutil.copytree(level.folder, folder / "course" / "level")
        shutil.copytree(self._cases, folder / "course" / "truth")
        solved = rivals.answered(self._course.release, rivals.solutions(rivals.read(source)))
        self._starter, self._reference = _tree(self._course.release), _tree(solved)
        words = {
            "CANARY": "/outside/canary.txt",
            "OUTSIDE": "/outside",
            "LEVEL": "/course/level",
            "CASES": "/course/truth",
            "TRUTH": f"/course/truth/{NAME}/0/truth/truth.json",
            "NEIGHBOUR": f"/course/submitted/{NEIGHBOUR}",
            "GRADER": str(next(rivals.python(grader).parent.parent.glob("lib/python*/site-packages"))),
            "SECRET": "the canary's secret is 7741",
            "PID": "@@PID@@",  # known only inside, see machine.py
            "PORT": "47001",
            "UDP": "47002",
            "SOCKET": "/outside/socket",
            "ABSTRACT": "outside-the-walls",
        }
        self._workshop = corpus.Workshop(level, self._starter, self._reference, words, folder / "inbox")

    def control(self) -> None:
        """The starter must earn nothing and the reference all, or nothing else here means anything."""
        for what, tree, points in (("starter", self._starter, 0.0), ("reference", self._reference, FULL)):
            row = self._grade(tree, "control", "control", 0.0, _mark())
            if (row.points, row.neighbour, row.harm) != (points, FULL, ()):
                raise SystemExit(f"{self.name}: the {what} is not graded as it must be: {row}")

    def attack(self, attack: Any) -> Row | None:
        """None if the machine was too busy all the while to tell a hang from a wait."""
        mark = _mark()
        base = self._reference if attack.rest == "reference" else self._starter
        words = {**self._workshop.words, "MARK": mark}
        # as it is built, and not by way of our intake, which would refuse some
        tree = self._corpus._made(attack, dataclasses.replace(self._workshop, words=words, base=base))
        row = self._grade(tree, attack.name, attack.family, attack.earns, mark)
        for _ in range(BUSY_TRIES):
            if row.neighbour == FULL and HUNG not in row.harm:
                return row
            row = self._grade(tree, attack.name, attack.family, attack.earns, mark)
            honest = self._grade(self._reference, "control", "control", 0.0, _mark())
            if honest.neighbour == FULL and honest.seconds < self._bound / 3:
                return row  # the machine is not too busy to say so
            time.sleep(BUSY_WAIT)
        return None

    def _grade(self, tree: Tree, name: str, family: str, earns: float, mark: str) -> Row:
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            inbox = Path(made)
            inbox.chmod(0o755)
            order = (self._nbgrader if self._grader == rivals.NBGRADER else self._otter)(inbox, tree, mark)
            mounts = {self._folder / "course": "/prepared", inbox: "/inbox", self._helper: "/helper"}
            allowed = sum(step["seconds"] for step in order.commands) + 90
            report = sandbox.run(order, rivals.python(self._grader), mounts, allowed)
        if report.stopped:
            return Row(name, family, self.name, None, earns, None, (report.stopped,), allowed)
        points, neighbour = self._scores(report)
        harm = [f"{found} was changed" if found.startswith("/") else found for found in report.harmed]
        harm += [f"left behind: {found}" for found in report.left]
        harm += [HUNG for step in report.commands if step["code"] is None]
        if neighbour != FULL:
            harm.append(f"the neighbour got {neighbour}")
        said = next((step["said"].strip().splitlines()[-1] for step in report.commands if step["said"].strip()), "")
        return Row(name, family, self.name, points, earns, neighbour, tuple(harm),
                   round(sum(step["seconds"] for step in report.commands), 1), said[-300:] if harm else "")  # fmt: skip

    def _environment(self) -> dict[str, str]:
        return rivals.environment(self._grader, HOME=sandbox.HOME, PYTHONPATH="/helper", TERM="dumb")

    def _order(self, copies: Sequence[tuple[str, str]], **more: Any) -> sandbox.Order:
        watched = ["/outside", "/course/level", "/course/truth", f"/course/submitted/{NEIGHBOUR}"]
        return sandbox.Order(
            copies=[("/prepared", "/course"), *copies],
            environment=self._environment(),
            watched=[*watched, "/course/source"] if self._grader == rivals.NBGRADER else watched,
            places=[sandbox.HOME, "/course"],
            **more,
        )

    def _nbgrader(self, inbox: Path, tree: Tree, mark: str) -> sandbox.Order:
        copies = []
        for learner, work in ((ATTACKER, tree), (NEIGHBOUR, self._reference)):
            work.under("notebooks").write(inbox / learner / NAME)
            shutil.copytree(self._cases / NAME / "0" / "data", inbox / f"{learner}-data" / NAME)
            copies += [(f"/inbox/{learner}", f"/course/submitted/{learner}")]
            copies += [(f"/inbox/{learner}-data", f"/course/autograded/{learner}/data")]
        python = str(rivals.python(self._grader))
        return self._order(
            copies,
            commands=[{
                "argv": [python, "-m", "nbgrader", "autograde", NAME], "cwd": "/course", "seconds": BOUND,
                "told": [f"/course/submitted/{ATTACKER}"],
            }],
            collect={"scores": {"argv": [python, "-c", rivals.SCORES.replace("NAME", NAME)], "cwd": "/course"}},
            mark=mark,
        )  # fmt: skip

    def _otter(self, inbox: Path, tree: Tree, mark: str) -> sandbox.Order:
        commands = []
        for learner, work in ((ATTACKER, tree), (NEIGHBOUR, self._reference)):
            files = work.under("notebooks")
            (inbox / learner).mkdir()
            (inbox / f"{learner}-out").mkdir()
            name = f"{NAME}.ipynb"
            if len(files.files) > 1:
                name = f"{NAME}.zip"
                (inbox / learner / name).write_bytes(_zipped(files))
            else:
                files.write(inbox / learner)
            handed_in = f"/course/submitted/{learner}"
            commands.append({
                "argv": [str(rivals.python(self._grader)), "-m", "otter", "run", "--no-logo", "-a", "autograder.zip",
                         "-o", f"/course/results/{learner}", f"{handed_in}/{name}"],
                "cwd": "/course", "seconds": OTTER_BOUND, "told": [handed_in] if learner == ATTACKER else [],
            })  # fmt: skip
        copies = [(f"/inbox/{learner}", f"/course/submitted/{learner}") for learner in (ATTACKER, NEIGHBOUR)]
        copies += [(f"/inbox/{learner}-out", f"/course/results/{learner}") for learner in (ATTACKER, NEIGHBOUR)]
        read = [f"/course/results/{learner}/results.json" for learner in (ATTACKER, NEIGHBOUR)]
        return self._order(copies, commands=commands, read=read, mark=mark)

    def _scores(self, report: sandbox.Report) -> tuple[float | None, float | None]:
        if self._grader == rivals.NBGRADER:
            found = json.loads(report.collected["scores"] or "{}")
            both = [found.get(learner) for learner in (ATTACKER, NEIGHBOUR)]
        else:
            files = [report.collected[f"/course/results/{learner}/results.json"] for learner in (ATTACKER, NEIGHBOUR)]
            both = [rivals.otter_scores(text) if text else None for text in files]
        points = [None if scores is None else float(sum(score or 0 for score in scores.values())) for scores in both]
        return points[0], points[1]


class OurRange:
    """Ladder, attacked as its own tests do it, with an honest neighbour graded after each attack."""

    name = "ladder"

    def __init__(self, walls: Any, folder: Path) -> None:
        self._conftest = conftest = load("conftest")
        self._world = conftest.World(folder)
        folder.chmod(0o755)
        self._world.furnish()
        tempfile.tempdir = str(folder / "tmp")
        self._range = conftest.Range(walls, catalog.find_level("1"), self._world)

    def control(self) -> None:
        card = self._range.grade_honest()
        if card.points != card.max_points:
            raise SystemExit(f"ladder: the reference got {card.points} of {card.max_points}")

    def attack(self, attack: Any) -> Row:
        self._range.start([attack])
        came = self._range.came(attack)
        honest = self._range.grade_honest()
        neighbour = sum(line.points or 0.0 for line in honest.checks if line.exercise == NAME)
        harm = [f"{found} was changed" for found in came.harmed] + [f"left behind: {found}" for found in came.left]
        harm += [f"left behind: {found}" for found in self._conftest._until_gone(self._conftest.inside_walls)]
        lines = [line for line in came.card.checks if line.exercise == NAME]
        harm += [f"an error of ours in {line.id}" for line in lines if line.outcome is Outcome.ERROR]
        if neighbour != FULL:
            harm.append(f"the neighbour got {neighbour}")
        return Row(attack.name, attack.family, self.name, came.card.points, attack.earns, neighbour, tuple(harm),
                   round(came.seconds, 1))  # fmt: skip

    def close(self) -> None:
        self._range.close()
        tempfile.tempdir = None
        self._world.close()


def _helper(folder: Path) -> Path:
    """What the test cells import, with the data prepared: the same functions, and no variable that tells of us."""
    package = folder / "grader"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    shutil.copy(Path(catalog.__file__).parent.parent / "exercise.py", package)
    (package / "generated.py").write_text(
        "from pathlib import Path\n\n\ndef practice_case(exercise, n):\n"
        '    return Path("/course/truth", exercise, str(n))\n'
    )
    return folder


def _tree(document: rivals.Notebook) -> Tree:
    return Tree({f"notebooks/{NAME}.ipynb": json.dumps(document).encode()})


def _mark() -> str:
    return f"ladder-mark-{os.urandom(6).hex()}"


def _zipped(tree: Tree) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, data in tree.files.items():
            archive.writestr(path, data)
    return held.getvalue()
