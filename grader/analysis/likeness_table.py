"""A list of likenesses as a mentor reads it, and as a spreadsheet or a program does."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator, Sequence

from grader.analysis.likeness import SAME_COMMITS, Group, Likeness, Pair, Place
from grader.report.csv import safe
from grader.report.message import label

NO_VERDICT = (
    "A list to look at, never a verdict. Short answers come out alike, learners talk, hints lead to the same code:",
    "open both, and ask before you conclude. Only what few of this cohort share counts; the starter's code never does.",
)
_NAMED = 8  # learners of a group that are named in a line
_PLACES = 3  # of a pair
_COLUMNS = (
    *("level", "kind", "rank", "exercise", "learners", "share", "rare", "score", "size", "cells_or_files"),
    "what_this_is",
)
_WHAT = "likeness to look at, not a verdict"


def as_text(found: Likeness) -> str:
    """The groups, then the pairs by rank, each with the cells or files to open."""
    return "\n".join(_lines(found))


def as_json(every: Sequence[Likeness]) -> str:
    """One JSON document, the records as they are, with the words that say what it is."""
    document = {"what_this_is": " ".join(NO_VERDICT), "levels": [dataclasses.asdict(found) for found in every]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_csv(every: Sequence[Likeness]) -> str:
    """One row a group or pair. Lines end in CRLF, and no cell is a formula."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    for found in every:
        rows = [_group_row(found.level, group) for group in found.groups]
        rows += [_pair_row(found.level, rank, pair) for rank, pair in enumerate(found.pairs, 1)]
        writer.writerows([safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return table.getvalue()


def _group_row(level: str, group: Group) -> list[str | float | int | None]:
    learners = ", ".join(group.learners)
    return [level, group.same, None, group.exercise, learners, None, None, None, group.size, "", _WHAT]


def _pair_row(level: str, rank: int, pair: Pair) -> list[str | float | int | None]:
    places = "; ".join(_place(place) for place in pair.places)
    numbers = [round(number, 3) for number in (pair.share, pair.rare, pair.score)]
    return [level, "pair", rank, pair.exercise, ", ".join(pair.learners), *numbers, None, places, _WHAT]


def _lines(found: Likeness) -> Iterator[str]:
    yield f"{found.level}: {found.learners} submissions compared"
    yield from NO_VERDICT
    yield ""
    yield f"The same work: {len(found.groups) or 'none found'}"
    for group in found.groups:
        size = f"{group.size} after the starter's" if group.same == SAME_COMMITS else f"{group.size} tokens"
        yield f"  {group.exercise}: {group.same} ({size}): {_names(group.learners)}"
    yield ""
    yield f"Pairs that share uncommon code: {len(found.pairs) or 'none found'}"
    if found.pairs:
        yield "  rank  share  rare  exercise and learners"
    for rank, pair in enumerate(found.pairs, 1):
        one, other = (label(learner) for learner in pair.learners)
        yield f"  {rank:>4}  {pair.share:>5.0%}  {pair.rare:>4.0f}  {pair.exercise}: {one} and {other}"
        for place in pair.places[:_PLACES]:
            yield f"                     {_place(place)}"
        if len(pair.places) > _PLACES:
            yield f"                     and {len(pair.places) - _PLACES} more cells or files"
    if found.more:
        yield f"  {found.more} more pairs lie below these"
    if found.pairs:
        yield "  share: of the uncommon code of whoever has less of it, how much the other has too"
        yield "  rare: how much that is; 1 is three to four tokens that no third learner has"
    if found.notes:
        yield ""
        yield "Not compared"
        yield from (f"  {label(note)}" for note in found.notes)


def _place(place: Place) -> str:
    first = f"{label(place.first)}, lines {place.first_lines[0]}–{place.first_lines[1]}"
    second = f"{label(place.second)}, lines {place.second_lines[0]}–{place.second_lines[1]}"
    return f"{first} ~ {second} ({place.lines} alike)"


def _names(learners: Sequence[str]) -> str:
    named = ", ".join(label(learner) for learner in learners[:_NAMED])
    more = len(learners) - _NAMED
    return f"{named} and {more} more" if more > 0 else named
