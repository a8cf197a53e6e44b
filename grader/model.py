"""The records every part of the grader speaks in: frozen, plain, JSON-ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

FORMAT_VERSION = 1
PRELOADS = ("mlflow",)  # libraries so heavy that a zygote imports them only for exercises that name them


class Outcome(StrEnum):
    """How a check ended. ``ERROR`` is ours: its points are null, never a zero and never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


class SkipReason(StrEnum):
    """Why a check was skipped: something it builds on failed, or a tool is not on this machine."""

    PREREQUISITE = "prerequisite"
    TOOL = "tool"


ExerciseKind = Literal["notebook", "repo"]


@dataclass(frozen=True)
class Skill:
    """One of a level's skills; ``id`` is a slug, ``name`` the term learners and mentors read."""

    id: str
    name: str


@dataclass(frozen=True)
class Limits:
    """What one worker may use. Seconds are wall-clock, sizes are MiB."""

    seconds: float = 120.0  # one exercise, all its checks together, one worker's life
    check_seconds: float = 20.0  # one request to the learner's code made by a check
    cell_seconds: float = 40.0  # one notebook cell
    memory_mb: int = 1536  # address space for data, per process
    total_memory_mb: int = 3072  # all processes of the worker together
    processes: int = 96
    disk_mb: int = 256
    output_mb: int = 4  # stdout and stderr kept; what goes beyond is dropped


@dataclass(frozen=True)
class Check:
    """The smallest judged thing. ``id`` is ``level/exercise/name``; visible checks carry no points."""

    id: str
    exercise: str
    title: str
    skill: str
    points: float
    hidden: bool
    part: str | None = None
    requires: tuple[str, ...] = ()  # ids of checks of the same exercise

    @property
    def name(self) -> str:
        """The last part of the id: a notebook's grade_id, or a test function's name with hyphens."""
        return self.id.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Exercise:
    """A notebook or a starter repo. ``minutes`` is what a learner should plan for."""

    id: str
    kind: ExerciseKind
    title: str
    minutes: int
    difficulty: str
    importance: str
    fresh: int  # how many further data sets hidden checks draw under the learner's key
    limits: Limits
    checks: tuple[Check, ...]
    parts: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()  # of `PRELOADS`: what workers find imported beside the usual
    figures: bool = False  # a notebook whose saved figures the feedback page shows


@dataclass(frozen=True)
class Rule:
    """A level's promotion rule: shares of points in 0..1, and ids of the reviews it needs."""

    points: float
    skill: float
    reviews: tuple[str, ...] = ()
    level_below: bool = False


@dataclass(frozen=True)
class Criterion:
    """One line of a rubric. ``marks[n]`` says in words what a mentor means by ``n`` of its ``points``."""

    id: str
    title: str
    points: int
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Rubric:
    """What a mentor marks one review by; such points stand beside a scorecard's and never inside them.

    A review has passed with ``minimum`` of the criteria's points; ``mentors`` is how many have to mark.
    """

    id: str
    title: str
    exercise: str
    skill: str
    minimum: int
    criteria: tuple[Criterion, ...]
    mentors: int = 1

    @property
    def max_points(self) -> int:
        """The points of all criteria together."""
        return sum(criterion.points for criterion in self.criteria)


@dataclass(frozen=True)
class Level:
    """One rung of the ladder, as read from ``levels/NN-name``."""

    id: str
    number: int
    title: str
    focus: str
    goal: str
    folder: Path
    skills: tuple[Skill, ...]
    exercises: tuple[Exercise, ...]
    rule: Rule
    reviews: tuple[Rubric, ...] = ()  # every one a mentor may enter; those in ``rule.reviews`` promotion needs

    def exercise(self, exercise_id: str) -> Exercise:
        """The exercise with this id; KeyError if there is none."""
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        raise KeyError(exercise_id)

    def review(self, review_id: str) -> Rubric:
        """The rubric with this id; KeyError if there is none."""
        for rubric in self.reviews:
            if rubric.id == review_id:
                return rubric
        raise KeyError(review_id)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check of the level, in the order a learner meets them."""
        return tuple(check for exercise in self.exercises for check in exercise.checks)


@dataclass(frozen=True)
class CheckResult:
    """One check's verdict as it stands in a scorecard.

    ``message`` is written for the learner, up to three lines: ``Tried: …``, ``Came: …``, ``Look: …``.
    ``points`` is None exactly when the outcome is ``error``.
    """

    id: str
    exercise: str
    part: str | None
    title: str
    skill: str
    outcome: Outcome
    reason: SkipReason | None
    points: float | None
    max_points: float
    message: str
    seconds: float
    hidden: bool


@dataclass(frozen=True)
class SkillPoints:
    """Points of one skill; ``error`` checks count in neither number's favour (their points are absent)."""

    points: float
    max_points: float


@dataclass(frozen=True)
class RuleLine:
    """One line of the promotion rule: what it asks, whether it is met, and because of which checks."""

    line: str
    met: bool
    because: str


@dataclass(frozen=True)
class WallsReport:
    """Behind which walls the learner's code ran; ``kind`` is namespaces, container or none."""

    kind: str
    seccomp: bool
    landlock: bool
    network: str  # "none" behind walls, "host" without
    limits: Mapping[str, float]


@dataclass(frozen=True)
class Environment:
    """What the scores were made with."""

    python: str
    packages_digest: str
    platform: str


@dataclass(frozen=True)
class Scorecard:
    """All outcomes of one submission under one version of the checks."""

    level: str
    learner: str
    submission_digest: str
    checks_digest: str
    data_digest: str
    seed_id: str
    environment: Environment
    walls: WallsReport
    started: str  # ISO 8601, UTC
    seconds: float
    peak_memory: float  # MiB, the largest worker process
    phases: Mapping[str, float]  # seconds by phase
    points: float
    max_points: float
    skills: Mapping[str, SkillPoints]
    rule: tuple[RuleLine, ...]
    checks: tuple[CheckResult, ...]
    format_version: int = FORMAT_VERSION

    @property
    def has_errors(self) -> bool:
        """True if any check ended in an error of ours."""
        return any(check.outcome is Outcome.ERROR for check in self.checks)


JSON = dict[str, Any]
