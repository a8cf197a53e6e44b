"""From a level's check results to points, points by skill and the promotion rule, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import GraderFault
from grader.model import CheckResult, Level, Outcome, RuleLine, SkillPoints, SkipReason
from grader.scorecard_json import from_json, to_json

__all__ = ["Summary", "from_json", "points_for", "summarise", "to_json"]

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


def summarise(level: Level, results: Sequence[CheckResult]) -> Summary:
    """Points of all hidden checks, by skill, and each line of the level's promotion rule.

    ``results`` hold each check of the level exactly once; visible ones beyond them are allowed. Anything else
    (a missing or contradictory result) is our fault: GraderFault. Mentor reviews and the level below stand in
    the ledger, not here, so the lines that ask for them are never met by this function.
    """
    _must_fit(level, results)
    hidden = [result for result in results if result.hidden]
    skills = {skill.id: [result for result in hidden if result.skill == skill.id] for skill in level.skills}
    rule = [_share_line(level.rule.points, "of all points", hidden)]
    for skill in level.skills:
        rule.append(_share_line(level.rule.skill, f"of the points in {skill.name}", skills[skill.id]))
    for review in level.rule.reviews:
        rule.append(RuleLine(f"A mentor's review: {review}", False, "No review recorded yet."))
    if level.rule.level_below:
        rule.append(RuleLine("Promoted from the level below", False, "No such promotion recorded yet."))
    rule.append(_error_line(results))
    return Summary(
        points=_earned(hidden),
        max_points=_maximum(hidden),
        skills={name: SkillPoints(_earned(part), _maximum(part)) for name, part in skills.items()},
        rule=tuple(rule),
    )


def _must_fit(level: Level, results: Sequence[CheckResult]) -> None:
    counts = Counter(result.id for result in results)
    if repeated := [name for name, count in counts.items() if count > 1]:
        raise GraderFault(f"{level.id}: more than one result for {', '.join(repeated)}")
    checks = {check.id: check for check in level.checks}
    if missing := [name for name in checks if name not in counts]:
        raise GraderFault(f"{level.id}: no result for {', '.join(missing)}")
    for result in results:
        check = checks.get(result.id)
        if check is None:
            if result.hidden or result.max_points:
                raise GraderFault(f"{level.id}: a result for {result.id}, which is no check of the level")
        elif (check.points, check.skill, check.hidden) != (result.max_points, result.skill, result.hidden):
            raise GraderFault(f"{level.id}: the result for {result.id} has other points, skill or visibility")
        if result.points != points_for(result.outcome, result.max_points):
            raise GraderFault(f"{result.id}: {result.outcome} with {result.points} points")
        if (result.reason is not None) != (result.outcome is Outcome.SKIPPED):
            raise GraderFault(f"{result.id}: {result.outcome} with the reason {result.reason}")


def _share_line(share: float, of_what: str, results: Sequence[CheckResult]) -> RuleLine:
    earned, maximum = _earned(results), _maximum(results)
    need = share * maximum
    line = f"At least {share * 100:g}% {of_what} ({need:g} of {maximum:g})"
    if not maximum:
        return RuleLine(line, False, "No check gives points here, so nothing shows it.")
    tool = [result for result in results if result.reason is SkipReason.TOOL]
    ours = [result for result in results if result.outcome is Outcome.ERROR]
    said = [f"{earned:g} of {maximum:g} points."]
    met = earned >= need - ROUNDING
    if not met:
        said = [f"{earned:g} of {maximum:g} points, {need - earned:g} short."]
        said += _what_lacks(need - earned, results, open_points=_maximum(tool) + _maximum(ours))
    if tool:
        said.append(f"Not assessable here, a tool is missing: {_named(tool)}.")
    if ours:
        said.append(f"Without points by an error of ours: {_named(ours)}.")
    return RuleLine(line, met, " ".join(said))


def _what_lacks(short: float, results: Sequence[CheckResult], open_points: float) -> list[str]:
    """What a learner who is ``short`` points away would have to pass."""
    failed = [result for result in results if result.outcome is Outcome.FAILED]
    waiting = [result for result in results if result.reason is SkipReason.PREREQUISITE]
    said = []
    if enough := [result for result in failed if result.max_points >= short - ROUNDING]:
        said.append(f"{'One of these' if len(enough) > 1 else 'This one'} would be enough: {_named(enough)}.")
    elif failed:
        said.append(f"Failed: {_named(failed)}.")
    if waiting:
        brief = bool(failed) and len(waiting) > 1
        what = f"{len(waiting)} more ({_maximum(waiting):g})" if brief else _named(waiting)
        said.append(f"Skipped until what they build on passes: {what}.")
    if not said and open_points >= short - ROUNDING:
        said.append("Everything that could be judged was passed.")
    return said


def _error_line(results: Sequence[CheckResult]) -> RuleLine:
    line = "No check ended in an error of ours"
    ours = [result for result in results if result.outcome is Outcome.ERROR]
    if ours:
        return RuleLine(line, False, f"To be graded again: {_named(ours)}. No points are lost.")
    tool = [result for result in results if result.reason is SkipReason.TOOL]
    if tool:
        return RuleLine(line, True, f"{len(results) - len(tool)} of {len(results)} checks were judged.")
    return RuleLine(line, True, f"All {len(results)} checks were judged.")


def _named(results: Sequence[CheckResult]) -> str:
    """Titles with points, at most ``NAMED`` of them, the weightiest first."""
    order = sorted(results, key=lambda result: -result.max_points)
    names = [f"“{result.title}” ({result.max_points:g})" for result in order[:NAMED]]
    if more := len(order) - len(names):
        rest = _maximum(order[NAMED:])
        names.append(f"{more} more ({rest:g})")
    return ", ".join(names)


def _earned(results: Iterable[CheckResult]) -> float:
    return sum((result.points for result in results if result.points is not None), 0.0)


def _maximum(results: Iterable[CheckResult]) -> float:
    return sum((result.max_points for result in results), 0.0)
