"""From a level's check results to points, points by skill, and those lines of the promotion rule they can show.

The lines that ask for reviews and for the level below rest on the ledger: `grader.promotion.rule` judges them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import GraderFault
from grader.model import Check, CheckResult, Level, Outcome, RuleLine, SkillPoints, SkipReason
from grader.scorecard_json import from_json, from_line, to_json, to_line

__all__ = ["Summary", "from_json", "from_line", "points_for", "rule_lines", "summarise", "to_json", "to_line"]

ROUNDING = 1e-9  # sums of points such as 0.1 + 0.2 may miss a bar by less than this
NAMED = 3  # checks named in one "because"; more are counted


@dataclass(frozen=True)
class Summary:
    """What a scorecard says beyond its checks. ``skills`` is keyed by skill id, in the level's order."""

    points: float
    max_points: float
    skills: Mapping[str, SkillPoints]
    rule: tuple[RuleLine, ...]


def points_for(outcome: Outcome, max_points: float) -> float | None:
    """Our checks are all or nothing; an error of ours has no points, which is not a zero."""
    if outcome is Outcome.ERROR:
        return None
    return max_points if outcome is Outcome.PASSED else 0.0


def summarise(level: Level, results: Sequence[CheckResult], exercises: Collection[str] | None = None) -> Summary:
    """Points of all hidden checks, by skill, and the rule's lines that a submission alone can show.

    ``results`` hold each check of the level exactly once; visible ones beyond them are allowed. Where only
    some ``exercises`` were graded, they hold those checks; the others stay in every maximum and count as not
    passed. Anything else (a missing or contradictory result) is our fault: GraderFault.
    """
    graded = [check for check in level.checks if exercises is None or check.exercise in exercises]
    _must_fit(level, graded, results)
    ungraded = [check for check in level.checks if check not in graded]
    total, skills = _parts(level, results, ungraded)
    return Summary(
        points=total.points,
        max_points=total.max_points,
        skills={name: SkillPoints(part.points, part.max_points) for name, part in skills.items()},
        rule=rule_lines(level, results, ungraded),
    )


def rule_lines(level: Level, results: Sequence[CheckResult], ungraded: Sequence[Check] = ()) -> tuple[RuleLine, ...]:
    """The share of all points, the share in each skill, and that no check ended in an error of ours.

    ``ungraded`` checks stay in every maximum and count as not passed. The results need not be those of the
    level's present checks: an older scorecard is held against the rule as it is now.
    """
    total, skills = _parts(level, results, ungraded)
    return (
        _share_line(level.rule.points, total),
        *(_share_line(level.rule.skill, part) for part in skills.values()),
        _error_line(results, ungraded),
    )


def _parts(
    level: Level, results: Sequence[CheckResult], ungraded: Sequence[Check]
) -> tuple[_Part, Mapping[str, _Part]]:
    """What the rule's shares are of: all hidden checks, and those of each skill."""
    return _Part("of all points", *_hidden(results, ungraded)), {
        skill.id: _Part(f"of the points in {skill.name}", *_hidden(results, ungraded, skill.id))
        for skill in level.skills
    }


@dataclass(frozen=True)
class _Part:
    """What one share of the rule is about: its hidden checks, judged and not."""

    of_what: str
    results: Sequence[CheckResult]
    ungraded: Sequence[Check]

    @property
    def points(self) -> float:
        return sum((result.points for result in self.results if result.points is not None), 0.0)

    @property
    def max_points(self) -> float:
        return _maximum(self.results) + _unjudged_points(self.ungraded)


def _hidden(
    results: Sequence[CheckResult], ungraded: Sequence[Check], skill: str | None = None
) -> tuple[list[CheckResult], list[Check]]:
    return (
        [result for result in results if result.hidden and skill in (None, result.skill)],
        [check for check in ungraded if check.hidden and skill in (None, check.skill)],
    )


def _must_fit(level: Level, graded: Sequence[Check], results: Sequence[CheckResult]) -> None:
    counts = Counter(result.id for result in results)
    if repeated := [name for name, count in counts.items() if count > 1]:
        raise GraderFault(f"{level.id}: more than one result for {', '.join(repeated)}")
    checks = {check.id: check for check in graded}
    if missing := [name for name in checks if name not in counts]:
        raise GraderFault(f"{level.id}: no result for {', '.join(missing)}")
    for result in results:
        check = checks.get(result.id)
        if check is None:
            if result.hidden or result.max_points:
                raise GraderFault(f"{level.id}: a result for {result.id}, which was not to be graded")
        elif (check.points, check.skill, check.hidden) != (result.max_points, result.skill, result.hidden):
            raise GraderFault(f"{level.id}: the result for {result.id} has other points, skill or visibility")
        if result.points != points_for(result.outcome, result.max_points):
            raise GraderFault(f"{result.id}: {result.outcome} with {result.points} points")
        if (result.reason is not None) != (result.outcome is Outcome.SKIPPED):
            raise GraderFault(f"{result.id}: {result.outcome} with the reason {result.reason}")


def _share_line(share: float, part: _Part) -> RuleLine:
    earned, maximum = part.points, part.max_points
    need = share * maximum
    line = f"At least {share * 100:g}% {part.of_what} ({need:g} of {maximum:g})"
    if not maximum:
        return RuleLine(line, False, "No check gives points here, so nothing shows it.")
    tool = [result for result in part.results if result.reason is SkipReason.TOOL]
    ours = [result for result in part.results if result.outcome is Outcome.ERROR]
    met = earned >= need - ROUNDING
    failed = [result for result in part.results if result.outcome is Outcome.FAILED]
    waiting = [result for result in part.results if result.reason is SkipReason.PREREQUISITE]
    if met:
        said = [f"{earned:g} of {maximum:g} points."]
        if failed or waiting:
            said.append(f"Open: {_named([*failed, *waiting])}.")
    else:
        said = [f"{earned:g} of {maximum:g} points, {need - earned:g} short."]
        said += _what_lacks(need - earned, failed, waiting)
    if tool:
        said.append(f"Not assessable here, a tool is missing: {_named(tool)}.")
    if ours:
        said.append(f"Without points by an error of ours: {_named(ours)}.")
    if part.ungraded:
        count = f"{len(part.ungraded)} check{'s' if len(part.ungraded) > 1 else ''}"
        said.append(f"Not graded this time: {count} ({_unjudged_points(part.ungraded):g}).")
    return RuleLine(line, met, " ".join(said))


def _what_lacks(short: float, failed: Sequence[CheckResult], waiting: Sequence[CheckResult]) -> list[str]:
    """What a learner who is ``short`` points away would have to pass: one check, some, or more than there are."""
    said = []
    order = sorted(failed, key=lambda result: -result.max_points)
    if enough := [result for result in order if result.max_points >= short - ROUNDING]:
        said.append(f"{'Any one of these' if len(enough) > 1 else 'This one'} would be enough: {_named(enough)}.")
    elif _maximum(order) >= short - ROUNDING:
        count = next(n for n in range(2, len(order) + 1) if _maximum(order[:n]) >= short - ROUNDING)
        said.append(f"Together these {count} would be enough: {_named(order[:count])}.")
    elif failed:
        said.append(f"Failed: {_named(failed)}.")
    if waiting:
        brief = bool(failed) and len(waiting) > 1
        what = f"{len(waiting)} more ({_maximum(waiting):g})" if brief else _named(waiting)
        said.append(f"Skipped until what they build on passes: {what}.")
    if said and _maximum([*failed, *waiting]) < short - ROUNDING:
        said.append("All of these together would not be enough.")
    return said or ["Everything that could be judged passed."]


def _error_line(results: Sequence[CheckResult], ungraded: Sequence[Check]) -> RuleLine:
    line = "No check ended in an error of ours"
    ours = [result for result in results if result.outcome is Outcome.ERROR]
    if ours:
        return RuleLine(line, False, f"To be graded again: {_named(ours)}. No points are lost.")
    total = len(results) + len(ungraded)
    judged = [result for result in results if result.outcome is not Outcome.SKIPPED]
    visible, skipped = sum(not result.hidden for result in judged), len(results) - len(judged)
    also = f", {visible} of them visible" if visible else ""
    also += f"; {skipped} {'was' if skipped == 1 else 'were'} skipped" if skipped else ""
    return RuleLine(line, True, f"{len(judged)} of {total} checks were judged{also}.")


def _named(results: Sequence[CheckResult]) -> str:
    """Titles with points, at most ``NAMED`` of them, the weightiest first."""
    order = sorted(results, key=lambda result: -result.max_points)
    names = [f"“{result.title}” ({result.max_points:g})" for result in order[:NAMED]]
    if more := len(order) - len(names):
        rest = _maximum(order[NAMED:])
        names.append(f"{more} more ({rest:g})")
    return ", ".join(names)


def _maximum(results: Iterable[CheckResult]) -> float:
    return sum((result.max_points for result in results), 0.0)


def _unjudged_points(checks: Iterable[Check]) -> float:
    return sum((check.points for check in checks), 0.0)
