"""The content gate: the grader of every exercise is itself graded."""

from __future__ import annotations

import concurrent.futures
import sys
import time
from collections.abc import Iterator, Sequence

from rich.console import Console

from grader import catalog, datasets, generated
from grader.cohort.local import default_jobs
from grader.content import paper, stage
from grader.content.proof import Proof
from grader.content.trials import Trial, chosen, trials
from grader.content.variant import read_variants
from grader.errors import NotHeld
from grader.grading import Grader
from grader.model import CheckResult, Exercise, Level
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import open_walls

_JUNK = frozenset({"__pycache__"})


def check(level_names: Sequence[str], *, seeds: int, full: bool) -> int:
    """Check levels (all if none is named); 0 if everything holds, else 1 with a line per problem on stderr."""
    return max((_gate(level, seeds, full=full, write=False) for level in _levels(level_names)), default=0)


def prove(level_names: Sequence[str], *, seeds: int, full: bool = False) -> int:
    """Run what proof.json does not prove (with ``full`` everything), and write what holds.

    A variant that does not hold is left out of it; if anything else does not hold, nothing is written.
    """
    return max((_gate(level, seeds, full=full, write=True) for level in _levels(level_names)), default=0)


def _levels(names: Sequence[str]) -> tuple[Level, ...]:
    return tuple(catalog.find_level(name) for name in names) if names else catalog.all_levels()


def _gate(level: Level, seeds: int, *, full: bool, write: bool) -> int:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    problems = datasets.verify()
    if problems:
        # Whatever came out now would be proved of other data than the manifest's.
        return _does_not_hold(level, problems, console)
    digests = {exercise.id: catalog.exercise_digest(level, exercise) for exercise in level.exercises}
    now = Proof(digests, datasets.digest(), _variant_digests(level), seeds)
    proof = None if full else Proof.read(level.folder / "proof.json")
    if proof is not None and write and proof.seeds < seeds:
        proof = None  # it proves less than is asked for
    exercises: Sequence[Exercise] = level.exercises
    if proof is None:
        variants = list(read_variants(level))
    elif write:
        unproved, changed = proof.unproved(now), proof.changed(now)
        variants = [one for one in read_variants(level) if one.exercise in unproved or one.name in changed]
        asked = unproved | {variant.exercise for variant in variants}
        exercises = [exercise for exercise in exercises if exercise.id in asked]
        if not exercises:
            sys.stdout.write(f"{level.id}: proof.json proves it as it is.\n")
            return 0
    else:
        variants = chosen(level, catalog.checks_digest(level), proof.unproved(now), proof.changed(now))
    learners = [f"gate-{n}" for n in range(1, seeds + 1)]
    planned = trials(level, learners, variants, exercises)
    console.print(
        f"{level.id}: {len(planned)} submissions to grade ({len(variants)} variants), then the zoo",
        markup=False,
    )

    problems = [*paper.problems(level), *generated.unseeded(level, Key.practice(), "gate-1", "gate-2")]
    for problem in problems:  # now, and with the others at the end: grading takes minutes
        console.print(f"  {problem}", markup=False)
    of_variants: dict[str, list[str]] = {}
    for trial, found in _graded(level, planned, console):
        if found and trial.name in now.variants:
            of_variants[trial.name] = found
        else:
            problems += found
    problems += map(str, stage.escapes(level, generated.prepare(level, Key.practice(), learners[0]).folder))
    if write and not problems:
        # what was not run is as the earlier proof has it
        now.without(of_variants).write(level.folder / "proof.json")
    problems += [line for lines in of_variants.values() for line in lines]
    if problems:
        return _does_not_hold(level, problems, console)
    points = sum(check.points for check in level.checks)
    sys.stdout.write(
        f"{level.id}: holds. {len(level.checks)} checks, {points:g} points, {len(variants)} variants, {seeds} seeds.\n"
    )
    return 0


def _does_not_hold(level: Level, problems: Sequence[str], console: Console) -> int:
    for problem in problems:
        console.print(f"{level.id}: {problem}", markup=False)
    console.print(f"{level.id}: {len(problems)} problem{'s' * (len(problems) != 1)}", markup=False)
    return NotHeld.exit_code


def _graded(level: Level, planned: Sequence[Trial], console: Console) -> Iterator[tuple[Trial, list[str]]]:
    """Each trial with what its results should not say."""
    with open_walls() as walls:
        grader = Grader(walls, Key.practice())

        def grade(trial: Trial) -> tuple[Trial, list[CheckResult], float]:
            begun = time.monotonic()
            return trial, trial.results(grader, level), time.monotonic() - begun

        with concurrent.futures.ThreadPoolExecutor(default_jobs()) as pool:
            for number, done in enumerate(
                concurrent.futures.as_completed([pool.submit(grade, trial) for trial in planned]), 1
            ):
                trial, results, seconds = done.result()
                found = list(trial.problems(level, results))
                mark = "ok" if not found else "PROBLEM"
                where = trial.part or (trial.exercises[0] if len(trial.exercises) == 1 else "all")
                console.print(
                    f"  {number}/{len(planned)} {trial.name} on {where}: {mark} ({seconds:.1f} s)",
                    markup=False,
                )
                for line in found:
                    console.print(f"    {line}", markup=False)
                yield trial, found


def _variant_digests(level: Level) -> dict[str, str]:
    folder = level.folder / "variants"
    return (
        {path.name: Tree.read(path, skip=_JUNK).digest for path in sorted(folder.iterdir()) if path.is_dir()}
        if folder.is_dir()
        else {}
    )
