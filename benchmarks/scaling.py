"""What a second process brings, and what a Dask cluster costs: the same submissions in turn, in one run.

Each round grades the same submissions one at a time, two at a time and, with --dask, on a Dask cluster of two local
workers; the order changes from round to round. Data are prepared before, nothing is cached. Prints submissions a
minute, the medians of the ratios, and whether the scorecards are the same but for times.

    python benchmarks/scaling.py [LEVEL] [--submissions N] [--rounds N] [--dask] [--exercise ID]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import inbox as inboxes

from grader import catalog, generated
from grader.cohort.arrivals import collect
from grader.cohort.inbox import found_in
from grader.cohort.jobs import Bench, Context
from grader.cohort.local import Graded, Rejected, grade_jobs
from grader.cohort.plan import Job, Planner, Versions, plan
from grader.cohort.settings import for_inbox
from grader.cohort.store import Store
from grader.grading import environment
from grader.ledger import open_ledger
from grader.model import Scorecard
from grader.seeds import Key
from grader.walls import open_walls

Way = Callable[[list[Job]], Iterator[Graded | Rejected]]
LOCAL_RATIO, DASK_RATIO = 1.75, 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level", nargs="?", default="1")
    parser.add_argument("--submissions", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--exercise", action="append", help="only this exercise; may be given again")
    parser.add_argument("--dask", action="store_true")
    wanted = parser.parse_args()
    level = catalog.find_level(wanted.level)
    key = Key.practice()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ladder-scaling-")))
        inboxes.fill(folder / "inbox", level, key, wanted.submissions, wanted.exercise)
        cohort = for_inbox(key, folder)
        ledger = stack.enter_context(open_ledger(cohort.ledger, cohort.name))
        arrivals = collect(found_in(folder / "inbox"), cohort, Store(cohort.store), ledger).arrivals
        generated.prepare_all(level, key, [one.learner for one in arrivals], 2)
        walls = stack.enter_context(open_walls())
        context = Context(Store(cohort.store).url, key)
        planner = Planner(key, Versions.of(environment(), walls.kind), wanted.exercise)
        jobs = plan(arrivals, planner)
        bench = Bench(walls, context)
        ways: dict[str, Way] = {
            "one at a time": lambda some: grade_jobs(some, bench, 1, _forget),
            "two at a time": lambda some: grade_jobs(some, bench, 2, _forget),
        }
        if wanted.dask:
            ways["dask, two workers"] = stack.enter_context(_dask(context))
        for way in ways.values():  # two submissions warm what stays warm, in both workers too
            _cards(way(jobs[:2]))
        _compare(ways, wanted.rounds, jobs)


def _compare(ways: dict[str, Way], rounds: int, jobs: list[Job]) -> None:
    rates: dict[str, list[float]] = {name: [] for name in ways}
    cards: dict[str, dict[str, Scorecard]] = {}
    for number in range(rounds):
        for name in list(ways) if number % 2 == 0 else reversed(ways):
            began = time.monotonic()
            cards[name] = _cards(ways[name](jobs))
            rates[name].append(len(jobs) / (time.monotonic() - began) * 60)
            print(f"round {number + 1}, {name}: {rates[name][-1]:.1f} submissions a minute", flush=True)
    one, two, *dask = ways
    _ratio(two, one, rates, LOCAL_RATIO)
    for name in dask:
        _ratio(name, two, rates, DASK_RATIO)
    for name in list(ways)[1:]:
        print(f"scorecards of '{name}' are those of '{one}' but for times: {cards[name] == cards[one]}")


def _ratio(name: str, base: str, rates: dict[str, list[float]], wanted: float) -> None:
    ratio = statistics.median(rate / other for rate, other in zip(rates[name], rates[base], strict=True))
    print(f"{name} / {base}: {ratio:.2f} (wanted: {wanted})")


def _cards(done: Iterator[Graded | Rejected]) -> dict[str, Scorecard]:
    found = {}
    for one in done:
        if isinstance(one, Rejected):
            raise SystemExit(str(one.error))
        checks = tuple(dataclasses.replace(check, seconds=0.0) for check in one.scorecard.checks)
        found[one.scorecard.learner] = dataclasses.replace(
            one.scorecard, started="", seconds=0.0, peak_memory=0.0, phases={}, checks=checks
        )
    return found


@contextlib.contextmanager
def _dask(context: Context) -> Iterator[Way]:
    from distributed import LocalCluster

    from grader.cohort.cluster import Cluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as local,
        Cluster(local.scheduler_address, print) as cluster,
    ):
        cluster.versions()
        yield lambda some: cluster.grade_jobs(some, context, _forget)


def _forget(job: Job, line: str) -> None:
    """Nothing is kept, so that every round grades."""


if __name__ == "__main__":
    main()
