"""Item analysis: what a cohort's scorecards say of the checks themselves.

Difficulty is the share that passed of those who were asked; what discrimination is, `discrimination` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.analysis.discrimination import CONFIDENCE, MINIMUM, Discrimination, dependents, measure
from grader.analysis.mistakes import Kind, Mistake, Pattern, behind, kinds_of, pattern_of
from grader.catalog import Variant
from grader.model import Check, CheckResult, Level, Outcome, Scorecard, SkipReason

SIDE = 3  # learners on either side (passed, failed) without whom a check is not flagged
TOO_EASY, TOO_HARD = 0.95, 0.10


@dataclass(frozen=True)
class Item:
    """One check over a cohort. ``asked`` = passed + failed; skips and errors are apart. Seconds are of those asked."""

    id: str
    exercise: str
    part: str | None
    title: str
    skill: str
    hidden: bool
    max_points: float
    asked: int
    passed: int
    failed: int
    skipped_prerequisite: int
    skipped_tool: int
    errors: int
    error_share: float  # of all scorecards, 0..1
    difficulty: float | None  # share passed of those asked, 0..1; None if nobody was
    discrimination: Discrimination
    median_seconds: float | None
    p90_seconds: float | None
    flagged: bool  # it misleads: who does better in the rest fails it more often, beyond noise
    notes: tuple[str, ...]
    mistakes: tuple[Mistake, ...]  # most common first
    unlike: int  # failures that look like no wrong variant


@dataclass(frozen=True)
class Analysis:
    """The items of one level, in the order a learner meets them, and which scorecards they rest on."""

    level: str
    checks_digest: str
    learners: int
    with_errors: int  # learners with an error of ours: not in any discrimination
    left_out: int  # scorecards that an older version of the checks made, or the learner's newer one replaced
    notes: tuple[str, ...]
    items: tuple[Item, ...]


def analyse(level: Level, cards: Sequence[Scorecard], variants: Sequence[Variant] = ()) -> Analysis:
    """Item analysis of one level's scorecards: each learner's newest under the newest version of the checks.

    ``level`` says what builds on what, ``variants`` are the mistakes that failures are compared with. ValueError if
    no scorecard is of this level.
    """
    every = [card for card in cards if card.level == level.id]
    if not every:
        raise ValueError(f"no scorecard of {level.id}")
    every.sort(key=lambda card: (card.started, card.checks_digest, card.submission_digest))
    newest = every[-1].checks_digest
    by_learner = {card.learner: card for card in every if card.checks_digest == newest}
    counted = [by_learner[learner] for learner in sorted(by_learner)]
    results = [{result.id: result for result in card.checks} for card in counted]
    clean = [index for index, card in enumerate(counted) if not card.has_errors]
    known = {check.id: check for check in level.checks}
    after = dependents(level.checks)
    kinds = {exercise.id: kinds_of(variants, exercise.id) for exercise in level.exercises}
    patterns = _patterns(counted)
    items = []
    for check_id, shown in _every_check(counted, known).items():
        found = [result[check_id] for result in results if check_id in result]
        without = {check_id, *after.get(check_id, ())}
        discrimination = measure([results[index] for index in clean], check_id, without)
        items.append(
            _item(shown, found, discrimination, patterns.get(shown.exercise, ()), kinds.get(shown.exercise, ()))
        )
    left_out = len(every) - len(counted)
    return Analysis(
        level.id, newest, len(counted), len(counted) - len(clean), left_out, _notes(every, counted, items), tuple(items)
    )


def _item(
    shown: Check | CheckResult,
    found: Sequence[CheckResult],
    discrimination: Discrimination,
    patterns: Sequence[Pattern],
    kinds: Sequence[Kind],
) -> Item:
    outcomes = Counter(result.outcome for result in found)
    tool = sum(result.reason is SkipReason.TOOL for result in found)
    passed, failed = outcomes[Outcome.PASSED], outcomes[Outcome.FAILED]
    asked = passed + failed
    seconds = [result.seconds for result in found if result.outcome in (Outcome.PASSED, Outcome.FAILED)]
    median, p90 = (float(mark) for mark in np.percentile(seconds, (50, 90))) if seconds else (None, None)
    mistakes, unlike = behind(shown.id.rsplit("/", 1)[1], patterns, kinds) if shown.hidden else ((), 0)
    flagged = discrimination.high is not None and discrimination.high < 0 and min(passed, failed) >= SIDE
    difficulty = passed / asked if asked else None
    return Item(
        id=shown.id,
        exercise=shown.exercise,
        part=shown.part,
        title=shown.title,
        skill=shown.skill,
        hidden=shown.hidden,
        max_points=shown.points if isinstance(shown, Check) else shown.max_points,
        asked=asked,
        passed=passed,
        failed=failed,
        skipped_prerequisite=outcomes[Outcome.SKIPPED] - tool,
        skipped_tool=tool,
        errors=outcomes[Outcome.ERROR],
        error_share=outcomes[Outcome.ERROR] / len(found),
        difficulty=difficulty,
        discrimination=discrimination,
        median_seconds=median,
        p90_seconds=p90,
        flagged=flagged,
        notes=tuple(_item_notes(difficulty, asked, failed, discrimination, flagged, outcomes[Outcome.ERROR], tool)),
        mistakes=mistakes,
        unlike=unlike,
    )


def _item_notes(
    difficulty: float | None,
    asked: int,
    failed: int,
    discrimination: Discrimination,
    flagged: bool,
    errors: int,
    tool: int,
) -> Iterable[str]:
    if flagged:
        yield "misleads: who earns more in the rest fails it more often"
    elif discrimination.value is not None and discrimination.value < 0:
        yield "below zero within noise"
    if difficulty is not None and asked >= MINIMUM:
        if difficulty >= TOO_EASY:
            yield f"few fail it ({failed} of {asked})"
        elif difficulty <= TOO_HARD:
            yield f"few pass it ({asked - failed} of {asked})"
    if errors:
        yield f"{errors} ended in an error of ours"
    if tool:
        yield f"a tool was missing {tool} times"


def _every_check(cards: Sequence[Scorecard], known: Mapping[str, Check]) -> dict[str, Check | CheckResult]:
    """Every check that a scorecard has, in the level's order; then those the level does not know any more."""
    seen = {result.id: result for card in cards for result in card.checks}
    ordered: dict[str, Check | CheckResult] = {name: check for name, check in known.items() if name in seen}
    return ordered | {name: result for name, result in seen.items() if name not in known}


def _patterns(cards: Sequence[Scorecard]) -> dict[str, list[Pattern]]:
    """Each learner's pattern of failures, by exercise."""
    found: dict[str, list[Pattern]] = {}
    for card in cards:
        by_exercise: dict[str, list[CheckResult]] = {}
        for result in card.checks:
            by_exercise.setdefault(result.exercise, []).append(result)
        for exercise, results in by_exercise.items():
            pattern = pattern_of(results)
            if pattern is not None:
                found.setdefault(exercise, []).append(pattern)
    return found


def _notes(every: Sequence[Scorecard], counted: Sequence[Scorecard], items: Sequence[Item]) -> tuple[str, ...]:
    notes = []
    versions = len({card.checks_digest for card in every})
    if versions > 1:
        notes.append(f"{versions} versions of the checks made these scorecards; only the newest version counts here")
    if len(counted) < MINIMUM:
        notes.append(f"{len(counted)} learners are too few for discrimination: it takes {MINIMUM}")
    elif len(counted) < 30:
        notes.append(f"{len(counted)} learners: intervals are wide, and no flag does not mean that nothing misleads")
    numbers = sum(item.discrimination.value is not None for item in items)
    if numbers >= 20:
        chance = numbers * (1 - CONFIDENCE) / 2
        notes.append(f"of {numbers} checks that told nothing at all, chance alone would flag about {chance:.0f}")
    return tuple(notes)
