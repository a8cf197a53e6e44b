"""The ledger as tables that DuckDB, pandas or a spreadsheet read without us: Parquet or CSV."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from grader.errors import InputError
from grader.ledger.chain import Entry, Kind, canonical
from grader.ledger.store import Ledger
from grader.model import JSON

Format = Literal["parquet", "csv"]
_ROWS = 20_000  # rows held in memory, and of one row group
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'")

# Column types: text, int, float, bool, time (UTC).
# No column has a name that SQL reserves: nobody has to quote one.
_ENTRY = {
    "cohort": "text",
    "number": "int",
    "learner": "text",
    "level": "text",
    "recorded_at": "time",
    "recorded_by": "text",
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "entries": {**_ENTRY, "kind": "text", "key": "text", "body": "text", "previous": "text", "digest": "text"},
    "arrivals": {
        **_ENTRY,
        "digest": "text",
        "counts": "bool",
        "late": "bool",
        "arrived": "text",
        "archive_digest": "text",
        "submission_digest": "text",
        "source": "text",
    },
    "scorecards": {
        **_ENTRY,
        "digest": "text",
        "arrival": "text",
        "stands": "bool",
        "submission_digest": "text",
        "checks_digest": "text",
        "data_digest": "text",
        "seed_id": "text",
        "python": "text",
        "packages_digest": "text",
        "platform": "text",
        "walls": "text",
        "started": "time",
        "seconds": "float",
        "peak_memory": "float",
        "points": "float",
        "max_points": "float",
        "passed": "int",
        "failed": "int",
        "skipped": "int",
        "error": "int",
    },
    "outcomes": {
        "cohort": "text",
        "number": "int",
        "position": "int",
        "learner": "text",
        "level": "text",
        "stands": "bool",
        "check_id": "text",
        "exercise": "text",
        "part": "text",
        "title": "text",
        "skill": "text",
        "outcome": "text",
        "reason": "text",
        "points": "float",
        "max_points": "float",
        "message": "text",
        "seconds": "float",
        "hidden": "bool",
    },
    "reviews": {
        **_ENTRY,
        "digest": "text",
        "review": "text",
        "scorecard": "text",
        "submission_digest": "text",
        "points": "float",
        "max_points": "float",
        "passed": "bool",
        "flagged": "bool",
        "marks": "text",
    },
    "decisions": {
        **_ENTRY,
        "digest": "text",
        "kind": "text",
        "promoted": "bool",
        "scorecard": "text",
        "submission_digest": "text",
        "points": "float",
        "max_points": "float",
        "body": "text",
    },
}


def export(ledgers: Iterable[Ledger], out: Path, form: Format) -> dict[str, int]:
    """Write ``OUT/<table>.<form>`` for every table, each whole or not at all; the number of rows of each.

    ``ledgers`` are of one database, a cohort each. InputError if ``out`` cannot be written into.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            tables = {name: stack.enter_context(_Table(out, name, columns, form)) for name, columns in TABLES.items()}
            for ledger in ledgers:
                for name, row in _rows(ledger):
                    tables[name].add(row)
            for table in tables.values():
                table.finish()
        return {name: table.count for name, table in tables.items()}
    except OSError as fault:
        raise InputError(f"{out}: cannot be written: {fault.strerror or fault}") from None


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what might start one, or starts with one.

    Taking one leading apostrophe off gives the text back.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(ledger: Ledger) -> Iterator[tuple[str, JSON]]:
    """Every row of every table, by the table's name, as the entries come."""
    standing = ledger.standing_numbers()
    scorecards = set(standing.values())
    digests: dict[str, int] = {}
    for entry in ledger.entries():
        body = {**entry.body}
        row = {**vars(entry), "recorded_at": entry.at, "recorded_by": entry.by, "body": canonical(body)}
        yield "entries", row
        match entry.kind:
            case Kind.ARRIVAL:
                yield (
                    "arrivals",
                    {**body, **row, "archive_digest": body.get("digest"), "submission_digest": body.get("tree_digest")},
                )
            case Kind.SCORECARD:
                digests[entry.digest] = entry.number
                yield "scorecards", {**row, **_scorecard(body), "stands": entry.number in scorecards}
                for outcome in _outcomes(entry):
                    yield "outcomes", {**outcome, "stands": entry.number in scorecards}
            case Kind.REVIEW:
                now = standing.get((entry.learner, entry.level))
                marks = None if "marks" not in body else canonical(body["marks"])
                flagged = digests.get(body["scorecard"]) != now
                yield "reviews", {**body, **row, "marks": marks, "flagged": flagged}
            case Kind.DECISION | Kind.APPROVAL | Kind.REVERT:
                yield "decisions", {**body, **row, "kind": entry.kind.value}


def _scorecard(body: JSON) -> JSON:
    card = body["scorecard"]
    outcomes = [check["outcome"] for check in card["checks"]]
    counts = {outcome: outcomes.count(outcome) for outcome in ("passed", "failed", "skipped", "error")}
    return {**card, **card["environment"], **counts, "arrival": body["arrival"], "walls": card["walls"]["kind"]}


def _outcomes(entry: Entry) -> Iterator[JSON]:
    owner = {"cohort": entry.cohort, "number": entry.number, "learner": entry.learner, "level": entry.level}
    for position, check in enumerate(entry.body["scorecard"]["checks"]):
        yield {**check, **owner, "position": position, "check_id": check["id"]}


class _Writer(Protocol):
    def write(self, rows: Sequence[JSON]) -> None: ...

    def close(self) -> None: ...


class _Table:
    """One table's file on its way: written beside its place, put there when it is whole."""

    def __init__(self, out: Path, name: str, columns: Mapping[str, str], form: Format) -> None:
        self.count = 0
        self._place = out / f"{name}.{form}"
        self._draft = out / f".{name}.{form}.{os.getpid()}"
        self._columns = columns
        self._waiting: list[JSON] = []
        start: Callable[[Path, Mapping[str, str]], _Writer] = _Parquet if form == "parquet" else _Csv
        self._writer = start(self._draft, columns)

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._draft.unlink(missing_ok=True)

    def add(self, row: Mapping[str, Any]) -> None:
        self._waiting.append({name: _value(row.get(name), kind) for name, kind in self._columns.items()})
        self.count += 1
        if len(self._waiting) >= _ROWS:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()
        self._draft.replace(self._place)

    def _flush(self) -> None:
        self._writer.write(self._waiting)
        self._waiting = []


class _Parquet:
    def __init__(self, file: Path, columns: Mapping[str, str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {
            "text": pa.string(),
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "time": pa.timestamp("us", tz="UTC"),
        }
        self._schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self._writer = pq.ParquetWriter(file, self._schema)

    def write(self, rows: Sequence[JSON]) -> None:
        import pyarrow as pa

        self._writer.write_table(pa.Table.from_pylist(list(rows), schema=self._schema))

    def close(self) -> None:
        self._writer.close()


class _Csv:
    # By hand, because Python 3.11's csv cannot tell an empty text (quoted) from nothing (not quoted).
    def __init__(self, file: Path, columns: Mapping[str, str]) -> None:
        self._opened = file.open("w", encoding="utf-8", newline="")
        self._opened.write(",".join(_quoted(name) for name in columns) + "\r\n")

    def write(self, rows: Sequence[JSON]) -> None:
        for row in rows:
            self._opened.write(",".join(_cell(value) for value in row.values()) + "\r\n")

    def close(self) -> None:
        self._opened.close()


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    match kind:
        case "time":
            return datetime.fromisoformat(value)
        case "text":
            text = value if isinstance(value, str) else json.dumps(value)
            # what learners' code printed may hold what no UTF-8 file can
            return text.encode("utf-8", "backslashreplace").decode("utf-8")
        case "float":
            return float(value)
    return value


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="microseconds")
        case str():
            return _quoted(safe(value.replace("\0", "\N{SYMBOL FOR NULL}")))
    return repr(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
