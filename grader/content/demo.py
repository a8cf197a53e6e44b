"""`ladder demo`: builds a level's bundled cohort, packs it as learners would, and grades it behind the walls."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from grader import generated
from grader.cohort import run as running
from grader.cohort.local import Item, default_jobs
from grader.content import variant
from grader.errors import InputError
from grader.intake.label import FILE, Label
from grader.model import Exercise, Level
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.pack import archive_of


@dataclass(frozen=True)
class Bundled:
    """One learner of the bundled cohort: a name that says what the submission is, and the answer to each exercise.

    An answer is ``starter``, ``reference``, a folder of ``variants/``, or one of ``demo/`` (same form).
    """

    name: str
    about: str
    answers: Mapping[str, str]


def run(level: Level, out: Path, jobs: int | None) -> int:
    """Build, pack and grade the cohort; leaves the inbox, scorecards, pages and cohort.csv in ``out``."""
    say = Console(stderr=True, highlight=False, soft_wrap=True)
    cohort = read_cohort(level)
    starter = variant.starter_tree(level)
    say.print(f"{level.id}: packing {len(cohort)} submissions into {out / 'inbox'}", markup=False)
    key = Key.practice()
    say.print(f"{level.id}: making the data of {len(cohort)} learners", markup=False)
    generated.prepare_all(level, key, [learner.name for learner in cohort], jobs or default_jobs())
    items = [Item(_pack(level, learner, starter, key, out / "inbox"), learner.name) for learner in cohort]
    # One more than there are cores: whoever waits for the submission that hangs needs none.
    code = running.grade(items, key, jobs or default_jobs() + 1, out / "feedback", as_json=False)
    say.print(f"\nFeedback pages and scorecards: {out / 'feedback'}/<learner>/{level.id}.html and .json", markup=False)
    say.print(f"The table for a spreadsheet:   {out / 'feedback' / 'cohort.csv'}", markup=False)
    for learner in cohort:
        say.print(f"  {learner.name}: {learner.about}", markup=False)
    return code


def read_cohort(level: Level) -> tuple[Bundled, ...]:
    """The cohort in the level's demo.toml; InputError if it has none or names what is not there."""
    file = level.folder / "demo.toml"
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["learner"]
        cohort = tuple(Bundled(table["name"], table["about"], table["answers"]) for table in tables)
    except FileNotFoundError:
        raise InputError(f"{level.id} has no bundled cohort: {file} is not there") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file}: {type(error).__name__}: {error}") from None
    names = {exercise.id for exercise in level.exercises}
    for learner in cohort:
        for unknown in learner.answers.keys() - names:
            raise InputError(f"{file}: {level.id} has no exercise {unknown!r}")
    return cohort


def tree_of(level: Level, learner: Bundled, starter: Tree) -> Tree:
    """The learner's workspace: the starter with an answer in place of each exercise's own files."""
    tree = starter
    for exercise in level.exercises:
        answer = learner.answers.get(exercise.id, "starter")
        if answer == "starter":
            continue
        solved = variant.reference_tree(level, exercise) if answer == "reference" else _variant(level, exercise, answer)
        tree = solved.laid_over(tree.without(exercise.id))
    return tree


def _variant(level: Level, exercise: Exercise, answer: str) -> Tree:
    found = next((one for one in variant.read_variants(level) if one.name == answer), None)
    if found is None:
        folder = level.folder / answer
        if not folder.is_dir():
            raise InputError(f"{level.folder / 'demo.toml'}: there is no variant or folder {answer!r}")
        found = variant.Variant(answer, False, exercise.id, "", frozenset(), frozenset(), folder)
    return variant.variant_tree(level, replace(found, exercise=exercise.id))


def _pack(level: Level, learner: Bundled, starter: Tree, key: Key, inbox: Path) -> Path:
    label = Label(level.id, learner.name, key.id, key.seed_id(level.id, learner.name))
    tree = tree_of(level, learner, starter)
    tree = Tree({FILE: label.text().encode()}).laid_over(tree)
    target = inbox / learner.name / f"{level.id}.tar.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(archive_of(tree.placed(learner.name)))
    return target
