"""Which of a level's wrong variants a learner's failures look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.catalog import Variant
from grader.judges import messages
from grader.model import CheckResult, Outcome, SkipReason

NEAR = 0.5  # Jaccard index from which two patterns of failures are called alike


@dataclass(frozen=True)
class Pattern:
    """How a learner's exercise came out: names of hidden checks that failed, and that were never asked.

    Of those that failed, ``unwritten`` came to an answer that was not begun: no mistake was made there.
    ``blank``: not one hidden check passed. Outcomes cannot tell that from an exercise that nobody touched.
    """

    failed: frozenset[str]
    skipped: frozenset[str]
    blank: bool = False
    unwritten: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kind:
    """Wrong variants of one exercise that fail and skip the same checks: outcomes cannot tell them apart."""

    pattern: Pattern
    variants: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True)
class Mistake:
    """A kind behind the failures of one check: how many learners it is nearest to, how many of them exactly."""

    variants: tuple[str, ...]
    why: tuple[str, ...]
    learners: int
    exact: int


def kinds_of(variants: Iterable[Variant], exercise: str) -> tuple[Kind, ...]:
    """The wrong variants of ``exercise``, put together where their patterns are the same; in order of names."""
    grouped: dict[Pattern, list[Variant]] = {}
    for variant in variants:
        if variant.exercise == exercise and not variant.right:
            grouped.setdefault(Pattern(variant.failed, variant.skipped), []).append(variant)
    return tuple(
        Kind(pattern, tuple(one.name for one in alike), tuple(one.why for one in alike))
        for pattern, alike in grouped.items()
    )


def pattern_of(results: Iterable[CheckResult]) -> Pattern | None:
    """The pattern of one exercise's results; None where an error of ours or a missing tool hides a part of it."""
    failed, skipped, unwritten = set(), set(), set()
    blank = True
    for result in results:
        if result.outcome is Outcome.ERROR or result.reason is SkipReason.TOOL:
            return None
        if not result.hidden:
            continue
        name = result.id.rsplit("/", 1)[1]
        if result.outcome is Outcome.FAILED:
            failed.add(name)
            if messages.is_of_unwritten(result.message):
                unwritten.add(name)
        elif result.outcome is Outcome.SKIPPED:
            skipped.add(name)
        else:
            blank = False
    return Pattern(frozenset(failed), frozenset(skipped), blank, frozenset(unwritten))


def jaccard(learner: Pattern, variant: Pattern) -> float:
    """Failures in common over all failures of either, 0..1, among the checks that this learner was asked."""
    asked = variant.failed - _unasked(learner)
    mistaken = learner.failed - learner.unwritten
    either = mistaken | asked
    return len(mistaken & asked) / len(either) if either else 0.0


def _unasked(learner: Pattern) -> frozenset[str]:
    """Checks that say nothing about what this learner would have answered."""
    return learner.skipped | learner.unwritten


def nearest(learner: Pattern, kinds: Sequence[Kind], check: str) -> Kind | None:
    """The kind behind a learner's failure of ``check``: one that fails it and is nearest in all other checks.

    None for a blank exercise, an answer that was not begun, and where no kind comes near: its Jaccard index is below
    one half, and it also fails something that the learner passed. (Of several mistakes each explains a part.)
    """
    if learner.blank or check in learner.unwritten:
        return None

    def rank(kind: Kind) -> tuple[float, bool, bool]:
        whole = kind.pattern.failed - _unasked(learner) <= learner.failed
        return jaccard(learner, kind.pattern), whole, kind.pattern == learner

    best = max((kind for kind in kinds if check in kind.pattern.failed), key=rank, default=None)
    if best is None:
        return None
    index, whole, _ = rank(best)
    return best if whole or index >= NEAR else None


def behind(check: str, patterns: Iterable[Pattern], kinds: Sequence[Kind]) -> tuple[tuple[Mistake, ...], int]:
    """The mistakes behind a check's failures, most common first, and how many failures look like no variant."""
    near: Counter[Kind] = Counter()
    exact: Counter[Kind] = Counter()
    unlike = 0
    for pattern in patterns:
        if check not in pattern.failed:
            continue
        kind = nearest(pattern, kinds, check)
        if kind is None:
            unlike += 1
            continue
        near[kind] += 1
        exact[kind] += kind.pattern == pattern
    ordered = sorted(near, key=lambda kind: (-near[kind], -exact[kind], kind.variants))
    return tuple(Mistake(kind.variants, kind.why, near[kind], exact[kind]) for kind in ordered), unlike
