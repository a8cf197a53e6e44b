"""The tables made from the entries: what one entry adds to them, and whether they still say what the entries say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, insert, select, tuple_, update

from grader.ledger.chain import Kind
from grader.ledger.schema import entries, outcomes, places, scorecards, stood
from grader.ledger.standing import Board, Card, Owner, Place, Put, may_stand

Row = dict[str, Any]
_AT_ONCE = 300  # learners asked for in one query: SQLite takes so many parameters
_BATCH = 500


def scorecard_row(number: int, learner: str, level: str, body: Mapping[str, Any]) -> Row:
    """What ledger_scorecard says of a scorecard entry."""
    card = body["scorecard"]
    return {
        "number": number,
        "learner": learner,
        "level": level,
        "submission": card["submission_digest"],
        "points": float(card["points"]),
        "max_points": float(card["max_points"]),
        "errors": sum(check["outcome"] == "error" for check in card["checks"]),
        "may_stand": may_stand(body),
    }


def outcome_rows(number: int, learner: str, level: str, body: Mapping[str, Any]) -> list[Row]:
    """What ledger_outcome says of a scorecard entry: one row a check."""
    return [
        {
            "number": number,
            "position": position,
            "learner": learner,
            "level": level,
            "check": check["id"],
            "skill": check["skill"],
            "outcome": check["outcome"],
            "reason": check["reason"],
            "points": None if check["points"] is None else float(check["points"]),
            "max_points": float(check["max_points"]),
            "seconds": float(check["seconds"]),
            "hidden": check["hidden"],
        }
        for position, check in enumerate(body["scorecard"]["checks"])
    ]


def load_board(connection: Connection, cohort: str, owners: Iterable[Owner], named: Iterable[str]) -> Board:
    """The places of some learners as they are now, and the scorecards with the ``named`` digests."""
    board = Board()
    wanted = sorted(set(owners))
    for start in range(0, len(wanted), _AT_ONCE):
        _load_places(connection, cohort, wanted[start : start + _AT_ONCE], board)
    digests = sorted(set(named))
    for start in range(0, len(digests), _AT_ONCE):
        found = (
            select(entries.c.digest, scorecards)
            .join(scorecards, (scorecards.c.cohort == entries.c.cohort) & (scorecards.c.number == entries.c.number))
            .where(entries.c.cohort == cohort, entries.c.digest.in_(digests[start : start + _AT_ONCE]))
        )
        for row in connection.execute(found).mappings():
            board.cards[row["digest"]] = Card(row["number"], row["learner"], row["level"], row["submission"])
    return board


def _load_places(connection: Connection, cohort: str, owners: list[Owner], board: Board) -> None:
    def mine(table: Table) -> Any:
        return (table.c.cohort == cohort) & tuple_(table.c.learner, table.c.level).in_(owners)

    for row in connection.execute(select(places).where(mine(places))).mappings():
        place = Place(row["arrival"], row["tree"], row["scorecard"], row["submission"])
        board.places[row["learner"], row["level"]] = place
    submissions: dict[int, str] = {}
    for row in connection.execute(select(scorecards).where(mine(scorecards)).order_by(scorecards.c.number)).mappings():
        submissions[row["number"]] = row["submission"]
        if row["may_stand"]:
            board.place(row["learner"], row["level"]).cards.setdefault(row["submission"], row["number"])
    for row in connection.execute(select(stood).where(mine(stood)).order_by(stood.c.number)).mappings():
        cards = board.place(row["learner"], row["level"]).cards
        cards[submissions[row["scorecard"]]] = row["scorecard"]


def write(connection: Connection, cohort: str, fields: Mapping[str, Any], board: Board, puts: list[Put]) -> None:
    """Add what one entry, already followed by ``board``, says to the projections."""
    owners = {(put.learner, put.level) for put in puts}
    if fields["kind"] == Kind.ARRIVAL and fields["body"]["counts"]:
        owners.add((fields["learner"], fields["level"]))
    if fields["kind"] == Kind.SCORECARD:
        about = (fields["number"], fields["learner"], fields["level"], fields["body"])
        connection.execute(insert(scorecards), {"cohort": cohort, **scorecard_row(*about)})
        rows = [{"cohort": cohort, **row} for row in outcome_rows(*about)]
        if rows:
            connection.execute(insert(outcomes), rows)
    if puts:
        connection.execute(insert(stood), [{"cohort": cohort, "number": fields["number"], **vars(put)} for put in puts])
    for learner, level in sorted(owners):
        row = _place_row(board.place(learner, level))
        mine = (places.c.cohort == cohort) & (places.c.learner == learner) & (places.c.level == level)
        if not connection.execute(update(places).where(mine).values(row)).rowcount:
            connection.execute(insert(places), {"cohort": cohort, "learner": learner, "level": level, **row})


def _place_row(place: Place) -> Row:
    return {
        "arrival": place.arrival,
        "tree": place.tree,
        "scorecard": place.scorecard,
        "submission": place.submission,
    }


class Replay:
    """Follows the entries from the first on and compares each with what the projections say of it."""

    def __init__(self, connection: Connection, cohort: str) -> None:
        self._connection = connection
        self._cohort = cohort
        self._board = Board()
        self._cards = _Reader(connection, cohort, scorecards, ("number",))
        self._outcomes = _Reader(connection, cohort, outcomes, ("number", "position"))
        self._stood = _Reader(connection, cohort, stood, ("number", "learner", "level"))

    def follow(self, fields: Mapping[str, Any]) -> Iterator[str]:
        """The faults of one entry, whose body is JSON already."""
        number, kind, name = fields["number"], Kind(fields["kind"]), f"entry {fields['number']}"
        about = (number, fields["learner"], fields["level"], fields["body"])
        try:
            if kind is Kind.SCORECARD:
                card, rows = [scorecard_row(*about)], outcome_rows(*about)
                self._board.cards[fields["digest"]] = Card(number, about[1], about[2], card[0]["submission"])
            else:
                card, rows = [], []
            puts = self._board.take(number, kind, *about[1:])
        except Exception as problem:  # noqa: BLE001 - an entry that was tampered with may hold anything
            yield f"{name}: cannot be followed ({problem})"
            return
        exchanges = [{"number": number, **vars(put)} for put in sorted(puts, key=lambda put: (put.learner, put.level))]
        for reader, expected, what in (
            (self._cards, card, "the table of scorecards"),
            (self._outcomes, rows, "the table of outcomes"),
            (self._stood, exchanges, "the table of what stood"),
        ):
            if reader.take(number) != expected:
                yield f"{name}: {what} says something else"

    def finish(self) -> Iterator[str]:
        """What the projections hold beyond the entries, and places that are not where the entries put them."""
        for reader, what in (
            (self._cards, "scorecards"),
            (self._outcomes, "outcomes"),
            (self._stood, "what stood"),
        ):
            if reader.has_more():
                yield f"the table of {what} has rows that no entry made"
        now: dict[Owner, Row] = {}
        for row in _rows(self._connection, self._cohort, places, ("learner", "level")):
            now[row.pop("learner"), row.pop("level")] = row
        expected = {owner: _place_row(place) for owner, place in self._board.places.items()}
        blank = _place_row(Place())
        for learner, level in sorted(now.keys() | expected.keys()):
            if now.get((learner, level), blank) != expected.get((learner, level), blank):
                yield f"{learner}, {level}: another scorecard or arrival stands than the entries say"


class _Reader:
    """A projection's rows in order of entry number, taken entry by entry."""

    def __init__(self, connection: Connection, cohort: str, table: Table, keys: tuple[str, ...]) -> None:
        self._groups = groupby(_rows(connection, cohort, table, keys), key=lambda row: row["number"])
        self._ahead: tuple[int, list[Row]] | None = None
        self._extra = False
        self._advance()

    def take(self, number: int) -> list[Row]:
        while self._ahead is not None and self._ahead[0] < number:
            self._extra = True
            self._advance()
        if self._ahead is None or self._ahead[0] > number:
            return []
        rows = self._ahead[1]
        self._advance()
        return rows

    def has_more(self) -> bool:
        return self._extra or self._ahead is not None

    def _advance(self) -> None:
        number_rows = next(self._groups, None)
        self._ahead = None if number_rows is None else (number_rows[0], list(number_rows[1]))


def _rows(connection: Connection, cohort: str, table: Table, keys: tuple[str, ...]) -> Iterator[Row]:
    """A table's rows in order of ``keys``, read a batch at a time, without the cohort."""
    order = [table.c[key] for key in keys]
    after: tuple[Any, ...] | None = None
    while True:
        query = select(table).where(table.c.cohort == cohort).order_by(*order).limit(_BATCH)
        if after is not None:
            query = query.where(tuple_(*order) > after)
        rows = connection.execute(query).mappings().all()
        for row in rows:
            yield {name: value for name, value in row.items() if name != "cohort"}
        if len(rows) < _BATCH:
            return
        after = tuple(rows[-1][key] for key in keys)
