"""One grading run as a person sees it: progress on stderr, results on stdout, files in OUT, an exit code."""

from __future__ import annotations

import contextlib
import heapq
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader import catalog, intake
from grader.cohort import folder, unfinished
from grader.cohort.arrivals import Arrival, collect
from grader.cohort.inbox import Found
from grader.cohort.jobs import Bench, Context, usable
from grader.cohort.local import Graded, Item, Rejected, default_jobs, grade_all, grade_jobs
from grader.cohort.plan import Job, Planner, Versions, plan
from grader.cohort.results import Results, Work
from grader.cohort.settings import Cohort
from grader.cohort.store import Damaged, Store, StoreFault
from grader.cohort.unfinished import Unfinished
from grader.cohort.watching import Watching
from grader.errors import GraderFault, InputError, LadderError
from grader.grading import environment
from grader.ledger import Ledger, open_ledger
from grader.model import Scorecard
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import open_walls

_MOST_NAMED = 30  # learners in one line
STOPPED = 130  # the exit code of a run that Ctrl-C ended


def grade(items: Sequence[Item], key: Key, jobs: int | None, out: Path | None, as_json: bool) -> int:
    """Grade ``items`` behind the walls, with no ledger; the exit code of the run (0, 2 or 3)."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    cards: list[Scorecard] = []
    if out is not None:
        folder.ready(out)
    results = Results(errors, out, as_json)
    with open_walls() as walls, Watching(errors, len(items)) as watching:
        for done in grade_all(items, walls, key, jobs or min(default_jobs(), len(items)), watching.result):
            watching.done(done.scorecard.learner if isinstance(done, Graded) else done.item.name)
            if isinstance(done, Rejected):
                results.refuse(done.error)
                continue
            if done.warning:
                errors.print(f"note: {done.warning}", markup=False)
            cards.append(done.scorecard)
            assert isinstance(done.item, Item)
            results.add(done.scorecard, _work(done.item))
    results.end(sorted(cards, key=lambda card: card.learner))
    return _exit_code(results.worst)


@dataclass(frozen=True)
class How:
    """How a cohort is graded: ``jobs`` at once on this machine, or on the Dask cluster at ``dask``."""

    jobs: int | None = None
    dask: str | None = None
    resume: bool = False
    as_json: bool = False
    exercises: tuple[str, ...] | None = None  # None: all of them


def grade_cohort(cohort: Cohort, found: Callable[[], Iterable[Found]], how: How) -> int:
    """Grade what a cohort handed in and enter it in the ledger; the exit code of the run (0, 2, 3, or 130).

    ``found`` reads the inbox. What was graded before, by this run or another, is not graded again.
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if cohort.out is not None:
        folder.ready(cohort.out)
    results = Results(errors, cohort.out, how.as_json)
    store = Store(cohort.store)
    with open_ledger(cohort.ledger, cohort.name) as ledger:
        run = _Run(cohort, store, ledger, how, errors, results)
        arrivals = run.arrivals(found)
        try:
            run.grade(arrivals)
        except KeyboardInterrupt:
            errors.print(f"ladder: stopped{run.so_far()}", markup=False)
            return STOPPED
        except GraderFault as fault:
            raise type(fault)(f"{fault}{run.so_far()}") from None
        late = {(one.learner, one.level) for one in arrivals if one.late}
        results.end(_Standing(ledger, arrivals, run.errors), late)
        for line in _missing(cohort, arrivals):
            errors.print(f"note: {line}", markup=False)
    return _exit_code(results.worst)


def _missing(cohort: Cohort, arrivals: Sequence[Arrival]) -> Iterator[str]:
    """Who of the roster has handed in nothing that could be graded, a line for each level that others handed in."""
    if cohort.roster is None:
        return
    names = [unicodedata.normalize("NFC", name) for name in cohort.roster]
    for level in sorted({one.level for one in arrivals}):
        there = {one.learner for one in arrivals if one.level == level}
        if missing := [name for name in names if name not in there]:
            named = ", ".join(missing[:_MOST_NAMED]) + (", …" if len(missing) > _MOST_NAMED else "")
            yield f"{level}: nothing to grade from {len(missing)} of {len(names)} on the roster: {named}"


class _Run:
    """One run of one cohort."""

    def __init__(
        self, cohort: Cohort, store: Store, ledger: Ledger, how: How, console: Console, results: Results
    ) -> None:
        self._cohort = cohort
        self._store = store
        self._ledger = ledger
        self._how = how
        self._console = console
        self._results = results
        self._done = 0
        self._of = 0
        self._digests: dict[str, str] = {}
        self.errors: list[Scorecard] = []  # scorecards with an error of ours: in no ledger

    def arrivals(self, found: Callable[[], Iterable[Found]]) -> list[Arrival]:
        """What counts: out of the unfinished run's plan, or of the inbox as it is now; written down either way."""
        left = Unfinished.find(self._store, self._cohort.name) if self._how.resume else None
        if left is not None:
            self._note("going on with the unfinished run; the inbox is not read again")
            for line in left.refused:
                self._results.refuse(InputError(line))
            return left.read(self._ledger)
        if self._how.resume:
            self._note("there is no unfinished run; the inbox is read")
        elif unfinished.is_there(self._store, self._cohort.name):
            self._note("an earlier run was not finished (--resume goes on with it); the inbox is read anew")
        collected = collect(found(), self._cohort, self._store, self._ledger)
        for note in collected.notes:
            self._note(note)
        for one in collected.rejected:
            self._results.refuse(one.error)
        refused = tuple(str(one.error) for one in collected.rejected)
        plan = Unfinished(tuple(one.key for one in collected.arrivals), refused)
        plan.keep(self._store, self._cohort.name)
        return list(collected.arrivals)

    def grade(self, arrivals: Sequence[Arrival]) -> None:
        """Bring every arrival to a scorecard in the ledger, where that can be."""
        self._of = len(arrivals)
        todo, took = self._without_scorecard(arrivals)
        complete = True
        if todo:
            complete = self._grade(todo, took)
        if complete:
            unfinished.finish(self._store, self._cohort.name)

    def so_far(self) -> str:
        """What became of a run that ends early, to be put behind why it does."""
        if self._cohort.out is None or not self._of:
            return ""
        return f"; {self._done} of {self._of} are graded and kept, and --resume goes on with the rest"

    def _without_scorecard(self, arrivals: Sequence[Arrival]) -> tuple[list[Arrival], dict[tuple[str, str], float]]:
        """Those whose submission has no standing scorecard yet; and how long the earlier ones of their owners took."""
        wanted = {(one.learner, one.level): one for one in arrivals}
        took: dict[tuple[str, str], float] = {}
        other = 0
        for standing in self._ledger.standing():
            owner = (standing.entry.learner, standing.entry.level)
            took[owner] = standing.scorecard.seconds
            if owner in wanted and wanted[owner].tree_digest == standing.scorecard.submission_digest:
                arrival = wanted.pop(owner)
                self._done += 1
                self._results.add(standing.scorecard, self._work(arrival.digest, standing.scorecard))
                if standing.scorecard.checks_digest != self._checks(owner[1]):
                    other += 1
        if self._done:
            self._note(f"{self._done} of {len(arrivals)} have a scorecard that stands")
        if other:
            self._note(f"{other} of them were graded by other checks than those here; `ladder cohort regrade` compares")
        return list(wanted.values()), took

    def _checks(self, level_id: str) -> str:
        if level_id not in self._digests:
            self._digests[level_id] = catalog.checks_digest(catalog.find_level(level_id))
        return self._digests[level_id]

    def _grade(self, todo: Sequence[Arrival], took: dict[tuple[str, str], float]) -> bool:
        context = Context(self._store.url, self._cohort.key)
        with contextlib.ExitStack() as stack:
            if self._how.dask is None:
                walls = stack.enter_context(open_walls())
                jobs = self._jobs(todo, took, Versions.of(environment(), walls.kind))
                watching = stack.enter_context(Watching(self._console, self._of, self._done))
                at_once = self._how.jobs or min(default_jobs(), max(1, len(jobs)))
                done = grade_jobs(jobs, Bench(walls, context), at_once, self._keep, watching.result)
            else:
                # Half a second to import, and only who has a cluster needs it.
                from grader.cohort.cluster import Cluster

                cluster = stack.enter_context(Cluster(self._how.dask, self._note))
                jobs = self._jobs(todo, took, cluster.versions())
                watching = stack.enter_context(Watching(self._console, self._of, self._done))
                done = cluster.grade_jobs(jobs, context, self._keep)
            return self._take(done, watching)

    def _jobs(self, todo: Sequence[Arrival], took: dict[tuple[str, str], float], versions: Versions) -> list[Job]:
        planner = Planner(self._cohort.key, versions, self._how.exercises)
        resources = {level: terms.resource for level, terms in self._cohort.levels.items()}
        return self._not_kept(plan(todo, planner, took, resources))

    def _keep(self, job: Job, line: str) -> None:
        self._store.put_result(job.digest, line)

    def _not_kept(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs whose result an earlier run did not leave in the store; the others go into the ledger."""
        left = []
        for job in jobs:
            card = usable(self._store.result(job.digest), job)
            if card is None:
                left.append(job)
            else:
                self._enter(job, card)
        if len(left) < len(jobs):
            self._note(f"{len(jobs) - len(left)} were graded by an earlier run")
        return left

    def _take(self, done: Iterator[Graded | Rejected], watching: Watching) -> bool:
        complete = True
        for one in done:
            assert isinstance(one.item, Job)
            if isinstance(one, Rejected):
                if isinstance(one.error, StoreFault) and not isinstance(one.error, Damaged):
                    raise one.error
                self._results.refuse(one.error)
                complete = False
            elif one.scorecard.has_errors:
                self.errors.append(one.scorecard)
                self._results.add(one.scorecard, self._work(one.item.submission, one.scorecard))
                complete = False
            else:
                self._enter(one.item, one.scorecard)
            watching.done(one.item.learner)
        return complete

    def _enter(self, job: Job, card: Scorecard) -> None:
        # The page first: whoever is in the ledger has one.
        self._results.add(card, self._work(job.submission, card))
        self._ledger.add_scorecard(card, key=job.digest, arrival=job.arrival)
        self._done += 1

    def _work(self, submission: str, card: Scorecard) -> Work:
        def read() -> Tree:
            return intake.read_archive(self._store.get(submission), f"{card.learner}/{card.level}", card.level).tree

        return read

    def _note(self, text: str) -> None:
        self._console.print(f"note: {text}", markup=False)


class _Standing(Collection[Scorecard]):
    """The scorecards of a run, by learner, read from the ledger whenever somebody goes through them."""

    def __init__(self, ledger: Ledger, arrivals: Sequence[Arrival], errors: Sequence[Scorecard]) -> None:
        self._ledger = ledger
        self._owners = {(one.learner, one.level) for one in arrivals}
        self._errors = sorted(errors, key=_owner)
        self._length: int | None = None

    def __iter__(self) -> Iterator[Scorecard]:
        instead = {_owner(card) for card in self._errors}
        standing = (
            one.scorecard
            for one in self._ledger.standing()
            if _owner(one.scorecard) in self._owners and _owner(one.scorecard) not in instead
        )
        return heapq.merge(standing, self._errors, key=_owner)

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(1 for _ in self)
        return self._length

    def __contains__(self, card: object) -> bool:
        return any(card == one for one in self)


def _work(item: Item) -> Work:
    return lambda: intake.read_submission(item.path, item.level).tree


def _owner(card: Scorecard) -> tuple[str, str]:
    return card.learner, card.level


def _exit_code(worst: int) -> int:
    return worst if worst in (LadderError.exit_code, InputError.exit_code, GraderFault.exit_code) else 0
