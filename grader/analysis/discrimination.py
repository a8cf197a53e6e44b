"""Whether a check tells those who can from those who cannot: the corrected item-rest point-biserial correlation.

It correlates passing the check with the share of points earned in the rest of the level. "The rest" leaves out the
check itself and whatever builds on it, because a failed prerequisite takes those points away by construction.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from grader.model import Check, CheckResult, Outcome, SkipReason

MINIMUM = 10  # learners, below which a correlation is not worth a number
CONFIDENCE = 0.95
_SPREAD = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


@dataclass(frozen=True)
class Discrimination:
    """``value`` in -1..1 with its 95% interval (Fisher's z); all None where ``why_not`` says why."""

    value: float | None
    low: float | None
    high: float | None
    learners: int  # asked, and without an error of ours anywhere in their scorecard
    why_not: str = ""


def measure(results: Sequence[Mapping[str, CheckResult]], check_id: str, without: Collection[str]) -> Discrimination:
    """The discrimination of one check over scorecards without errors (results by id of the check).

    ``without`` is the check and what builds on it. Learners count who were asked the check.
    """
    passed, rest = [], []
    for card in results:
        result = card.get(check_id)
        share = _rest_share(card.values(), without)
        if result is not None and result.outcome in (Outcome.PASSED, Outcome.FAILED) and share is not None:
            passed.append(result.outcome is Outcome.PASSED)
            rest.append(share)
    count = len(passed)
    if count < MINIMUM:
        return Discrimination(None, None, None, count, f"{count} learners; it takes {MINIMUM}")
    if all(passed) or not any(passed):
        return Discrimination(None, None, None, count, "everybody passed" if passed[0] else "nobody passed")
    value = point_biserial(np.array(passed), np.array(rest))
    if value is None:
        return Discrimination(None, None, None, count, "all have the same points in the rest")
    low, high = interval(value, count)
    return Discrimination(value, low, high, count)


def point_biserial(passed: NDArray[np.bool_], score: NDArray[np.float64]) -> float | None:
    """Pearson's correlation of a yes-or-no with a score; None where either does not vary."""
    if len(passed) < 2 or passed.all() or not passed.any() or np.ptp(score) < 1e-12:
        return None
    ones, zeros = score[passed], score[~passed]
    share = len(ones) / len(passed)
    value = (ones.mean() - zeros.mean()) / score.std() * math.sqrt(share * (1 - share))
    return float(min(1.0, max(-1.0, value)))


def interval(value: float, learners: int) -> tuple[float, float]:
    """The 95% interval of a correlation by Fisher's z; -1..1 below four learners, the value itself at its ends."""
    if abs(value) >= 1.0:
        return value, value
    if learners < 4:
        return -1.0, 1.0
    reach = _SPREAD / math.sqrt(learners - 3)
    return math.tanh(math.atanh(value) - reach), math.tanh(math.atanh(value) + reach)


def dependents(checks: Iterable[Check]) -> dict[str, frozenset[str]]:
    """For each check all that build on it, directly or not."""
    direct: dict[str, set[str]] = {}
    for check in checks:
        for needed in check.requires:
            direct.setdefault(needed, set()).add(check.id)
    found: dict[str, frozenset[str]] = {}
    for start in direct:
        reached: set[str] = set()
        waiting = [start]
        while waiting:
            for after in direct.get(waiting.pop(), ()):
                if after not in reached:
                    reached.add(after)
                    waiting.append(after)
        found[start] = frozenset(reached)
    return found


def _rest_share(results: Iterable[CheckResult], without: Collection[str]) -> float | None:
    """The share of points of everything but ``without`` and what a missing tool kept from being judged."""
    points = maximum = 0.0
    for result in results:
        if result.id not in without and result.hidden and result.reason is not SkipReason.TOOL:
            points += result.points or 0.0
            maximum += result.max_points
    return points / maximum if maximum else None
