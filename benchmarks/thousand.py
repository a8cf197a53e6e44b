"""A thousand submissions of one exercise: memory of every process of the run, and the rate, for each hundred.

    python benchmarks/thousand.py [LEVEL] [EXERCISE] [--submissions N] [--jobs N]

Memory is the proportional set size (what a process has for itself, and its share of what it shares with others),
sampled every second, of this process (main), the launchers and the zygotes' processes that stay; the least and the most
of each hundred. Flat means: the last hundred needs what the second did. The run is told in ten shares, however long.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import inbox as inboxes
import psutil

from grader import catalog
from grader.cohort import run, watching
from grader.cohort.inbox import found_in
from grader.cohort.settings import for_inbox
from grader.seeds import Key

SHARES = 10


class Sampler:
    """Samples memory once a second, by role, into the share of the run that is under way."""

    def __init__(self) -> None:
        self.share = 0
        self.seen: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            used: defaultdict[str, float] = defaultdict(float)
            me = psutil.Process()
            used["main"] += _megabytes(me)
            for child in me.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if time.time() - child.create_time() > 60:  # what stays; learners' processes come and go
                        used[_role(child)] += _megabytes(child)
            for role, value in used.items():
                self.seen[self.share, role].append(value)


def _role(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    return "launchers" if "grader.walls.launch" in words or "launch" in words.split()[:5] else "zygotes"


def _megabytes(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error, AttributeError):
        return float(process.memory_full_info().pss) / 2**20
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level", nargs="?", default="1")
    parser.add_argument("exercise", nargs="?")
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    level = catalog.find_level(wanted.level)
    exercise = wanted.exercise or level.exercises[0].id
    with tempfile.TemporaryDirectory(prefix="ladder-thousand-") as name, Sampler() as sampler:
        folder = Path(name)
        inboxes.fill(folder / "inbox", level, Key.practice(), wanted.submissions, [exercise])
        marks = _marked(sampler, wanted.submissions)
        how = run.How(jobs=wanted.jobs, exercises=(exercise,))
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            code = run.grade_cohort(for_inbox(Key.practice(), folder / "out"), lambda: found_in(folder / "inbox"), how)
        if code:
            raise SystemExit(f"the run ended with {code}")
        _tell(sampler, marks, wanted.submissions)


def _marked(sampler: Sampler, submissions: int) -> list[float]:
    """The time at the end of each share; the run's own progress tells."""
    share = max(1, submissions // SHARES)
    marks = [time.monotonic()]
    done = 0
    before = watching.Watching.done

    def told(self: watching.Watching, name: str) -> None:
        nonlocal done
        done += 1
        if done == 1:
            marks[0] = time.monotonic()  # walls and inbox are no part of the rate
        if done % share == 0:
            marks.append(time.monotonic())
            sampler.share += 1
        before(self, name)

    watching.Watching.done = told  # type: ignore[method-assign]
    return marks


def _tell(sampler: Sampler, marks: list[float], submissions: int) -> None:
    share = max(1, submissions // SHARES)
    rates = []
    for number in range(len(marks) - 1):
        graded = share - 1 if number == 0 else share
        rates.append(graded / max(1e-9, marks[number + 1] - marks[number]) * 60)
        memory = []
        for role in ("main", "launchers", "zygotes"):
            seen = sampler.seen.get((number, role))
            memory.append(f"{role} {min(seen):.0f} to {max(seen):.0f} MB" if seen else f"{role} not seen")
        print(f"{number * share + 1:5} to {(number + 1) * share:5}: {rates[-1]:6.1f} a minute; {'; '.join(memory)}")
    steady = rates[-1] / rates[min(1, len(rates) - 1)]
    print(f"rate: slowest share {min(rates):.1f}, fastest {max(rates):.1f}, last to second {steady:.2f}")
    for role in ("main", "launchers", "zygotes"):
        second, last = sampler.seen.get((1, role)), sampler.seen.get((len(marks) - 2, role))
        if second and last:
            print(f"{role}: most in the second share {max(second):.0f} MB, in the last {max(last):.0f} MB")


if __name__ == "__main__":
    main()
