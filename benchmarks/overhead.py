"""What grading costs beyond running the cells: CPU of worker and judge together against the same cells bare.

Bare means: one process that has its imports already runs every cell of the notebook, hidden tests included, in a
fork, as a grader without walls, bridge or judge would. Both are measured in turn in one run, on a submission whose
data are prepared. Prints the median ratio; run it with nothing else on the machine.

    python benchmarks/overhead.py [LEVEL] [EXERCISE] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import traceback
from pathlib import Path

from grader import catalog, generated
from grader.bridge import notebook_shell, worker
from grader.content.variant import reference_tree
from grader.exercise import CASES_VARIABLE
from grader.grading import Grader
from grader.model import Exercise, Level
from grader.seeds import Key
from grader.walls import open_walls


def bare_cpu(level: Level, exercise: Exercise, cases: Path) -> float:
    """CPU seconds of a warm fork that runs every cell of the source notebook, from fork to exit."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pid = os.fork()
    if pid == 0:
        os._exit(_run_all(level, exercise, cases))
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit("a cell of the reference failed when run bare")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run_all(level: Level, exercise: Exercise, cases: Path) -> int:
    try:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "notebooks").mkdir()
            (Path(folder) / "data").mkdir()
            (Path(folder) / "data" / exercise.id).symlink_to(cases / exercise.id / "0" / "data")
            os.chdir(Path(folder) / "notebooks")
            os.environ[CASES_VARIABLE] = str(cases)
            shell = notebook_shell.Shell()
            for cell in catalog.source_notebook(level, exercise.id).cells:
                if cell.cell_type == "code":
                    error = shell.run(cell.source, cell.id)
                    if error is not None:
                        raise error
            os.chdir("/")
    except BaseException:  # noqa: BLE001 - a child that must not return into the parent's code
        sys.stderr = sys.__stderr__
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level", nargs="?", default="1")
    parser.add_argument("exercise", nargs="?", default="01-clean-the-export")
    parser.add_argument("--rounds", type=int, default=9)
    wanted = parser.parse_args()
    level = catalog.find_level(wanted.level)
    exercise = level.exercise(wanted.exercise)
    worker.preload()
    key = Key.practice()
    cases = generated.prepare(level, key, "bench").folder
    tree = reference_tree(level, exercise)
    ratios = []
    with open_walls() as walls:
        grader = Grader(walls, key)
        for number in range(wanted.rounds + 1):
            bare = bare_cpu(level, exercise, cases)
            card = grader.grade(level, tree, "bench", exercises=[exercise.id])
            if any(check.outcome != "passed" for check in card.checks if check.exercise == exercise.id):
                raise SystemExit("the reference did not pass")
            graded = card.phases["worker_cpu"] + card.phases["judge_cpu"]
            if number:  # the first round warms caches
                ratios.append(graded / bare)
                spent = f"worker {card.phases['worker_cpu']:.2f} s, judge {card.phases['judge_cpu']:.2f} s"
                print(f"bare {bare:.2f} s, {spent}, wall {card.seconds:.2f} s, ratio {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f} over {len(ratios)} rounds")


if __name__ == "__main__":
    main()
