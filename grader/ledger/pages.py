"""Pages of rows for the web and the mentor: each found by an index, however long the ledger is.

A page says where it ended, and the next begins behind that: no page counts or skips what comes before it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Select, Table, select, tuple_

from grader.errors import InputError
from grader.ledger.chain import Kind
from grader.ledger.schema import entries, outcomes, places, scorecards, stood
from grader.model import Outcome, SkipReason

_LAST = 2**31 - 1  # beyond any number or position
SIZE = 50
LARGEST = 500

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows; ``after`` leads to the next page, None where this is the last. It may stand in a URL."""

    rows: tuple[T, ...]
    after: str | None


@dataclass(frozen=True)
class Place:
    """A learner's standing scorecard in a level; numbers are of entries."""

    learner: str
    level: str
    scorecard: int
    arrival: int | None  # the latest that counts; beyond ``scorecard`` it is not graded yet
    points: float
    max_points: float
    submission_digest: str
    promoted: bool | None  # by the latest decision; None: none was made
    decided_on_another: bool  # that decision rests on another scorecard than this
    reviews: int


@dataclass(frozen=True)
class Told:
    """One check's outcome in a scorecard that stands; ``scorecard`` is the number of its entry."""

    learner: str
    level: str
    scorecard: int
    position: int
    check: str
    skill: str
    outcome: Outcome
    reason: SkipReason | None
    points: float | None
    max_points: float
    seconds: float
    hidden: bool


@dataclass(frozen=True)
class Event:
    """One entry about a learner. ``points`` are a scorecard's; ``puts`` is the scorecard it put in force, if it did."""

    number: int
    kind: Kind
    level: str
    at: str
    by: str
    points: float | None
    max_points: float | None
    puts: int | None


@dataclass(frozen=True)
class Asked:
    """Which outcomes are asked for."""

    cohort: str
    level: str
    check: str | None
    outcome: Outcome | None


# No joins in this module: a planner without statistics scans whole tables for them. Each query is one stretch of one
# index, or rows by their numbers.


def cohort_page(connection: Connection, cohort: str, level: str, after: str | None, size: int) -> Page[Place]:
    """See Ledger.cohort_page."""
    query = select(places).where(places.c.cohort == cohort, places.c.level == level, places.c.scorecard.is_not(None))
    if after is not None:
        query = query.where(places.c.learner > _keys(after, str)[0])
    rows, mark = _cut(connection, query.order_by(places.c.learner), size, lambda row: [row.learner])
    numbers = [row.scorecard for row in rows]
    cards = _by_number(connection, select(scorecards), scorecards, cohort, numbers)
    digests = _by_number(connection, select(entries.c.number, entries.c.digest), entries, cohort, numbers)
    judged = (
        select(entries.c.learner, entries.c.kind, entries.c.body)
        .where(entries.c.cohort == cohort, entries.c.learner.in_([row.learner for row in rows]))
        .where(entries.c.level == level, entries.c.kind.in_([Kind.DECISION.value, Kind.REVIEW.value]))
        .order_by(entries.c.learner, entries.c.level, entries.c.kind, entries.c.number)
    )
    decisions: dict[str, Any] = {}
    reviews: dict[str, int] = {}
    for row in connection.execute(judged):
        if row.kind == Kind.REVIEW.value:
            reviews[row.learner] = reviews.get(row.learner, 0) + 1
        else:
            decisions[row.learner] = json.loads(row.body)
    return Page(
        tuple(
            _place(
                row,
                cards[row.scorecard],
                digests[row.scorecard].digest,
                decisions.get(row.learner),
                reviews.get(row.learner, 0),
            )
            for row in rows
        ),
        mark,
    )


def _by_number(
    connection: Connection, query: Select[Any], table: Table, cohort: str, numbers: Sequence[int]
) -> dict[int, Row[Any]]:
    found = query.where(table.c.cohort == cohort, table.c.number.in_(numbers))
    return {row.number: row for row in connection.execute(found)}


def _place(row: Row[Any], card: Row[Any], digest: str, decision: Any, reviews: int) -> Place:
    return Place(
        learner=row.learner,
        level=row.level,
        scorecard=row.scorecard,
        arrival=row.arrival,
        points=card.points,
        max_points=card.max_points,
        submission_digest=row.submission,
        promoted=None if decision is None else bool(decision.get("promoted")),
        decided_on_another=decision is not None and decision.get("scorecard") != digest,
        reviews=reviews,
    )


def outcomes_page(connection: Connection, asked: Asked, after: str | None, size: int) -> Page[Told]:
    """See Ledger.outcomes_page."""
    wanted = _size(size) + 1  # one more, to know whether there is a next page
    if asked.check is None and asked.outcome is None:
        found = _of_all_checks(connection, asked, None if after is None else _keys(after, str, int), wanted)
    else:
        begin = None if after is None else _keys(after, str, int)
        # one stretch of an index for each outcome: a page of each holds the page of all
        of = list(Outcome) if asked.outcome is None else [asked.outcome]
        found = [row for outcome in of for row in _of_outcome(connection, asked, outcome, begin, wanted)]
        found.sort(key=lambda row: (row.learner, row.position))
    rows = found[: _size(size)]
    mark = _mark([rows[-1].learner, rows[-1].position]) if len(found) > len(rows) else None
    return Page(tuple(_told(row) for row in rows), mark)


def _of_all_checks(connection: Connection, asked: Asked, after: tuple[str, int] | None, wanted: int) -> list[Row[Any]]:
    """The outcomes of one standing scorecard after the other, until there are enough."""
    who = select(places.c.learner, places.c.scorecard).where(
        places.c.cohort == asked.cohort, places.c.level == asked.level, places.c.scorecard.is_not(None)
    )
    if after is not None:
        who = who.where(places.c.learner >= after[0])
    found: list[Row[Any]] = []
    for place in connection.execute(who.order_by(places.c.learner).limit(wanted)).all():
        query = select(outcomes).where(outcomes.c.cohort == asked.cohort, outcomes.c.number == place.scorecard)
        if after is not None and place.learner == after[0]:
            query = query.where(outcomes.c.position > after[1])
        found += connection.execute(query.order_by(outcomes.c.position).limit(wanted - len(found))).all()
        if len(found) >= wanted:
            break
    return found


def _of_outcome(
    connection: Connection, asked: Asked, outcome: Outcome, after: tuple[str, int] | None, wanted: int
) -> list[Row[Any]]:
    """Rows of one outcome in the order of an index, those of displaced scorecards left out."""
    query = select(outcomes).where(outcomes.c.cohort == asked.cohort, outcomes.c.outcome == outcome.value)
    if asked.check is None:
        query = query.where(outcomes.c.level == asked.level)
        keys = (outcomes.c.learner, outcomes.c.position, outcomes.c.number)
    else:
        # the level is seen to by what stands in it; asked for here, the other index would be taken
        query = query.where(outcomes.c.check == asked.check)
        keys = (outcomes.c.learner, outcomes.c.number, outcomes.c.position)
    at_once = wanted + wanted // 4 + 2  # some are of displaced scorecards: seldom is there a second round
    query = query.order_by(*keys).limit(at_once)
    begin: tuple[Any, ...] | None = None
    if after is not None:
        # a check is in a scorecard once: behind a learner's row of it comes the next learner
        begin = (after[0], after[1], _LAST) if asked.check is None else (after[0], _LAST, _LAST)
    found: list[Row[Any]] = []
    while len(found) < wanted:
        rows = connection.execute(query if begin is None else query.where(tuple_(*keys) > begin)).all()
        found += _standing_of(connection, asked, rows)
        if len(rows) < at_once:
            break
        begin = tuple(getattr(rows[-1], key.key) for key in keys)
    return found


def _standing_of(connection: Connection, asked: Asked, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    if not rows:
        return []
    who = select(places.c.learner, places.c.scorecard).where(
        places.c.cohort == asked.cohort,
        places.c.level == asked.level,
        places.c.learner.in_({row.learner for row in rows}),
    )
    standing = {row.learner: row.scorecard for row in connection.execute(who)}
    return [row for row in rows if standing.get(row.learner) == row.number]


def _told(row: Row[Any]) -> Told:
    return Told(
        learner=row.learner,
        level=row.level,
        scorecard=row.number,
        position=row.position,
        check=row.check,
        skill=row.skill,
        outcome=Outcome(row.outcome),
        reason=None if row.reason is None else SkipReason(row.reason),
        points=row.points,
        max_points=row.max_points,
        seconds=row.seconds,
        hidden=row.hidden,
    )


def history_page(
    connection: Connection, owner: tuple[str, str, str | None], after: str | None, size: int
) -> Page[Event]:
    """See Ledger.history_page; ``owner`` is cohort, learner and level."""
    cohort, learner, level = owner
    before = _LAST if after is None else _keys(after, int)[0]
    own = select(entries.c.number, entries.c.level).where(entries.c.cohort == cohort, entries.c.learner == learner)
    put = select(stood.c.number, stood.c.level, stood.c.scorecard).where(
        stood.c.cohort == cohort, stood.c.learner == learner
    )
    if level is not None:
        own, put = own.where(entries.c.level == level), put.where(stood.c.level == level)
    # One learner's numbers are few; asked for by range, the index by number would be taken. Approvals and reverts bear
    # nobody's name: they are found by what they put in force.
    puts = {(row.number, row.level): row.scorecard for row in connection.execute(put)}
    every = {(row.number, row.level) for row in connection.execute(own)} | puts.keys()
    found = sorted((one for one in every if one[0] < before), reverse=True)
    page = found[: _size(size)]
    numbers = [number for number, _ in page]
    named = select(entries.c.number, entries.c.kind, entries.c.at, entries.c.by)
    told = _by_number(connection, named, entries, cohort, numbers)
    cards = _by_number(connection, select(scorecards), scorecards, cohort, numbers)
    rows = tuple(_event(told[number], of, cards.get(number), puts.get((number, of))) for number, of in page)
    return Page(rows, _mark([page[-1][0]]) if len(found) > len(page) else None)


def _event(row: Row[Any], level: str, card: Row[Any] | None, puts: int | None) -> Event:
    return Event(
        number=row.number,
        kind=Kind(row.kind),
        level=level,
        at=row.at,
        by=row.by,
        points=None if card is None else card.points,
        max_points=None if card is None else card.max_points,
        puts=puts,
    )


def _cut(
    connection: Connection, query: Select[Any], size: int, keys: Callable[[Row[Any]], list[Any]]
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of a query's rows, and the mark behind it: one row more is asked for to know whether there is more."""
    rows = connection.execute(query.limit(_size(size) + 1)).all()
    page = rows[: _size(size)]
    return page, _mark(keys(page[-1])) if len(rows) > len(page) else None


def _size(size: int) -> int:
    return max(1, min(size, LARGEST))


def _mark(keys: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


def _keys(mark: str, *kinds: type) -> tuple[Any, ...]:
    """What ``_mark`` was made of; it comes back in a URL, so anything may be in it."""
    try:
        keys = json.loads(base64.b64decode(mark + "=" * (-len(mark) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        keys = None
    fits = isinstance(keys, list) and len(keys) == len(kinds)
    if not fits or not all(type(key) is kind for key, kind in zip(keys, kinds, strict=True)):
        raise InputError("this is no mark of where a page ended")
    for key in keys:
        if isinstance(key, int) and not 0 <= key < 2**31 or isinstance(key, str) and not _is_storable(key):
            raise InputError("this is no mark of where a page ended")
    return tuple(keys)


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any(0xD800 <= ord(letter) < 0xE000 for letter in text)
