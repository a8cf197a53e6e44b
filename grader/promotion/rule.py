"""The promotion rule, line by line, on what the ledger shows of one learner and level.

What a submission alone can show (shares of points, errors of ours) `grader.scoring` judges, here and on scorecards;
reviews and the level below are judged here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grader import scoring
from grader.ledger import Entry, Standing
from grader.model import Level, Rubric, Scorecard
from grader.promotion import review
from grader.promotion.review import Counted, Review


@dataclass(frozen=True)
class Below:
    """What the ledger says of the level below: the latest decision, and whether its scorecard was replaced since."""

    level: Level
    decision: Entry | None
    regraded: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a decision. ``rests_on`` are digests of the ledger's entries that make it so."""

    kind: str  # points, skill, errors, review, level_below
    line: str
    met: bool
    because: str
    rests_on: tuple[str, ...]


def judge(level: Level, standing: Standing, below: Below | None) -> tuple[Line, ...]:
    """Each line of the level's rule; everything is met, and so the learner promoted, if every line is.

    ``below`` None: the rule does not ask for the level below.
    """
    card = standing.entry.digest
    return (
        *(Line(kind, *said, (card,)) for kind, said in _shown_by(level, standing.scorecard)),
        *(_review_line(level.review(name), standing) for name in level.rule.reviews),
        *([] if below is None else [_below_line(below)]),
    )


def _shown_by(level: Level, card: Scorecard) -> list[tuple[str, tuple[str, bool, str]]]:
    """The lines a scorecard can show, by the rule as it is now; checks it does not have count as not graded."""
    there = {check.id for check in card.checks}
    lines = scoring.rule_lines(level, card.checks, [check for check in level.checks if check.id not in there])
    kinds = ["points", *("skill" for _ in level.skills), "errors"]
    return [(kind, (line.line, line.met, line.because)) for kind, line in zip(kinds, lines, strict=True)]


def _review_line(rubric: Rubric, standing: Standing) -> Line:
    counted = review.count(rubric, standing)
    counting = counted.counting
    by = "a mentor" if rubric.mentors == 1 else f"{rubric.mentors} mentors"
    line = f"Reviewed by {by}: “{rubric.title}” (at least {rubric.minimum} of {rubric.max_points})"
    met = len(counting) >= rubric.mentors and all(one.passed for one in counting)
    said = []
    if counting:
        said.append(f"{_listed([f'{one.by} gave {one.points} on {day(one.entry)}' for one in counting])}.")
    else:
        said.append("No mentor has marked this submission yet.")
    said += [_short(rubric, one) for one in counting if not one.passed]
    if counting and len(counting) < rubric.mentors:
        said.append(f"{rubric.mentors - len(counting)} more to come, by somebody else.")
    if len(counting) > 1 and len({one.passed for one in counting}) > 1:
        said.append(
            "They disagree, and the rule asks for all of them: a mentor's later review takes the earlier one's place."
        )
    said += _set_aside(counted)
    return Line("review", line, met, " ".join(said), tuple(one.entry.digest for one in counting))


def _short(rubric: Rubric, one: Review) -> str:
    """What a review lacks, and where its points are open, the widest gap first."""
    gaps = sorted(rubric.criteria, key=lambda criterion: one.marks[criterion.id].points - criterion.points)
    wide = [
        f"“{criterion.title}” ({one.marks[criterion.id].points} of {criterion.points})"
        for criterion in gaps
        if one.marks[criterion.id].points < criterion.points
    ]
    more = f", {len(wide) - scoring.NAMED} more" if len(wide) > scoring.NAMED else ""
    return (
        f"{one.by}'s marks are {rubric.minimum - one.points} short; open are {', '.join(wide[: scoring.NAMED])}{more}."
    )


def _set_aside(counted: Counted) -> list[str]:
    said = []
    if counted.other_submission:
        said.append(f"Not counted, of another submission: {_gave(counted.other_submission)}.")
    if counted.other_rubric:
        said.append(f"Not counted, by the rubric as it was then: {_gave(counted.other_rubric)}.")
    return said


def _gave(reviews: Sequence[Review]) -> str:
    return _listed([f"{one.by}, {one.points} of {one.max_points} on {day(one.entry)}" for one in reviews], "; ")


def _below_line(below: Below) -> Line:
    level, decision = below.level, below.decision
    line = f"Promoted from the level below, {level.id}"
    if decision is None:
        return Line("level_below", line, False, "No decision on it is in the ledger yet.", ())
    promoted = decision.body.get("promoted") is True
    said = [f"{'Promoted' if promoted else 'Not promoted'} by the latest decision, {decision.by} on {day(decision)}."]
    if below.regraded:
        said.append("That submission has been regraded since; the decision stands until somebody decides anew.")
    return Line("level_below", line, promoted, " ".join(said), (decision.digest,))


def day(entry: Entry) -> str:
    """The day of an entry, as a person writes it."""
    try:
        at = datetime.fromisoformat(entry.at)
    except ValueError:
        return entry.at
    return f"{at.day} {at:%B %Y}"


def _listed(items: Sequence[str], by: str = ", ") -> str:
    return by.join(items)
