"""Hidden checks of delay-report, part notebook: what *restart and run all* does with report.ipynb."""

from __future__ import annotations

import math
import re
import time

import pytest
from scipy.stats import binom

KEYS = ["flights", "cancelled", "late_share", "late_share_low", "late_share_high", "late_share_error"]
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@pytest.mark.check(points=3, skill="version-control", part="notebook")
def test_notebook_runs_through(desk):
    """The notebook runs from top to bottom in a fresh process, in a folder it has never been in."""
    _, summary = desk.restart_and_run_all(desk.month(0), "restart and run all on your report.ipynb")
    missing = [key for key in KEYS if not _is_number(summary.get(key))]
    assert not missing, (
        "Tried: restart and run all on your report.ipynb, then read out/summary.json.\n"
        f"Came: no number under {', '.join(missing)}.\n"
        "Look: the table of keys in the README; finite JSON numbers, not text.")
    _, other = desk.restart_and_run_all(desk.month(1), "restart and run all on another month")
    assert any(summary[key] != other.get(key) for key in KEYS), (
        "Tried: restart and run all on two different months in raw/.\n"
        "Came: the same numbers for both.\n"
        "Look: does the notebook read raw/flights.csv, or numbers that somebody typed in?")


@pytest.mark.check(points=3, skill="version-control", part="notebook", requires=["test_notebook_runs_through"])
def test_notebook_gives_the_same_twice(desk):
    """The notebook shows and writes the same when it is run again."""
    month = desk.month(0)
    first_shown, first = desk.restart_and_run_all(month, "restart and run all on your report.ipynb")
    time.sleep(1.1)  # so that a clock read in seconds cannot hide
    second_shown, second = desk.restart_and_run_all(month, "restart and run all on your report.ipynb, a second time")
    differing = sorted(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))
    assert not differing, (
        "Tried: restart and run all twice on the same data.\n"
        f"Came: out/summary.json differs in {', '.join(differing)}.\n"
        "Look: every draw comes from one generator with a seed: numpy.random.default_rng(SEED).")
    pairs = zip(first_shown, second_shown, strict=True)
    cells = [number for number, pair in enumerate(pairs, 1) if _plain(pair[0]) != _plain(pair[1])]
    assert not cells, (
        "Tried: restart and run all twice on the same data.\n"
        f"Came: code cell {cells[0]} shows something else the second time.\n"
        "Look: does it show a clock, a draw without a seed, or the order of a set?")


@pytest.mark.check(points=3, skill="version-control", part="notebook", requires=["test_notebook_runs_through"])
def test_notebook_numbers_follow_the_data(desk):
    """The notebook's numbers are those of the data it is run on, and its interval is a 95 percent one.

    The bounds of 10,000 draws stray from the exact ones by about 0.03 standard errors. A fifth of a standard error is
    allowed, and 6 percent of the error, which strays by 0.7 percent: a right notebook fails less than once in a million
    runs, and a 90 percent interval (0.3 standard errors off) is seen.
    """
    for n, whose in ((0, "your own month"), (1, "a month you have not seen")):
        month = desk.month(n)
        tried = f"restart and run all on {whose}"
        _, summary = desk.restart_and_run_all(month, tried)
        truth = month.summary
        counts = {"flights": truth["flights"], "cancelled": truth["cancelled"]}
        wrong = [key for key, count in counts.items() if summary.get(key) != count]
        assert not wrong, (
            f"Tried: {tried}, and counted.\n"
            f"Came: {', '.join(wrong)} in out/summary.json does not agree with raw/flights.csv.\n"
            "Look: count before any cell throws rows away; dropna() also looks at the airline called NA.")
        share = truth["late_share"]
        assert _near(summary.get("late_share"), share, 1e-4), (
            f"Tried: {tried}.\n"
            "Came: late_share is not the share of the flights that left more than 30 minutes late.\n"
            "Look: the limit the text names, what it is a share of, and that it is not rounded.")
        left = truth["flights"] - truth["cancelled"]
        error = (share * (1 - share) / left) ** 0.5
        for key, percentile in (("late_share_low", 0.025), ("late_share_high", 0.975)):
            bound = binom.ppf(percentile, left, share) / left  # a share drawn with replacement is a binomial one
            assert _near(summary.get(key), bound, 0.2 * error), (
                f"Tried: {tried}.\n"
                f"Came: {key} is not where the 95 percent interval of a full bootstrap ends.\n"
                "Look: how many flights each draw takes (all that left), how many draws, which two percentiles.")
        assert _near(summary.get("late_share_error"), error, 0.06 * error), (
            f"Tried: {tried}.\n"
            "Came: late_share_error is not the standard deviation of a full bootstrap's shares.\n"
            "Look: the deviation of the draws' shares, not of single flights and not divided once more.")


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _near(value: object, truth: float, tolerance: float) -> bool:
    return _is_number(value) and abs(value - truth) <= tolerance


def _plain(shown: list[str]) -> list[str]:
    """What a cell showed, less the memory addresses that Python prints for objects without a text of their own."""
    return [_ADDRESS.sub(" at …", text) for text in shown]
