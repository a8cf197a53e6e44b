"""How long a page of the ledger takes, as a multiple of the time of a query for one row, in a ledger that grows.

    python benchmarks/ledger.py [--outcomes 1000000] [--postgresql] [--repeats 200] [--verify]

Scorecards of sixty checks are appended until the ledger holds so many check outcomes, one in ten of them displaced by
a later submission of the same learner. Pages of fifty rows are then asked for at the beginning, in the middle and near
the end, in turn with a query for one row (the head of the chain), all in the same minute on the same machine. Printed
are medians, and the fastest tenth ("quiet") for machines that are busy with other things. The same is done once while
the ledger is a hundredth of its size: a page that is found by an index takes as long in both. A hundred scorecards
share a transaction here, so that filling takes minutes; the time of a single append is measured apart.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.ledger import Kind, Ledger, open_ledger, pages
from grader.ledger.chain import canonical
from grader.model import Outcome

LEVEL = "01-level"
CHECKS = 60
TOGETHER = 100  # scorecards in one transaction
DISPLACED = 10  # one in so many learners hands in twice


def main() -> None:
    """Fill a ledger and print how long its pages take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outcomes", type=int, default=1_000_000, help="check outcomes in the ledger at the end")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own, by pgserver")
    parser.add_argument("--repeats", type=int, default=200, help="of each page")
    parser.add_argument("--verify", action="store_true", help="follow the chain at the end, and say how long it took")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ladder-ledger-"))
        ledger = stack.enter_context(open_ledger(stack.enter_context(_address(folder, given.postgresql))))
        print(f"database: {'PostgreSQL' if given.postgresql else 'SQLite'}")
        last = given.outcomes // CHECKS
        for cards in (max(last // 100, 1), last):
            _fill(ledger, cards)
            _print(ledger, given.repeats)
        _single(ledger)
        if given.verify:
            began = time.perf_counter()
            faults = list(ledger.verify())
            print(f"verify: {time.perf_counter() - began:.0f} s, {len(faults)} faults")


@contextmanager
def _address(folder: str, postgresql: bool) -> Iterator[str]:
    if not postgresql:
        yield str(Path(folder) / "ledger.db")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pgserver's own
        import pgserver
    server = pgserver.get_server(tempfile.mkdtemp(prefix="ladder-postgres-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def _learner(card: int) -> str:
    """Whose the nth scorecard is; one in ten is a second one of the learner before."""
    return f"learner-{card - 1 if card % DISPLACED == DISPLACED - 1 else card:06}"


def _body(card: int) -> dict[str, Any]:
    """A scorecard entry's body: every eleventh check failed."""
    checks = []
    for place in range(CHECKS):
        failed = (card * 7 + place) % 11 == 0
        checks.append(
            {
                "id": f"{LEVEL}/exercise-{place // 10}/check-{place}",
                "exercise": f"exercise-{place // 10}",
                "part": None,
                "title": f"The result number {place} is what the brief asks for",
                "skill": f"skill-{place % 4}",
                "outcome": "failed" if failed else "passed",
                "reason": None,
                "points": 0.0 if failed else 2.0,
                "max_points": 2.0,
                "message": "Tried: it.\nCame: something else.\nLook: at the third row." if failed else "",
                "seconds": 0.01,
                "hidden": True,
            }
        )
    points = sum(check["points"] for check in checks)
    scorecard = {
        "format_version": 1,
        "level": LEVEL,
        "learner": _learner(card),
        "submission_digest": f"sha256:{card}",
        "points": points,
        "max_points": 2.0 * CHECKS,
        "checks": checks,
    }
    return {"arrival": None, "scorecard": scorecard, "stands": True}


def _fill(ledger: Ledger, cards: int) -> None:
    """Append scorecards until there are so many."""
    there = ledger.head()[0]
    began = time.perf_counter()
    for start in range(there, cards, TOGETHER):
        fields = []
        for card in range(start, min(start + TOGETHER, cards)):
            body = _body(card)
            entry = {"kind": Kind.SCORECARD.value, "learner": _learner(card), "level": LEVEL, "by": "ladder"}
            fields.append(({**entry, "key": f"job {card}", "body": body}, canonical(body)))
        ledger._database.write(lambda connection, fields=fields: [ledger._append(connection, *one) for one in fields])
        if start // TOGETHER % 20 == 0:
            print(f"{start} of {cards} scorecards, {time.perf_counter() - began:.0f} s", file=sys.stderr)


def _print(ledger: Ledger, repeats: int) -> None:
    cards = ledger.head()[0]
    middle, end = _learner(cards // 2), _learner(cards - 20)
    check = f"{LEVEL}/exercise-2/check-27"
    asked: dict[str, Callable[[], object]] = {}
    for place, after in (("first", None), ("middle", middle), ("near the end", end)):
        mark = None if after is None else pages._mark([after, 30])
        learner = None if after is None else pages._mark([after])
        asked |= {
            f"cohort, {place}": lambda after=learner: ledger.cohort_page(LEVEL, after=after),
            f"outcomes, {place}": lambda after=mark: ledger.outcomes_page(LEVEL, after=after),
            f"outcomes of a check, {place}": lambda after=mark: ledger.outcomes_page(LEVEL, check=check, after=after),
            f"failed outcomes, {place}": lambda after=mark: ledger.outcomes_page(
                LEVEL, outcome=Outcome.FAILED, after=after
            ),
            f"failed of a check, {place}": lambda after=mark: ledger.outcomes_page(
                LEVEL, check=check, outcome=Outcome.FAILED, after=after
            ),
        }
    asked["errors (there are none)"] = lambda: ledger.outcomes_page(LEVEL, outcome=Outcome.ERROR)
    asked["a learner's history"] = lambda: ledger.history_page(middle)
    one_row, took = [], {name: [] for name in asked}
    for _ in range(repeats):
        for name, ask in asked.items():
            one_row.append(_timed(ledger.head))
            took[name].append(_timed(ask))
    unit, best_unit = statistics.median(one_row), _quiet(one_row)
    print(f"\n{cards * CHECKS} outcomes, {cards} scorecards")
    print(f"{'':40}   median  ratio    quiet  ratio")
    print(f"{'a query for one row':40} {unit * 1000:6.2f} ms {1:6.1f} {best_unit * 1000:6.2f} ms {1:4.1f}")
    for name, times in took.items():
        median, quiet = statistics.median(times), _quiet(times)
        told = f"{median * 1000:6.2f} ms {median / unit:6.1f} {quiet * 1000:6.2f} ms {quiet / best_unit:4.1f}"
        print(f"{name:40} {told}")


def _single(ledger: Ledger) -> None:
    """One append a transaction, as a grader does it."""
    cards = ledger.head()[0]
    times = []
    for card in range(cards, cards + 50):
        body = json.loads(json.dumps(_body(card)))
        times.append(
            _timed(
                lambda card=card, body=body: ledger.append(
                    Kind.SCORECARD, learner=_learner(card), level=LEVEL, by="ladder", key=f"job {card}", body=body
                )
            )
        )
    print(f"\nappending one scorecard: {statistics.median(times) * 1000:.1f} ms")


def _quiet(times: list[float]) -> float:
    """The tenth part that was fastest: what a busy machine takes away is not in it."""
    return statistics.quantiles(times, n=10)[0]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
