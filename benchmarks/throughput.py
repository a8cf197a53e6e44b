"""How many submissions of one course notebook are graded in a minute: Ladder, `nbgrader autograde`, `otter run`.

    python benchmarks/throughput.py [--quick] [--long] [--notebook NAME] [--repeats N] [--processes 1 2] [--out FOLDER]

The notebooks are those of `notebooks.py`: stock nbgrader, pandas and scikit-learn. Twelve submissions, six right and
six with a mistake each, are graded by everybody in turn, several times over in one run, and the medians of the ratios
are printed. *Steady* is from the first result to the last, so no start-up counts; *in all* is from the
command to its end, with everything (for Ladder: `ladder cohort grade` into an empty store, data made, walls opened,
pages and ledger written). Beside them stands what the notebook's own cells cost in a warm process, which no grader can
save. Every score is compared cell by cell. `--quick`: once, and two processes only. `--long` adds
120 submissions on two processes with all start-up, most of it nbgrader's.

nbgrader on two processes is two commands at once, each with half of the learners and a course folder and database of
its own: one database cannot be written by two. `otter run` grades one notebook a process, so it has no steady state
other than its start-up; as many of them run at once as there are processes.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import overhead
import rivals
import sandbox
from notebooks import COURSE, RENTS, RIDES, CourseNotebook

from grader import catalog, generated
from grader.bridge import worker
from grader.cohort.local import Graded, Item, grade_all
from grader.content.variant import starter_tree
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import Walls, open_walls
from grader.workspace.pack import archive_of

Scores = Mapping[str, Mapping[str, float]]  # learner -> grade_id -> points


@dataclass(frozen=True)
class Timing:
    """One grader, once, over some submissions. ``steady`` is submissions a second, None where there is none.

    ``cpu`` is what all its processes together computed, in seconds.
    """

    notebook: str
    grader: str
    submissions: int
    processes: int
    seconds: float
    steady: float | None
    cpu: float
    scores: Scores


class Class:
    """The notebook with its submissions, as each grader takes them."""

    def __init__(self, notebook: CourseNotebook, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.notebook = notebook
        self._name, source = notebook.name, notebook.source
        self.level = catalog.find_level(notebook.level)
        self._right = rivals.solutions(rivals.read(source))
        self._nbgrader = rivals.nbgrader_course(folder / "nbgrader", self._name, source)
        self._otter = rivals.otter_course(folder / "otter", self._name, source, {}, None)
        self._starter = starter_tree(self.level)

    def bare(self) -> float:
        """CPU seconds of the solution's cells, tests included, in a process that has its imports already."""
        worker.preload()
        cases = generated.prepare(self.level, Key.practice(), _name(0)).folder
        return statistics.median(
            overhead.bare_cpu(self.level, self.level.exercise(self._name), cases) for _ in range(7)
        )

    def _answers(self, number: int) -> dict[str, str]:
        return self.notebook.handed_in(self._right, number)

    def nbgrader(self, number: int, processes: int) -> Timing:
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            courses = [Path(made) / str(place) for place in range(processes)]
            for place, course in enumerate(courses):
                shutil.copytree(self._nbgrader.folder, course)
                for learner in range(place, number, processes):
                    handed_in = course / "submitted" / _name(learner) / self._name
                    handed_in.mkdir(parents=True)
                    document = rivals.answered(self._nbgrader.release, self._answers(learner))
                    (handed_in / f"{self._name}.ipynb").write_text(json.dumps(document))
            python = str(rivals.python(rivals.NBGRADER))
            environment = rivals.environment(rivals.NBGRADER, HOME=made)
            began, spent = time.time(), _of_children()
            running = [
                subprocess.Popen([python, "-m", "nbgrader", "autograde", self._name], cwd=course, env=environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for course in courses
            ]  # fmt: skip
            codes = [process.wait() for process in running]
            seconds, cpu = time.time() - began, _of_children() - spent
            if any(codes):
                raise SystemExit("nbgrader autograde failed on honest submissions")
            done = [file.stat().st_mtime for file in Path(made).glob(f"*/autograded/*/{self._name}/{self._name}.ipynb")]
            scores: dict[str, dict[str, float]] = {}
            for course in courses:
                argv = [python, "-c", rivals.SCORES.replace("NAME", self._name)]
                told = subprocess.run(argv, cwd=course, env=environment, capture_output=True, check=True).stdout
                scores |= json.loads(told)
        return Timing(self._name, "nbgrader", number, processes, seconds, _rate(done, processes), cpu, scores)

    def otter(self, number: int, processes: int) -> Timing:
        python = str(rivals.python(rivals.OTTER))
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            environment = rivals.environment(rivals.OTTER, HOME=made)

            def grade(learner: int) -> tuple[str, dict[str, float]]:
                folder = Path(made) / _name(learner)
                out = folder / "out"
                out.mkdir(parents=True)
                document = rivals.answered(self._otter.release, self._answers(learner))
                (folder / f"{self._name}.ipynb").write_text(json.dumps(document))
                argv = [python, "-m", "otter", "run", "--no-logo", "-a", str(self._otter.folder / "autograder.zip"),
                        "-o", str(out), str(folder / f"{self._name}.ipynb")]  # fmt: skip
                subprocess.run(argv, cwd=folder, env=environment, capture_output=True, check=True)
                return _name(learner), rivals.otter_scores((out / "results.json").read_text())

            began, spent = time.time(), _of_children()
            with concurrent.futures.ThreadPoolExecutor(processes) as pool:
                scores = dict(pool.map(grade, range(number)))
            seconds, cpu = time.time() - began, _of_children() - spent
        return Timing(self._name, "otter-grader", number, processes, seconds, number / seconds, cpu, scores)

    def inbox(self, folder: Path, number: int) -> Path:
        """Submissions for Ladder, packed."""
        path = f"notebooks/{self._name}.ipynb"
        release = json.loads(self._starter.files[path])
        for learner in range(number):
            document = rivals.answered(release, self._answers(learner))
            tree = Tree({path: json.dumps(document).encode()}).laid_over(self._starter)
            (folder / _name(learner)).mkdir(parents=True)
            (folder / _name(learner) / f"{self.level.id}.tar.gz").write_bytes(archive_of(tree.placed("workspace")))
        return folder

    def steady(self, walls: Walls, number: int, processes: int) -> Timing:
        """Ladder with its walls open and data made, as it is between the first and the last of a cohort."""
        key = Key.practice()
        generated.prepare_all(self.level, key, [_name(learner) for learner in range(number)], processes)
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            inbox = self.inbox(Path(made), number)
            items = [
                Item(inbox / _name(one) / f"{self.level.id}.tar.gz", _name(one), self.level.id) for one in range(number)
            ]
            began, spent, done, scores = time.time(), _of_this_and_zygotes(), [], {}
            cpu = 0.0
            for graded in grade_all(items, walls, key, processes):
                if not isinstance(graded, Graded):
                    raise SystemExit(f"ladder: {graded.error}")
                done.append(time.time())
                cpu += graded.scorecard.phases["worker_cpu"] + graded.scorecard.phases["judge_cpu"]
                scores[graded.scorecard.learner] = {
                    check.id.rpartition("/")[2]: float(check.points or 0) for check in graded.scorecard.checks
                }
            seconds, cpu = time.time() - began, cpu + _of_this_and_zygotes() - spent
        return Timing(self._name, "ladder", number, processes, seconds, _rate(done, processes), cpu, scores)

    def command(self, number: int, processes: int) -> Timing:
        """`ladder cohort grade`, everything counted from nothing."""
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            inbox, out = self.inbox(Path(made) / "inbox", number), Path(made) / "out"
            environment = {**os.environ, generated.CACHE_VARIABLE: str(Path(made) / "cache")}
            argv = [sys.executable, "-m", "grader.cli", "cohort", "grade", str(inbox), "--jobs", str(processes),
                    "--out", str(out), "--json"]  # fmt: skip
            began, spent = time.time(), _of_children()
            done = subprocess.run(argv, env=environment, capture_output=True, text=True)
            seconds, cpu = time.time() - began, _of_children() - spent
            if done.returncode:
                raise SystemExit(f"ladder cohort grade ended with {done.returncode}:\n{done.stderr[-2000:]}")
            cards = [json.loads(line) for line in done.stdout.splitlines()]
        scores = {}
        for card in cards:
            scores[card["learner"]] = {check["id"].rpartition("/")[2]: check["points"] for check in card["checks"]}
        return Timing(self._name, "ladder", number, processes, seconds, None, cpu, scores)


def _name(learner: int) -> str:
    return f"learner-{learner:03}"


def _of_children() -> float:
    """CPU seconds of all processes that have ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _of_this_and_zygotes() -> float:
    """CPU seconds of this process and of those below it that live on while submissions come and go."""
    total = 0
    for pid in sandbox.below(os.getpid()):
        with contextlib.suppress(OSError):
            total += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def _rate(done: Sequence[float], processes: int) -> float:
    """Results a second between the first and the last: each process has begun once before."""
    return (len(done) - processes) / (max(done) - sorted(done)[processes - 1])


def questions(level_source: rivals.Notebook) -> dict[str, str]:
    """The question, as Otter has it, of each test cell."""
    found, question = {}, ""
    for cell in level_source["cells"]:
        if rivals.role(cell) == "solution":
            question = rivals.grade_id(cell)
        elif rivals.role(cell) == "test":
            found[rivals.grade_id(cell)] = question
    return found


def differing(ours: Scores, theirs: Scores, question: Mapping[str, str] | None = None) -> list[str]:
    """Where two graders differ: by cell, or summed by question."""
    found = []
    for learner, cells in theirs.items():
        mine: dict[str, float] = {}
        for name, points in ours[learner].items():
            place = question[name] if question else name
            mine[place] = mine.get(place, 0.0) + points
        found += [f"{learner} {name}: {mine.get(name)} and {points}" for name, points in cells.items()
                  if mine.get(name) != points]  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--notebook", action="append", help="01-rides or 01-rents; both if not said")
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.repeats, wanted.processes = 1, [2]
    for grader in (rivals.NBGRADER, rivals.OTTER):
        rivals.python(grader)
    os.environ[catalog.LEVELS_VARIABLE] = str(COURSE)
    timings: list[Timing] = []
    reports = []
    with tempfile.TemporaryDirectory() as made:
        os.environ[generated.CACHE_VARIABLE] = str(Path(made) / "cache")
        Path(made).chmod(0o755)  # judges are another user
        for notebook in [one for one in (RIDES, RENTS) if not wanted.notebook or one.name in wanted.notebook]:
            course = Class(notebook, Path(made) / notebook.name)
            bare = course.bare()
            came = list(_measured(course, wanted.repeats, wanted.processes, wanted.long))
            timings += came
            reports.append(
                f"### {notebook.name}\n\n{summary(came, questions(rivals.read(notebook.source)))}"
                f"The notebook's own cells, tests included, in a warm process: {bare:.3f} CPU seconds.\n"
            )
    report = "\n".join(reports)
    print(report)
    if wanted.out is not None:
        wanted.out.mkdir(parents=True, exist_ok=True)
        (wanted.out / "throughput.md").write_text(report, encoding="utf-8")
        listed = [{k: v for k, v in dataclasses.asdict(one).items() if k != "scores"} for one in timings]
        (wanted.out / "throughput.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


def _measured(course: Class, repeats: int, counts: Sequence[int], long: bool) -> Iterator[Timing]:
    for _ in range(repeats):
        for processes in counts:
            with open_walls() as walls:
                course.steady(walls, 4, 2)  # the zygotes' first children warm what they share
                yield _said(course.steady(walls, 60, processes))
            yield _said(course.nbgrader(12, processes))
            yield _said(course.otter(12, processes))
            yield _said(course.command(12, processes))
    if long:
        yield _said(course.command(120, 2))
        yield _said(course.nbgrader(120, 2))


def _said(timing: Timing) -> Timing:
    rate = "" if timing.steady is None else f", {timing.steady * 60:.1f} a minute once it runs"
    cost = f"{timing.seconds:.1f} s, CPU {timing.cpu:.1f} s{rate}"
    print(
        f"{timing.notebook}, {timing.grader}: {timing.submissions} submissions, {timing.processes} at once, {cost}",
        file=sys.stderr,
        flush=True,
    )
    return timing


def summary(timings: Sequence[Timing], question: Mapping[str, str]) -> str:
    """The table, with the median ratio of the pairs that were measured beside each other."""
    lines = ["| submissions | at once | what | Ladder | other | ratio |", "|---|---|---|---|---|---|"]
    for processes in sorted({one.processes for one in timings}):
        mine = [one for one in timings if one.processes == processes and one.grader == "ladder"]
        for grader in ("nbgrader", "otter-grader"):
            theirs = [one for one in timings if one.processes == processes and one.grader == grader]
            some = [one for one in theirs if one.submissions == 12]
            pairs = list(zip([one for one in mine if one.steady], some, strict=False))
            if pairs:
                ratio = statistics.median((a.steady or 0) / (b.steady or 1) for a, b in pairs)
                here = statistics.median(1 / (a.steady or 1) for a, _ in pairs)
                there = statistics.median(1 / (b.steady or 1) for _, b in pairs)
                what = f"steady, seconds each: {grader}"
                lines.append(f"| 12 | {processes} | {what} | {here:.3f} | {there:.2f} | {ratio:.1f} |")
                ratio = statistics.median(b.cpu / b.submissions / (a.cpu / a.submissions) for a, b in pairs)
                here = statistics.median(a.cpu / a.submissions for a, _ in pairs)
                there = statistics.median(b.cpu / b.submissions for _, b in pairs)
                what = f"CPU seconds each: {grader}"
                lines.append(f"| 12 | {processes} | {what} | {here:.3f} | {there:.2f} | {ratio:.1f} |")
            for number in (12, 120):
                pairs = list(zip([one for one in mine if one.steady is None and one.submissions == number],
                                 [one for one in theirs if one.submissions == number], strict=False))  # fmt: skip
                if pairs:
                    ratio = statistics.median(b.seconds / a.seconds for a, b in pairs)
                    here = statistics.median(a.seconds for a, _ in pairs)
                    there = statistics.median(b.seconds for _, b in pairs)
                    what = f"in all, seconds: {grader}"
                    lines.append(f"| {number} | {processes} | {what} | {here:.1f} | {there:.1f} | {ratio:.1f} |")
    ours = {learner: cells for one in timings if one.grader == "ladder" for learner, cells in one.scores.items()}
    compared, differ = 0, []
    for one in timings:
        if one.grader != "ladder":
            compared += sum(len(cells) for cells in one.scores.values())
            differ += differing(ours, one.scores, question if one.grader == "otter-grader" else None)
    lines += ["", f"{compared} scores compared cell by cell, {len(differ)} differ. Python {platform.python_version()}, "
              f"{os.cpu_count()} cores."]  # fmt: skip
    return "\n".join([*lines, *differ]) + "\n"


if __name__ == "__main__":
    main()
