"""A check's verdict before it becomes a line of the scorecard."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.bridge.faults import LearnerFault, Starved
from grader.judges import messages
from grader.model import Check, CheckResult, Outcome, SkipReason


@dataclass(frozen=True)
class Verdict:
    """``final`` says that judging again alone cannot change it.

    ``points`` is partial credit, which only a test of another's nbgrader course gives; None: all or nothing.
    """

    outcome: Outcome
    reason: SkipReason | None = None
    message: str = ""
    final: bool = False
    points: float | None = None

    @property
    def keeps_others_waiting(self) -> bool:
        """Whether checks that require this one are skipped."""
        return keeps_waiting(self)

    @classmethod
    def passed(cls) -> Verdict:
        return cls(Outcome.PASSED)

    @classmethod
    def error(cls, error: BaseException) -> Verdict:
        """Ours: says what happened for the mentor and whoever mends it, and takes no points from anyone."""
        said = f"The check itself failed{_place(error)}: {type(error).__name__}: {error}"
        return cls(Outcome.ERROR, message=said[: messages.LONGEST])


def _place(error: BaseException) -> str:
    """In which line of a check's cell or of a file of checks it happened, where that is known."""
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (name := frame.f_code.co_filename).startswith("<check ") or Path(name).parent.name == "checks"
    ]
    return f" in line {lines[-1]}" if lines else ""


def keeps_waiting(judged: Verdict | CheckResult) -> bool:
    """Whether checks that require this one are skipped. An error of ours is no reason to."""
    return judged.outcome in (Outcome.FAILED, Outcome.SKIPPED)


def of_fault(fault: LearnerFault, last_call: str) -> Verdict:
    """Failed, with what became of the last request; where it was the machine's doing, an error of ours."""
    if isinstance(fault, Starved):
        return Verdict.error(fault)
    return failed(messages.of_fault(fault, last_call))


def failed(message: str, *, final: bool = False) -> Verdict:
    return Verdict(Outcome.FAILED, message=message, final=final)


def partly(points: float, message: str) -> Verdict:
    """Not passed, and worth something all the same."""
    return Verdict(Outcome.FAILED, message=message, points=points)


def skipped_for(titles: Sequence[str]) -> Verdict:
    """What the check builds on did not pass."""
    return Verdict(Outcome.SKIPPED, SkipReason.PREREQUISITE, messages.of_prerequisite(titles))


def without_tool(message: str) -> Verdict:
    """A tool is not on this machine: nobody's fault, and not assessable here."""
    return Verdict(Outcome.SKIPPED, SkipReason.TOOL, message)


def result(check: Check, verdict: Verdict, seconds: float) -> CheckResult:
    """The scorecard's line for a check."""
    message = verdict.message.encode("utf-8", "replace").decode()  # half a character cannot be written anywhere
    points = {Outcome.PASSED: check.points, Outcome.ERROR: None}.get(verdict.outcome, verdict.points or 0.0)
    return CheckResult(
        id=check.id,
        exercise=check.exercise,
        part=check.part,
        title=check.title,
        skill=check.skill,
        outcome=verdict.outcome,
        reason=verdict.reason,
        points=points,
        max_points=check.points,
        message=message,
        seconds=round(seconds, 3),
        hidden=check.hidden,
    )
