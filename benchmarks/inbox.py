"""Inboxes for benchmarks: whole submissions of a level, honest and wrong ones in turn, packed as learners would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.content import variant
from grader.intake.label import FILE, Label
from grader.model import Level
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.pack import archive_of

EVERY = 3  # of so many submissions, one is the untouched starter; the others are references and variants


def fill(inbox: Path, level: Level, key: Key, count: int, exercises: Sequence[str] | None = None) -> None:
    """Lay ``count`` submissions into INBOX/<learner>/<level>.tar.gz; the same ones each time."""
    made = _trees(level, exercises)
    for number in range(count):
        learner = f"learner-{number:04}"
        label = Label(level.id, learner, key.id, key.seed_id(level.id, learner))
        tree = Tree({FILE: label.text().encode()}).laid_over(next(made))
        target = inbox / learner / f"{level.id}.tar.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive_of(tree.placed(learner)))


def _trees(level: Level, exercises: Sequence[str] | None) -> Iterator[Tree]:
    starter = variant.starter_tree(level)
    whole = starter
    for exercise in level.exercises:
        if exercises is None or exercise.id in exercises:
            whole = variant.reference_tree(level, exercise).laid_over(whole.without(exercise.id))
    wrong = [
        variant.variant_tree(level, one)
        for one in variant.read_variants(level)
        if exercises is None or one.exercise in exercises
    ]
    number = 0
    while True:
        if number % EVERY == 0:
            yield whole
        elif number % EVERY == 1:
            yield starter
        else:
            yield wrong[number // EVERY % len(wrong)] if wrong else whole
        number += 1
