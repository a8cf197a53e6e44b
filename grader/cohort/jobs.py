"""Does a job: the submission out of the store, a scorecard as a JSON line. The same here and on a Dask worker."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from grader import catalog, generated, intake, scoring
from grader.cohort.plan import Job, Versions
from grader.cohort.store import Store
from grader.errors import GraderFault, InputError
from grader.grading import Grader, Progress, environment
from grader.model import Level, Scorecard
from grader.seeds import Key
from grader.walls import Walls, open_walls

TRIES = 2  # a result with an error of ours is made once more


@dataclass(frozen=True)
class Context:
    """What a process needs to do any job of a cohort: where its submissions are, and its key. Picklable."""

    store: str
    key: Key


class Refused(GraderFault):
    """This process cannot do the job as it was planned: other levels, other packages, other walls."""


class Bench:
    """Where one process does jobs of one cohort, behind walls that are open. Thread-safe."""

    def __init__(self, walls: Walls, context: Context) -> None:
        self._walls = walls
        self.key = context.key
        self._store = Store(context.store)
        self._grader = Grader(walls, context.key)

    def run(self, job: Job, on_result: Progress | None = None) -> str:
        """The job's scorecard, one JSON line. A fault of ours is a GraderFault; a learner's is in the scorecard.

        Refused if what is here is not what the job's digest was made of.
        """
        if self._walls.kind != job.walls:
            raise Refused(f"{job.name}: is to be graded behind {job.walls}; here are {self._walls.kind}")
        level = _as_planned(job, self.key)
        submission = intake.read_archive(self._store.get(job.submission), job.name, level.id)
        if submission.digest != job.tree:
            raise Refused(f"{job.name}: what is read out of the submission here differs from when it arrived")
        for _ in range(TRIES):
            card = self._grader.grade(level, submission.tree, job.learner, on_result, job.exercises, job.attempt)
            if not card.has_errors:
                break
        return scoring.to_line(card)


def _as_planned(job: Job, key: Key) -> Level:
    """The job's level, if what is here is what the job was made of; else Refused."""
    level = catalog.find_level(job.level)
    if Versions.of(environment(), job.walls).environment != job.environment:
        raise Refused(f"{job.name}: the Python or the packages here are not those that the run was planned with")
    if catalog.checks_digest(level) != job.checks:
        raise Refused(f"{job.name}: the checks of {level.id} here are not those that the run was planned with")
    if generated.recipe_digest(level, key, job.learner) != job.data:
        raise Refused(f"{job.name}: the data of {level.id} would be made in another way here")
    return level


_bench: dict[Context, Bench] = {}
_walls: list[Walls] = []
_opening = threading.Lock()


def run_job(job: Job, context: Context) -> str:
    """As ``Bench.run``, behind walls that this process opens for its first job and keeps until it ends."""
    _as_planned(job, context.key)  # before walls are opened: who cannot do it says so at once
    with _opening:
        if not _walls:
            _walls.append(open_walls())
        if context not in _bench:
            _bench[context] = Bench(_walls[0], context)
        bench = _bench[context]
    return bench.run(job)


def own_versions() -> Versions:
    """What this process grades with; opens its walls."""
    with _opening:
        if not _walls:
            _walls.append(open_walls())
    return Versions.of(environment(), _walls[0].kind)


def usable(line: str | None, job: Job) -> Scorecard | None:
    """The scorecard in a result that was kept, if it is this job's and has no error of ours; else None."""
    if line is None:
        return None
    try:
        card = scoring.from_line(line)
    except InputError:  # whatever is wrong with what was kept, the job is done anew
        return None
    fits = (card.level, card.learner, card.submission_digest, card.checks_digest) == (
        job.level, job.learner, job.tree, job.checks,
    )  # fmt: skip
    return card if fits and not card.has_errors else None
