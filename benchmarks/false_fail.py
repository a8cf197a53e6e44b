"""How often a check fails work that is right: grades the reference of a level for many learners, and prints every miss.

Each learner has other data, and each round a key of its own, so that the checks' own draws differ as well. A right
answer that a check does not pass is printed with its message; the last line counts them. Exits 1 if there was any.

    python benchmarks/false_fail.py [LEVEL] [--learners N] [--first N] [--exercise ID] [--jobs J] [--quick N]

Two hundred learners of level 1 take an hour or two on two cores; `--quick 10` is a first look.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from grader import catalog
from grader.content.variant import reference_tree
from grader.grading import Grader
from grader.model import CheckResult, Level, Outcome
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import Walls, open_walls

_LEARNERS = 200
_A_KEY = 20  # learners who share a key, as a cohort would


def misses(
    level: Level, exercises: Sequence[str], numbers: range, jobs: int, walls: Walls
) -> Iterator[tuple[str, tuple[CheckResult, ...], float]]:
    """For each learner in turn: their name, the checks that did not pass their right answers, and the seconds taken."""
    tree = Tree({})
    for exercise in level.exercises:
        if exercise.id in exercises:
            tree = reference_tree(level, exercise).laid_over(tree)
    # The first of them have the practice key.
    keys = {cohort: Key.new() if cohort else Key.practice() for cohort in {number // _A_KEY for number in numbers}}

    def graded(number: int) -> tuple[str, tuple[CheckResult, ...], float]:
        learner = f"learner-{number:03d}"
        card = Grader(walls, keys[number // _A_KEY]).grade(level, tree, learner, exercises=exercises)
        return learner, tuple(line for line in card.checks if line.outcome is not Outcome.PASSED), card.seconds

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(graded, numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("level", nargs="?", default="1")
    parser.add_argument("--learners", type=int, default=_LEARNERS)
    parser.add_argument("--first", type=int, default=0, help="the first learner's number: a long run in parts")
    parser.add_argument("--exercise", action="append", help="only this one; may be given more than once")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", type=int, metavar="N", help="N learners instead")
    wanted = parser.parse_args()
    level = catalog.find_level(wanted.level)
    exercises = wanted.exercise or [exercise.id for exercise in level.exercises]
    learners = wanted.quick or wanted.learners
    numbers = range(wanted.first, wanted.first + learners)
    began, missed, of = time.monotonic(), 0, sum(len(level.exercise(name).checks) for name in exercises)
    with open_walls() as walls:
        for learner, lines, seconds in misses(level, exercises, numbers, wanted.jobs, walls):
            print(f"{learner}: {of - len(lines)} of {of} checks passed, {seconds:.1f} s", flush=True)
            for line in lines:
                missed += 1
                print(f"  {line.outcome}: {line.id}\n    " + line.message.replace("\n", "\n    "), flush=True)
    print(
        f"{missed} of {learners * of} verdicts on right answers were not a pass"
        f" ({learners} learners, {time.monotonic() - began:.0f} s)"
    )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
