"""Grades again what stands, where checks, data or environment are no longer those it was graded with."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from grader.cohort.arrivals import Arrival
from grader.cohort.jobs import Bench, Context, usable
from grader.cohort.local import Graded, Rejected, default_jobs, grade_jobs
from grader.cohort.plan import Job, Planner, Versions, plan
from grader.cohort.regrade import Regraded, compare
from grader.cohort.run import How
from grader.cohort.settings import Cohort
from grader.cohort.store import Store, StoreFault
from grader.cohort.watching import Watching
from grader.errors import InputError, LadderError
from grader.grading import environment
from grader.ledger import Kind, Ledger, Standing
from grader.ledger.store import scorecard_of
from grader.model import Scorecard
from grader.walls import open_walls

Owner = tuple[str, str]  # learner, level


@dataclass(frozen=True)
class Looked:
    """What a regrade found. ``unchanged`` were graded with exactly what is here now; ``refused`` were not graded."""

    regraded: tuple[Regraded, ...]
    errors: tuple[Scorecard, ...]  # new scorecards with an error of ours: none of them can be put in force
    unchanged: int
    refused: tuple[LadderError, ...]
    notes: tuple[str, ...]


def regrade(cohort: Cohort, ledger: Ledger, how: How, level: str | None = None, learner: str | None = None) -> Looked:
    """Bring every standing scorecard (of a level, of a learner) beside a new one. Nothing is entered in the ledger.

    New results are kept in the store, so what was graded for a look is not graded again to be approved.
    """
    store = Store(cohort.store)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    standing: dict[Owner, Standing] = {}
    arrivals: list[Arrival] = []
    notes = []
    learner = None if learner is None else unicodedata.normalize("NFC", learner)  # as the ledger has names
    for one in ledger.standing(learner, level):
        arrival = ledger.by_digest(one.entry.body["arrival"] or "")
        if arrival is None:
            notes.append(f"{one.entry.learner}, {one.entry.level}: the ledger does not say where the submission is")
            continue
        standing[one.entry.learner, one.entry.level] = one
        arrivals.append(Arrival.of(arrival))
    if learner is not None and not standing and not notes:
        raise InputError(f"{learner}: no scorecard of theirs stands" + (f" for {level}" if level else ""))
    if not arrivals:
        return Looked((), (), 0, (), tuple(notes))
    if not any(one.scorecard.seed_id == cohort.key.seed_id(of, name) for (name, of), one in standing.items()):
        raise InputError(
            f"no scorecard that stands was made under the key that is to grade again ({cohort.key.id}): "
            "name the cohort's key with --key"
        )
    cards: dict[Owner, tuple[str, Scorecard]] = {}
    refused: list[LadderError] = []
    with contextlib.ExitStack() as stack:
        versions, grade = _hands(stack, cohort, store, how, console)
        planner = Planner(cohort.key, versions, how.exercises)
        took = {owner: one.scorecard.seconds for owner, one in standing.items()}
        resources = {name: terms.resource for name, terms in cohort.levels.items()}
        jobs = plan(arrivals, planner, took, resources)
        todo = [job for job in jobs if job.digest != standing[job.learner, job.level].entry.key]
        left = []
        for job in todo:
            known = _known(job, ledger, store)
            if known is None:
                left.append(job)
            else:
                cards[job.learner, job.level] = (job.digest, known)
        for done in grade(left) if left else ():
            assert isinstance(done.item, Job)
            if isinstance(done, Graded):
                cards[done.item.learner, done.item.level] = (done.item.digest, done.scorecard)
            elif isinstance(done.error, StoreFault):
                raise done.error
            else:
                refused.append(done.error)
    good = {owner: found for owner, found in sorted(cards.items()) if not found[1].has_errors}
    return Looked(
        regraded=tuple(compare(standing[owner], card, key) for owner, (key, card) in good.items()),
        errors=tuple(card for owner, (_, card) in sorted(cards.items()) if owner not in good),
        unchanged=len(jobs) - len(todo),
        refused=tuple(refused),
        notes=tuple(notes),
    )


Grade = Callable[[Sequence[Job]], Iterator[Graded | Rejected]]


def _hands(
    stack: contextlib.ExitStack, cohort: Cohort, store: Store, how: How, console: Console
) -> tuple[Versions, Grade]:
    """What grades here, and how: this machine behind its walls, or a Dask cluster."""
    context = Context(store.url, cohort.key)

    def keep(job: Job, line: str) -> None:
        store.put_result(job.digest, line)

    if how.dask is not None:
        from grader.cohort.cluster import Cluster

        cluster = stack.enter_context(Cluster(how.dask, lambda text: console.print(f"note: {text}", markup=False)))

        def far(jobs: Sequence[Job]) -> Iterator[Graded | Rejected]:
            with Watching(console, len(jobs)) as watching:
                yield from _watched(cluster.grade_jobs(jobs, context, keep), watching)

        return cluster.versions(), far
    walls = stack.enter_context(open_walls())

    def near(jobs: Sequence[Job]) -> Iterator[Graded | Rejected]:
        with Watching(console, len(jobs)) as watching:
            at_once = how.jobs or min(default_jobs(), len(jobs))
            yield from _watched(grade_jobs(jobs, Bench(walls, context), at_once, keep, watching.result), watching)

    return Versions.of(environment(), walls.kind), near


def _watched(done: Iterator[Graded | Rejected], watching: Watching) -> Iterator[Graded | Rejected]:
    for one in done:
        assert isinstance(one.item, Job)
        watching.done(one.item.learner)
        yield one


def _known(job: Job, ledger: Ledger, store: Store) -> Scorecard | None:
    """The job's scorecard, if an earlier run left it in the ledger or the store."""
    entry = ledger.find(Kind.SCORECARD, job.digest)
    if entry is not None:
        return scorecard_of(entry)
    return usable(store.result(job.digest), job)
