"""The ledger of one cohort: entries are appended, never changed; questions are answered from the projections."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, tuple_, union, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql

from grader.errors import GraderFault, InputError
from grader.ledger import chain, pages, projection
from grader.ledger.chain import START, Entry, Kind
from grader.ledger.database import Database
from grader.ledger.pages import Page
from grader.ledger.schema import entries, heads, places
from grader.ledger.standing import Owner, Standing, must_fit
from grader.model import Outcome, Scorecard
from grader.scorecard_json import from_json, to_json

_PAGE = 200  # entries read at once; between two pages no transaction is held open


class Ledger:
    """One cohort's chain. Thread-safe, and safe between processes; a context manager that closes its connections.

    Faults of the database's own are GraderFault, or InputError where the address is to blame, in one line.
    """

    def __init__(self, database: Database, cohort: str, clock: Callable[[], datetime]) -> None:
        _must_be_text(cohort, "the cohort's name")
        self.cohort = cohort
        self._database = database
        self._clock = clock

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The file, or the address without its password: for messages."""
        return self._database.name

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def append(self, kind: Kind, *, learner: str, level: str, by: str, key: str, body: Mapping[str, Any]) -> Entry:
        """Add an entry; where the same kind and key is there already, that first entry is returned, unchanged.

        InputError if the body is no JSON, or lacks what the ledger reads of its kind. Approvals and reverts, which
        are about several learners, have an empty learner and level.
        """
        kind = Kind(kind)
        for value, what in ((learner, "a learner"), (level, "a level"), (by, "who appends"), (key, "a key")):
            _must_be_text(value, what)
        try:
            text = chain.canonical(dict(body))
        except ValueError as problem:
            raise InputError(f"ledger: a body cannot be kept: {problem}") from None
        plain = json.loads(text)
        must_fit(kind, plain)
        fields = {"kind": kind.value, "learner": learner, "level": level, "by": by, "key": key, "body": plain}
        return self._database.write(lambda connection: self._append(connection, fields, text))

    def add_scorecard(
        self, card: Scorecard, *, key: str, arrival: str | None, stands: bool = True, by: str = "ladder"
    ) -> Entry:
        """Add a scorecard under its job's digest (``key``); ``arrival`` is the digest of the arrival's entry.

        It stands at once if it is of the latest counting arrival (by its submission digest), no scorecard of that
        submission stands yet, no check ended in an error of ours, and ``stands`` is not false (a regrade).
        """
        body = {"arrival": arrival, "scorecard": to_json(card), "stands": stands}
        return self.append(Kind.SCORECARD, learner=card.learner, level=card.level, by=by, key=key, body=body)

    def entries(
        self, *, kind: Kind | None = None, learner: str | None = None, level: str | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """Entries in order of number, from ``after`` + 1 on."""
        query = select(entries).where(entries.c.cohort == self.cohort).order_by(entries.c.number).limit(_PAGE)
        for column, value in ((entries.c.kind, kind), (entries.c.learner, learner), (entries.c.level, level)):
            if value is not None:
                query = query.where(column == str(value))
        while True:
            rows = self._rows(query.where(entries.c.number > after))
            for row in rows:
                yield _entry(row)
            if len(rows) < _PAGE:
                return
            after = rows[-1].number

    def find(self, kind: Kind, key: str) -> Entry | None:
        """The one entry of this kind and key."""
        return self._one(entries.c.kind == Kind(kind).value, entries.c.key == key)

    def by_digest(self, digest: str) -> Entry | None:
        """The one entry with this digest."""
        return self._one(entries.c.digest == digest)

    def head(self) -> tuple[int, str]:
        """How many entries there are, and the digest of the last: keep it elsewhere to see a lost tail by."""
        row = self._rows(select(heads).where(heads.c.cohort == self.cohort))
        return (row[0].number, row[0].digest) if row else (0, START)

    def cohorts(self) -> list[str]:
        """The names of all cohorts that have a chain in this database."""
        # Of the entries too: a chain without its head is one that `verify` has to see.
        named = union(select(heads.c.cohort), select(entries.c.cohort))
        return sorted(row.cohort for row in self._rows(named))

    def standing(self, learner: str | None = None, level: str | None = None) -> Iterator[Standing]:
        """What counts, in order of learner and level; nothing for whoever has no standing scorecard."""
        owner = (places.c.learner, places.c.level)
        query = select(places).where(places.c.cohort == self.cohort, places.c.scorecard.is_not(None))
        if learner is not None:
            query = query.where(places.c.learner == learner)
        if level is not None:
            query = query.where(places.c.level == level)
        query = query.order_by(*owner).limit(_PAGE)
        after = None
        while True:
            rows = self._rows(query if after is None else query.where(tuple_(*owner) > after))
            yield from self._standings(rows)
            if len(rows) < _PAGE:
                return
            after = (rows[-1].learner, rows[-1].level)

    def standing_numbers(self) -> dict[Owner, int]:
        """Which scorecard stands, as the number of its entry, by learner and level."""
        query = select(places.c.learner, places.c.level, places.c.scorecard).where(
            places.c.cohort == self.cohort, places.c.scorecard.is_not(None)
        )
        return {(row.learner, row.level): row.scorecard for row in self._rows(query)}

    def cohort_page(self, level: str, *, after: str | None = None, size: int = pages.SIZE) -> Page[pages.Place]:
        """Who stands where in a level, by learner: a row for each who has a scorecard that stands.

        ``after`` is where the page before ended; a size beyond 500 is 500. InputError if ``after`` is no such mark.
        """
        return self._database.read(lambda connection: pages.cohort_page(connection, self.cohort, level, after, size))

    def outcomes_page(
        self,
        level: str,
        *,
        check: str | None = None,
        outcome: Outcome | None = None,
        after: str | None = None,
        size: int = pages.SIZE,
    ) -> Page[pages.Told]:
        """Outcomes of the scorecards that stand in a level, by learner and check; ``check`` is a check's id."""
        asked = pages.Asked(self.cohort, level, check, outcome)
        return self._database.read(lambda connection: pages.outcomes_page(connection, asked, after, size))

    def history_page(
        self, learner: str, level: str | None = None, *, after: str | None = None, size: int = pages.SIZE
    ) -> Page[pages.Event]:
        """What the ledger says of a learner, the latest first, with the approvals and reverts that touched them."""
        owner = (self.cohort, learner, level)
        return self._database.read(lambda connection: pages.history_page(connection, owner, after, size))

    def verify(self, *, head: str | None = None) -> Iterator[str]:
        """One line per thing that does not hold: the chain, its head, a head kept elsewhere, the projections."""
        # one transaction: what is appended meanwhile must not look like a fault
        yield from self._database.read(lambda connection: list(self._verify(connection, head)))

    def _append(self, connection: Connection, fields: dict[str, Any], text: str) -> Entry:
        ahead = self._lock_head(connection)
        there = select(entries).where(
            entries.c.cohort == self.cohort, entries.c.kind == fields["kind"], entries.c.key == fields["key"]
        )
        found = connection.execute(there).one_or_none()
        if found is not None:
            return _entry(found)
        full = {
            **fields,
            "cohort": self.cohort,
            "number": ahead.number + 1,
            "at": chain.stamp(self._clock(), ahead.at),
            "previous": ahead.digest,
        }
        full["digest"] = chain.digest(full, text)
        self._project(connection, full)
        connection.execute(insert(entries), {**full, "body": text})
        new_head = {name: full[name] for name in ("number", "at", "digest")}
        connection.execute(update(heads).where(heads.c.cohort == self.cohort).values(new_head))
        return Entry(**{**full, "kind": Kind(full["kind"])})

    def _lock_head(self, connection: Connection) -> Row[Any]:
        query = select(heads).where(heads.c.cohort == self.cohort).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None:
            first = {"cohort": self.cohort, "number": 0, "at": "", "digest": START}
            if connection.dialect.name == "postgresql":
                connection.execute(insert_postgresql(heads).on_conflict_do_nothing(), first)
            else:
                connection.execute(insert(heads), first)
            row = connection.execute(query).one()
        return row

    def _project(self, connection: Connection, full: dict[str, Any]) -> None:
        kind, body = Kind(full["kind"]), full["body"]
        puts = body["puts"] if kind in (Kind.APPROVAL, Kind.REVERT) else []
        owners = [(put["learner"], put["level"]) for put in puts] or [(full["learner"], full["level"])]
        named = [put[end] for put in puts for end in ("scorecard", "replaces")]
        board = projection.load_board(connection, self.cohort, owners, named)
        exchanged = board.take(full["number"], kind, full["learner"], full["level"], body)
        projection.write(connection, self.cohort, full, board, exchanged)

    def _standings(self, rows: Sequence[Row[Any]]) -> Iterator[Standing]:
        if not rows:
            return
        numbers = {number for row in rows for number in (row.scorecard, row.arrival) if number is not None}
        mine = entries.c.cohort == self.cohort
        named = self._rows(select(entries).where(mine, entries.c.number.in_(numbers)))
        found = {row.number: _entry(row) for row in named}
        owners = [(row.learner, row.level) for row in rows]
        marks = select(entries).where(
            mine, entries.c.kind == Kind.REVIEW.value, tuple_(entries.c.learner, entries.c.level).in_(owners)
        )
        reviews: dict[Owner, list[Entry]] = defaultdict(list)
        for row in self._rows(marks.order_by(entries.c.number)):
            reviews[row.learner, row.level].append(_entry(row))
        for row in rows:
            card = found[row.scorecard]
            given = tuple(reviews[row.learner, row.level])
            yield Standing(
                entry=card,
                scorecard=scorecard_of(card),
                arrival=found.get(row.arrival),
                reviews=given,
                flagged=tuple(review for review in given if review.body["scorecard"] != card.digest),
            )

    def _verify(self, connection: Connection, head: str | None) -> Iterator[str]:
        replay = projection.Replay(connection, self.cohort)
        last, seen = (0, START), head is None
        for fault, fields in chain.check(self._all(connection)):
            if fault is not None:
                yield fault
            if fields is not None:
                last = (fields["number"], fields["digest"])
                seen = seen or fields["digest"] == head
                yield from replay.follow(fields)
        row = connection.execute(select(heads).where(heads.c.cohort == self.cohort)).one_or_none()
        if last != ((row.number, row.digest) if row else (0, START)):
            yield f"the head: the last entry is {last[0]}, but the head says another; entries were lost or added"
        if not seen:
            yield f"the kept head {head}: no entry has this digest; entries were lost or rewritten"
        yield from replay.finish()

    def _all(self, connection: Connection) -> Iterator[Mapping[str, Any]]:
        after = 0
        query = select(entries).where(entries.c.cohort == self.cohort).order_by(entries.c.number).limit(_PAGE)
        while rows := connection.execute(query.where(entries.c.number > after)).mappings().all():
            yield from (dict(row) for row in rows)
            after = rows[-1]["number"]

    def _one(self, *where: Any) -> Entry | None:
        rows = self._rows(select(entries).where(entries.c.cohort == self.cohort, *where).limit(1))
        return _entry(rows[0]) if rows else None

    def _rows(self, query: Any) -> Sequence[Row[Any]]:
        return self._database.read(lambda connection: connection.execute(query).all())


def scorecard_of(entry: Entry) -> Scorecard:
    """The scorecard of a scorecard entry; GraderFault if it cannot be read."""
    try:
        return from_json(entry.body["scorecard"])
    except (KeyError, InputError) as problem:
        raise GraderFault(f"ledger: entry {entry.number} holds no scorecard this ladder can read: {problem}") from None


def _entry(row: Row[Any]) -> Entry:
    fields = dict(row._mapping)
    return Entry(**{**fields, "kind": Kind(fields["kind"]), "body": json.loads(fields["body"])})


def _must_be_text(value: str, what: str) -> None:
    if "\0" in value:
        raise InputError(f"ledger: {what} holds a zero byte")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(f"ledger: {what} cannot be written as UTF-8: {value!a}") from None
