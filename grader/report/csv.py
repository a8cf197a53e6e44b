"""A cohort as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence

from grader.model import CheckResult, Outcome, Scorecard, SkipReason
from grader.report.message import label

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # spreadsheets run what starts so


def cohort_csv(scorecards: Collection[Scorecard], late: Collection[tuple[str, str]] = ()) -> str:
    """One row a learner: totals, points by skill, then outcome and points of every check by its id.

    ``late`` holds learner and level of what arrived after its deadline.
    Scorecards of several levels or versions of the checks may be mixed: a check that a card does not have is
    empty, as are the points of an error of ours. Lines end in CRLF (RFC 4180).
    """
    skills = list(dict.fromkeys(skill for card in scorecards for skill in card.skills))
    checks = list(dict.fromkeys(check.id for card in scorecards for check in card.checks))
    header = ["learner", "level", "points", "max_points", "rule_met", "failed", "skipped", "error", "seconds", "late"]
    header += [f"skill {skill}" for skill in skills]
    header += [column for check in checks for column in (check, f"{check} points")]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([safe(cell) for cell in header])
    for card in scorecards:
        row = _row(card, (card.learner, card.level) in late, skills, checks)
        writer.writerow([safe(cell) for cell in row])
    return table.getvalue()


def safe(cell: str) -> str:
    """One line of text that no spreadsheet takes for a formula: what starts like one gets an apostrophe."""
    line = label(cell)
    return f"'{line}" if line.startswith(_FORMULA) or cell.startswith("\t") else line


def _row(card: Scorecard, late: bool, skills: Sequence[str], checks: Sequence[str]) -> list[str]:
    outcomes = [check.outcome for check in card.checks if check.hidden]
    results = {check.id: check for check in card.checks}
    row = [
        card.learner,
        card.level,
        f"{card.points:g}",
        f"{card.max_points:g}",
        "yes" if all(line.met for line in card.rule) else "no",
        str(outcomes.count(Outcome.FAILED)),
        str(outcomes.count(Outcome.SKIPPED)),
        str(sum(check.outcome is Outcome.ERROR for check in card.checks)),
        f"{card.seconds:.1f}",
        "yes" if late else "",
    ]
    row += [f"{card.skills[skill].points:g}" if skill in card.skills else "" for skill in skills]
    for check in checks:
        row += _cells(results[check]) if check in results else ["", ""]
    return row


def _cells(check: CheckResult) -> list[str]:
    outcome = check.outcome.value
    if check.reason is SkipReason.TOOL:
        outcome = "skipped (tool)"
    return [outcome, "" if check.points is None else f"{check.points:g}"]
