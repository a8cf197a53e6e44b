"""The attacks of tests/hostile against nbgrader, Otter-Grader and Ladder: who is fooled, who is harmed, who holds.

    python benchmarks/integrity.py [ATTACK…] [--graders nbgrader otter-grader ladder] [--jobs N] [--missing]
        [--out FOLDER]

FOLDER gets integrity.md and integrity.json; what an earlier run has put there and this one does not do again stays.

An attack applies where it is a notebook that somebody hands in, so by its exercise and family alone: attacks on our
archives, on git histories and repositories and on our bridge have nothing to meet in the other graders. For each
attack there is a fresh machine (see ``sandbox.py``) on which the attacker's notebook is graded and then an honest
neighbour's. *Fooled*: more points than the attack's honest part is worth, which for an untouched starter is none.
*Harmed*: the run stopped or hung, the neighbour lost points, a canary or a course file changed, a port or socket
outside was reached, or a process or a file stayed behind. *Held*: neither. An attack may do both.

A run that stopped or hung or cost the neighbour points is done once more, and the second counts if two honest notebooks
are then graded well within the bound: a busy machine is no harm. nbgrader runs as `nbgrader autograde` with the timeout
it comes with, 30 seconds a cell; the attacker's name is first. Otter-Grader runs as `otter run`, which its manual
gives for grading without a container: there is no Docker here. What a container would change stands in the README.
"""

from __future__ import annotations

import argparse
import collections
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
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from grader.walls import open_walls

HERE = Path(__file__).resolve().parent
HOSTILE = HERE.parent / "tests" / "hostile"
NAME = "01-sums"
FULL = 8.0
BOUND = 240.0  # seconds after which `nbgrader autograde` of two notebooks counts as hung: an honest run takes 15
OTTER_BOUND = 120.0  # and `otter run` of one: an honest run takes 8
HUNG = "the run hung"
BUSY_TRIES, BUSY_WAIT = 4, 60.0  # when other work slows everything down; seconds
ATTACKER, NEIGHBOUR = "attacker", "neighbour"
NOT_APPLYING = {
    "archive": "is an archive: other graders take notebooks",
    "bridge": "speaks to Ladder's bridge: other graders have none",
}


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


def why_not(attack: Any) -> str:
    """Why an attack does not apply to graders of notebooks, or nothing."""
    if attack.exercise != NAME:
        return "is a repository: other graders take notebooks"
    return NOT_APPLYING.get(attack.family, "")


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


def table(rows: Iterable[Row], attacks: Sequence[Any], graders: Sequence[str]) -> str:
    """Families by graders, as Markdown: fooled / harmed / held."""
    found: dict[tuple[str, str], list[Row]] = collections.defaultdict(list)
    for row in rows:
        found[row.family, row.grader].append(row)
        found["all", row.grader].append(row)
    lines = ["| family | attacks | " + " | ".join(f"{name}: fooled / harmed / held" for name in graders) + " |",
             "|---|---|" + "---|" * len(graders)]  # fmt: skip
    for family in [*sorted({family for family, _ in found} - {"all"}), "all"]:
        cells = []
        for name in graders:
            some = found[family, name]
            counts = (sum(row.fooled for row in some), sum(bool(row.harm) for row in some),
                      sum(not row.fooled and not row.harm for row in some))  # fmt: skip
            cells.append(" / ".join(map(str, counts)))
        number = max(len(found[family, name]) for name in graders)
        lines.append(f"| {family} | {number} | " + " | ".join(cells) + " |")
    reasons = collections.Counter(why for attack in attacks if (why := why_not(attack)))
    listed = "; ".join(f"{number} because the attack {why}" for why, number in reasons.most_common())
    lines += ["", f"Of {len(attacks)} attacks {sum(reasons.values())} do not apply: {listed}."]
    return "\n".join(lines) + "\n"


def details(rows: Sequence[Row]) -> str:
    lines = ["| attack | grader | points, honestly worth | harm |", "|---|---|---|---|"]
    for row in rows:
        if row.fooled or row.harm:
            harm = "; ".join(dict.fromkeys(row.harm)).replace("|", "/")
            points = "–" if row.points is None else f"{row.points:g}"
            lines.append(f"| {row.attack} | {row.grader} | {points}, {row.earns:g} | {harm[:160]} |")
    return "\n".join(lines) + "\n"


def _each(
    name: str, attack: Callable[[Any], Row | None], wanted: Sequence[Any], jobs: int, out: Path | None
) -> list[Row]:
    rows: list[Row] = []
    with ThreadPoolExecutor(jobs) as pool:
        for one, row in zip(wanted, pool.map(attack, wanted), strict=True):
            if row is None:
                print(f"{name}: {one.name}: not measured, the machine is too busy", file=sys.stderr, flush=True)
                continue
            rows.append(row)
            if out is not None:
                _write([row], out)
            verdict = ("fooled " if row.fooled else "") + ("harmed" if row.harm else "" if row.fooled else "held")
            what = f"{row.points} {row.harm[:3]} {row.seconds} s"
            print(f"{name}: {row.attack}: {verdict} {what}", file=sys.stderr, flush=True)
    return rows


def _write(rows: Sequence[Row], out: Path) -> list[Row]:
    """Put rows beside what an earlier run has written, in place of the same attack on the same grader; all of them."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / "integrity.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    done = {(row.grader, row.attack): row for row in (Row(**one | {"harm": tuple(one["harm"])}) for one in known)}
    done |= {(row.grader, row.attack): row for row in rows}
    every = [done[place] for place in sorted(done)]
    file.write_text(json.dumps([dataclasses.asdict(row) for row in every], indent=1) + "\n", encoding="utf-8")
    return every


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*")
    graders = ["nbgrader", "otter-grader", "ladder"]
    parser.add_argument("--graders", nargs="+", choices=graders, default=graders)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="only what FOLDER has no result of")
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ladder-integrity-"))
    folder.chmod(0o755)
    shutil.copytree(HOSTILE / "level", folder / "ours" / "levels")
    os.environ[catalog.LEVELS_VARIABLE] = str(folder / "ours" / "levels")
    for exact in (rivals.NBGRADER, rivals.OTTER):  # now: their cache is not that of the attacked level
        if exact.split("==")[0] in wanted.graders:
            rivals.python(exact)
    os.environ[generated.CACHE_VARIABLE] = str(folder / "ours" / "cache")
    corpus = load("corpus")
    attacks = corpus.read_attacks()
    applying = [one for one in attacks if not why_not(one) and (not wanted.attacks or one.name in wanted.attacks)]
    there = {(row.grader, row.attack) for row in _write([], wanted.out)} if wanted.missing and wanted.out else set()

    def left(grader: str) -> list[Any]:
        return [one for one in applying if (grader, one.name) not in there]

    rows = []
    try:
        for exact in (rivals.NBGRADER, rivals.OTTER):
            if exact.split("==")[0] in wanted.graders:
                field = Range(exact, folder / exact.split("==")[0], corpus)
                field.control()
                rows += _each(field.name, field.attack, left(field.name), wanted.jobs, wanted.out)
        if "ladder" in wanted.graders:
            with open_walls() as walls:
                ours = OurRange(walls, folder / "ours")
                try:
                    ours.control()
                    rows += _each(ours.name, ours.attack, left(ours.name), 1, wanted.out)
                finally:
                    ours.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if wanted.out is not None:
        rows = _write(rows, wanted.out)
    report = table(rows, attacks, [name for name in graders if any(row.grader == name for row in rows)])
    print(report)
    if wanted.out is not None:
        (wanted.out / "integrity.md").write_text(report + "\n" + details(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
