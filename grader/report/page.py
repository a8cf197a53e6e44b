"""What a feedback page says: a scorecard and its level turned into the words and numbers a learner reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

from grader.model import Check, CheckResult, Level, Outcome, RuleLine, Scorecard, SkipReason
from grader.report.figures import Figures
from grader.report.message import Message, label, message, shown
from grader.report.pending import Pending, pending

KINDS = ("passed", "failed", "waiting", "tool", "error")
NO_FIGURES: Mapping[str, Figures] = MappingProxyType({})


class Hint(Protocol):
    """What a level offers a learner whose check failed, as the catalog reads it from ``hints.toml``."""

    @property
    def hints(self) -> tuple[str, ...]: ...
    @property
    def read(self) -> str: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Row:
    """One check as the page shows it; ``builds_on`` are titles of the checks that keep it from running."""

    anchor: str
    title: str
    kind: str  # passed, failed, waiting (a prerequisite failed), tool, error
    points: str
    max_points: str
    message: Message
    hint: Hint | None
    builds_on: tuple[str, ...]
    on_error: bool  # what it builds on ended in an error of ours


@dataclass(frozen=True)
class Group:
    """The checks of one exercise, or of one part of a large starter repo (``part`` is then its name)."""

    title: str
    part: str
    points: float
    max_points: float
    passed: int  # how many of the rows
    rows: tuple[Row, ...]
    figures: Figures | None = None  # None: this exercise shows none


@dataclass(frozen=True)
class Bar:
    """Points of one skill; ``percent`` is 0 to 100, ``bar`` the share the promotion rule asks for."""

    name: str
    points: float
    max_points: float
    percent: float
    bar: float


@dataclass(frozen=True)
class Next:
    """The one next thing to do; ``anchor`` is empty where no check is meant."""

    sentence: str
    anchor: str = ""
    title: str = ""
    exercise: str = ""


@dataclass(frozen=True)
class Page:
    """Everything on the page, in the order it is read: text safe to show, but not yet escaped."""

    learner: str
    when: str
    counts: Mapping[str, int]  # hidden checks by the kinds of Row
    verdict: str
    next: Next
    skills: tuple[Bar, ...]
    rule: tuple[RuleLine, ...]
    pending: tuple[Pending, ...]  # what the rule asks beyond the submission
    groups: tuple[Group, ...]
    visible: tuple[Group, ...]


def page(
    scorecard: Scorecard, level: Level, hints: Mapping[str, Hint], figures: Mapping[str, Figures] = NO_FIGURES
) -> Page:
    """The page for one scorecard; ``hints`` are keyed ``exercise/name``, ``figures`` by exercise.

    The scorecard may be older than the level, and is then believed in what it says.
    """
    hidden = [check for check in scorecard.checks if check.hidden]
    visible = [check for check in scorecard.checks if not check.hidden]
    outcomes = {check.id: check.outcome for check in scorecard.checks}
    kinds = [_kind(check) for check in hidden]
    return Page(
        learner=label(scorecard.learner),
        when=_when(scorecard.started),
        counts={kind: kinds.count(kind) for kind in KINDS},
        verdict=_verdict(scorecard, level),
        next=_next(scorecard, level),
        skills=_bars(scorecard, level),
        rule=tuple(RuleLine(shown(line.line), line.met, shown(line.because)) for line in scorecard.rule),
        pending=pending(level),
        groups=_groups(hidden, outcomes, level, hints, figures),
        visible=_groups(visible, outcomes, level, hints, NO_FIGURES),
    )


def _percent(points: float, max_points: float) -> float:
    return min(100.0, max(0.0, 100 * points / max_points)) if max_points else 0.0


def _when(started: str) -> str:
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return label(started)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _kind(check: CheckResult) -> str:
    if check.outcome is Outcome.SKIPPED:
        return "tool" if check.reason is SkipReason.TOOL else "waiting"
    return check.outcome.value


def _verdict(scorecard: Scorecard, level: Level) -> str:
    open_lines = sum(not line.met for line in scorecard.rule)
    if not open_lines and pending(level):
        return "Your submission meets its part of the promotion rule; the rest is for a mentor to see."
    if not open_lines:
        return "Your submission meets the promotion rule; a mentor decides."
    lines = "the {} lines that a submission can meet" if pending(level) else "its {} lines"
    return f"The promotion rule is not met yet: {open_lines} of {lines.format(len(scorecard.rule))} are open."


def _next(scorecard: Scorecard, level: Level) -> Next:
    """The first failed check, in the order of the exercises, whose prerequisites passed."""
    order = {check.id: (place, check.requires) for place, check in enumerate(level.checks)}
    passed = {check.id for check in scorecard.checks if check.outcome is Outcome.PASSED}
    failed = [check for check in scorecard.checks if check.outcome is Outcome.FAILED]
    failed.sort(key=lambda check: order.get(check.id, (len(order), ()))[0])
    ready = [check for check in failed if passed.issuperset(order.get(check.id, (0, ()))[1])]
    if failed:
        first = (ready or failed)[0]
        return Next("", _anchor(first), label(first.title), _exercise_title(first.exercise, level))
    if scorecard.has_errors:
        return Next("Nothing for you to do: the checks that ended in an error of ours will be graded again.")
    if any(check.reason is SkipReason.TOOL for check in scorecard.checks):
        return Next("Everything that could be judged here passed. Grade again where the missing tool is.")
    if len(scorecard.checks) < len(level.checks):
        return Next("Everything that was graded this time passed. The other exercises of this level were not graded.")
    return Next("Every check passed. Nothing is left to fix in this level.")


def _bars(scorecard: Scorecard, level: Level) -> tuple[Bar, ...]:
    names = {skill.id: skill.name for skill in level.skills}
    return tuple(
        Bar(
            name=names.get(skill, label(skill)),
            points=of.points,
            max_points=of.max_points,
            percent=_percent(of.points, of.max_points),
            bar=level.rule.skill * 100,
        )
        for skill, of in scorecard.skills.items()
    )


def _groups(
    checks: Sequence[CheckResult],
    outcomes: Mapping[str, Outcome],
    level: Level,
    hints: Mapping[str, Hint],
    figures: Mapping[str, Figures],
) -> tuple[Group, ...]:
    """Checks by exercise and part, in the order of the level; those it no longer has come last."""
    known = {check.id: check for check in level.checks}
    places = {exercise.id: place for place, exercise in enumerate(level.exercises)}
    grouped: dict[tuple[str, str], list[CheckResult]] = {}
    for check in sorted(checks, key=lambda check: places.get(check.exercise, len(places))):
        grouped.setdefault((check.exercise, check.part or ""), []).append(check)
    return tuple(
        Group(
            title=_exercise_title(exercise, level),
            part=label(part),
            points=sum(check.points or 0.0 for check in members),
            max_points=sum(check.max_points for check in members),
            passed=sum(check.outcome is Outcome.PASSED for check in members),
            rows=tuple(_row(check, known, outcomes, hints) for check in members),
            figures=figures.get(exercise),
        )
        for (exercise, part), members in grouped.items()
    )


def _row(
    check: CheckResult, known: Mapping[str, Check], outcomes: Mapping[str, Outcome], hints: Mapping[str, Hint]
) -> Row:
    requires = known[check.id].requires if check.id in known else ()
    missing = [name for name in requires if outcomes.get(name) is not Outcome.PASSED]
    return Row(
        anchor=_anchor(check),
        title=label(check.title),
        kind=_kind(check),
        points="–" if check.points is None else f"{check.points:g}",
        max_points=f"{check.max_points:g}",
        message=message(check.message),
        hint=hints.get(check.id.partition("/")[2]),
        builds_on=tuple(known[name].title if name in known else label(name) for name in missing),
        on_error=any(outcomes.get(name) is Outcome.ERROR for name in missing),
    )


def _exercise_title(exercise: str, level: Level) -> str:
    try:
        return level.exercise(exercise).title
    except KeyError:
        return label(exercise)


def _anchor(check: CheckResult) -> str:
    return "check-" + re.sub(r"[^A-Za-z0-9-]+", "-", check.id.partition("/")[2])
