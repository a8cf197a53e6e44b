"""What there is to grade, as jobs: each a pure function of the digests in it, so that a result can be kept and found.

A job is small and picklable; it carries no bytes of a submission and no secret.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader import catalog, generated
from grader.cohort.arrivals import Arrival
from grader.model import Environment, Level
from grader.seeds import Key

FORMAT = 1
_SHARE_OF_LIMIT = 0.25  # of an exercise's seconds, what a submission that nobody has graded yet is taken to need


@dataclass(frozen=True)
class Versions:
    """What a job is graded with beside the level: ``environment`` a digest, ``walls`` their kind."""

    environment: str
    walls: str

    @classmethod
    def of(cls, environment: Environment, walls: str) -> Versions:
        """The versions of a process with this environment behind walls of this kind."""
        parts = (environment.python, environment.packages_digest, environment.platform)
        return cls(hashlib.sha256("\0".join(parts).encode()).hexdigest(), walls)


@dataclass(frozen=True)
class Job:
    """One submission to grade. ``submission`` is its sha256 in the store, ``cost`` a guess in seconds.

    ``exercises`` None is all of them. ``resource`` is what a Dask worker must offer, or empty.
    """

    level: str
    learner: str
    submission: str
    tree: str
    seed_id: str
    checks: str
    data: str
    environment: str
    walls: str
    exercises: tuple[str, ...] | None = None
    attempt: int = 1
    arrival: str = ""  # the digest of its entry in the ledger
    cost: float = 0.0
    resource: str = ""

    @cached_property
    def digest(self) -> str:
        """64 hex digits over all that the result depends on, and on nothing else."""
        parts = [
            FORMAT, self.level, self.seed_id, self.tree, self.checks, self.data, self.environment, self.walls,
            None if self.exercises is None else sorted(self.exercises), self.attempt,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def name(self) -> str:
        """The job as a person calls it."""
        return f"{self.learner}/{self.level}"


class Planner:
    """Makes jobs of arrivals. The levels are read once, so that one run grades by one version of the checks."""

    def __init__(self, key: Key, versions: Versions, exercises: Sequence[str] | None = None) -> None:
        self._key = key
        self._versions = versions
        self._exercises = None if exercises is None else tuple(exercises)
        self._levels: dict[str, tuple[Level, str]] = {}

    def level(self, level_id: str) -> Level:
        """The level as it was when this run first asked."""
        return self._known(level_id)[0]

    def checks(self, level_id: str) -> str:
        """The digest of the level's checks as they were then."""
        return self._known(level_id)[1]

    def job(self, arrival: Arrival, took: float | None = None, resource: str = "") -> Job:
        """The job of one arrival; ``took`` is how many seconds an earlier one of that learner and level needed."""
        level, checks = self._known(arrival.level)
        return Job(
            level=level.id,
            learner=arrival.learner,
            submission=arrival.digest,
            tree=arrival.tree_digest,
            seed_id=self._key.seed_id(level.id, arrival.learner),
            checks=checks,
            data=generated.recipe_digest(level, self._key, arrival.learner),
            environment=self._versions.environment,
            walls=self._versions.walls,
            exercises=self._exercises,
            attempt=arrival.attempt,
            arrival=arrival.entry,
            cost=took if took is not None else _guess(level, self._exercises),
            resource=resource,
        )

    def _known(self, level_id: str) -> tuple[Level, str]:
        if level_id not in self._levels:
            level = catalog.find_level(level_id)
            self._levels[level_id] = (level, catalog.checks_digest(level))
        return self._levels[level_id]


def plan(
    arrivals: Iterable[Arrival],
    planner: Planner,
    took: Mapping[tuple[str, str], float] | None = None,
    resources: Mapping[str, str] | None = None,
) -> list[Job]:
    """The jobs of the arrivals that count, in the order they are to be begun.

    ``took`` holds seconds by learner and level where they are known, ``resources`` what a level needs of a Dask worker.
    """
    took, resources = took or {}, resources or {}
    return in_order(
        planner.job(one, took.get((one.learner, one.level)), resources.get(one.level, ""))
        for one in arrivals
        if one.counts
    )


def in_order(jobs: Iterable[Job]) -> list[Job]:
    """Longest first within a level; between levels each gets the same share of time until it has no jobs left.

    So a level of ten-minute jobs does not keep one of ten-second jobs waiting, nor the other way round, and what is
    left for the end is short.
    """
    waiting: defaultdict[str, deque[Job]] = defaultdict(deque)
    for job in sorted(jobs, key=lambda job: (-job.cost, job.name)):
        waiting[job.level].append(job)
    given = dict.fromkeys(waiting, 0.0)
    ordered = []
    while given:
        level = min(given, key=lambda level: (given[level], -waiting[level][0].cost, level))
        job = waiting[level].popleft()
        ordered.append(job)
        given[level] += job.cost or 1.0
        if not waiting[level]:
            del given[level]
    return ordered


def _guess(level: Level, exercises: Sequence[str] | None) -> float:
    chosen = [one for one in level.exercises if exercises is None or one.id in exercises]
    return _SHARE_OF_LIMIT * sum(one.limits.seconds for one in chosen)
