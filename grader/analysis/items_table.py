"""Item analysis as a person reads it, and as a spreadsheet or a program does."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator, Sequence

from grader.analysis.items import Analysis, Item
from grader.report.csv import safe
from grader.report.message import label

_MISTAKES = 3  # shown of one check; the rest is counted
_COLUMNS = (
    *("check", "title", "skill", "hidden", "max_points", "asked", "passed", "failed"),
    *("skipped_prerequisite", "skipped_tool", "errors", "error_share", "difficulty"),
    *(
        "discrimination",
        "discrimination_low",
        "discrimination_high",
        "discrimination_learners",
        "why_no_discrimination",
    ),
    *("median_seconds", "p90_seconds", "flagged", "notes", "mistakes", "failures_like_no_mistake"),
)


def as_text(analysis: Analysis) -> str:
    """A table of the checks, those that mislead first in words, and the mistakes behind the failures."""
    return "\n".join(_lines(analysis))


def as_json(analyses: Sequence[Analysis]) -> str:
    """One JSON document: a list of analyses, the records as they are."""
    return json.dumps([dataclasses.asdict(analysis) for analysis in analyses], indent=2, ensure_ascii=False)


def as_csv(analyses: Sequence[Analysis]) -> str:
    """One row a check; empty where there is no number. Lines end in CRLF, and no cell is a formula."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    for analysis in analyses:
        writer.writerows([safe(cell) if isinstance(cell, str) else cell for cell in _row(i)] for i in analysis.items)
    return table.getvalue()


def _row(item: Item) -> list[str | float | int | None]:
    found = item.discrimination
    mistakes = [f"{'/'.join(one.variants)} ({one.learners}, {one.exact} exactly)" for one in item.mistakes]
    return [
        *(item.id, item.title, item.skill, _yes(item.hidden), item.max_points, item.asked, item.passed, item.failed),
        *(item.skipped_prerequisite, item.skipped_tool, item.errors, _rounded(item.error_share)),
        *(_rounded(number) for number in (item.difficulty, found.value, found.low, found.high)),
        *(found.learners, found.why_not, _rounded(item.median_seconds), _rounded(item.p90_seconds)),
        *(_yes(item.flagged), "; ".join(item.notes), "; ".join(mistakes), item.unlike),
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _lines(analysis: Analysis) -> Iterator[str]:
    yield f"{analysis.level}: {len(analysis.items)} checks over {analysis.learners} learners"
    if analysis.with_errors:
        yield f"  {analysis.with_errors} learners with an error of ours are in no discrimination"
    if analysis.left_out:
        yield f"  {analysis.left_out} scorecards of older checks or replaced by the learner's newer one are left out"
    for note in analysis.notes:
        yield f"  {note}"
    flagged = [item for item in analysis.items if item.flagged]
    yield ""
    yield f"Checks that mislead: {len(flagged) or 'none found'}"
    for item in flagged:
        found = item.discrimination
        yield f"  {_name(item)}: discrimination {found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f}), look at it"
    exercise = ""
    for item in analysis.items:
        if item.exercise != exercise:
            exercise = item.exercise
            yield ""
            yield f"{exercise:<34} asked  passed  discrimination (95%)     seconds  (90%)  errors"
        yield f"{_row_text(item)}  {'; '.join(item.notes)}".rstrip()
    yield ""
    yield "Mistakes behind the failures (the wrong variants of the level that they look like)"
    failing = [item for item in analysis.items if item.mistakes or (item.hidden and item.unlike)]
    if not failing:
        yield "  none"
    for item in failing:
        yield from _mistakes(item)


def _row_text(item: Item) -> str:
    name = label(item.id.rsplit("/", 1)[1])
    passed = "     –" if item.difficulty is None else f"{item.difficulty:>6.0%}"
    found = item.discrimination
    told = (
        f"–  {found.why_not}" if found.value is None else f"{found.value:+.2f}  ({found.low:+.2f} to {found.high:+.2f})"
    )
    seconds = "      –       –"
    if item.median_seconds is not None and item.p90_seconds is not None:
        seconds = f"{item.median_seconds:7.2f} {item.p90_seconds:7.2f}"
    mark = "!" if item.flagged else " "
    return f"{mark} {name:<32} {item.asked:>5}  {passed}  {told:<24} {seconds}  {item.error_share:>5.0%}"


def _mistakes(item: Item) -> Iterator[str]:
    yield f"  {_name(item)}: {item.failed} failed"
    for mistake in item.mistakes[:_MISTAKES]:
        exactly = f", {mistake.exact} exactly" if mistake.exact else ""
        yield f"    {mistake.learners} like {' or '.join(mistake.variants)}{exactly}"
        for why in mistake.why:
            yield f"      {label(why)}"
    if more := sum(mistake.learners for mistake in item.mistakes[_MISTAKES:]):
        yield f"    {more} like other variants"
    if item.unlike:
        yield f"    {item.unlike} like no variant"


def _name(item: Item) -> str:
    return f"{item.exercise}/{label(item.id.rsplit('/', 1)[1])}"
