"""Trials of the content gate: which submissions are graded, and what each must come out as."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from grader.content.variant import Variant, read_variants, reference_tree, starter_tree, variant_tree
from grader.grading import Grader
from grader.model import Check, CheckResult, Exercise, Level, Outcome
from grader.tree import Tree

_SHARE = 0.2  # of the wrong variants that a check runs although nothing has changed


@dataclass(frozen=True)
class Trial:
    """One submission to grade on ``exercises``, or on one ``part`` of a starter repo.

    ``failed`` and ``skipped`` name the checks that must not pass.
    """

    name: str
    learner: str
    exercises: tuple[str, ...]
    tree: Callable[[], Tree]
    failed: frozenset[str] = field(default=frozenset())
    skipped: frozenset[str] = field(default=frozenset())
    earns_nothing: bool = False
    part: str | None = None

    def results(self, grader: Grader, level: Level) -> list[CheckResult]:
        """What comes of it."""
        tree, exercises = self.tree(), map(level.exercise, self.exercises)
        return [line for one in exercises for line in grader.results(level, one, tree, self.learner, self.part)]

    def problems(self, level: Level, results: Sequence[CheckResult]) -> Iterator[str]:
        """What the results should not say, a line each."""
        checks = {check.id: check for check in level.checks}
        for line in results:
            yield from self._line(checks[line.id], line)

    def _line(self, check: Check, line: CheckResult) -> Iterator[str]:
        where = f"{self.name}: {line.id}"
        if line.outcome is Outcome.ERROR:
            yield f"{where} ended in an error of ours: {line.message}"
        elif self.earns_nothing:
            if check.hidden and line.outcome is Outcome.PASSED:
                yield f"{where} passes on the untouched starter"
        elif check.name in self.failed:
            if line.outcome is not Outcome.FAILED:
                yield f"{where} should fail but is {_outcome(line)}"
            elif not _three_lines(line.message):
                yield f"{where} fails without a message of three lines (Tried, Came, Look): {line.message!r}"
        elif check.name in self.skipped:
            if line.outcome is not Outcome.SKIPPED:
                yield f"{where} should be skipped but is {_outcome(line)}"
        elif line.outcome is not Outcome.PASSED:
            yield f"{where} should pass but is {_outcome(line)}: {' / '.join(line.message.splitlines())}"


def _outcome(line: CheckResult) -> str:
    return line.outcome.value if line.reason is None else f"{line.outcome.value} ({line.reason.value})"


def _three_lines(message: str) -> bool:
    lines = message.splitlines()
    return len(lines) == 3 and all(
        line.startswith(word) and len(line) > len(word) + 3
        for line, word in zip(lines, ("Tried:", "Came:", "Look:"), strict=True)
    )


def trials(
    level: Level, learners: Sequence[str], variants: Sequence[Variant], exercises: Sequence[Exercise]
) -> list[Trial]:
    """The starter, the reference for every learner, and ``variants`` for the first; on these exercises of the level."""
    first = learners[0]
    every = tuple(exercise.id for exercise in exercises)
    planned = [Trial("starter", first, every, partial(starter_tree, level), earns_nothing=True)]
    for learner in learners:
        for exercise in exercises:
            tree = partial(reference_tree, level, exercise)
            planned.append(Trial(f"reference ({learner})", learner, (exercise.id,), tree))
    for variant in variants:
        tree = partial(variant_tree, level, variant)
        planned.append(
            Trial(variant.name, first, (variant.exercise,), tree, variant.failed, variant.skipped, part=variant.part)
        )
    return planned


def chosen(level: Level, seed: str, unproved: frozenset[str], changed: frozenset[str]) -> list[Variant]:
    """What a check runs beside a proof: variants of unproved exercises, changed ones, and of the others a few.

    The few are one right one and a fifth of the wrong ones, drawn by ``seed``.
    """
    every = read_variants(level)
    draw = random.Random(seed)
    proved = [variant for variant in every if variant.exercise not in unproved]
    wrong = [variant for variant in proved if not variant.right]
    right = [variant for variant in proved if variant.right]
    picked = {variant.name for variant in draw.sample(wrong, round(len(wrong) * _SHARE))}
    picked |= {variant.name for variant in draw.sample(right, min(1, len(right)))}
    return [variant for variant in every if variant.exercise in unproved or variant.name in picked | changed]
