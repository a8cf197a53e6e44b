"""Reading RAW into a DuckDB connection."""

from __future__ import annotations

from pathlib import Path

import duckdb

WANTED = {"flights": ["origin", "carrier", "dep_delay"], "airports": ["faa", "name"]}


class BadInput(Exception):
    """RAW cannot be used. The message is one line that names the file or folder and what is wrong with it."""


def open_month(raw: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the tables ``flights`` (origin, carrier, minutes or NULL) and ``airports`` (faa, name)."""
    if not raw.is_dir():
        raise BadInput(f"{raw} is no folder")
    month = duckdb.connect()
    for table, columns in WANTED.items():
        file = raw / f"{table}.csv"
        if not file.is_file():
            raise BadInput(f"{file} is missing")
        month.execute(f"create table raw_{table} as from read_csv(?, header=true, all_varchar=true, nullstr='')", [str(file)])
        there = {name for name, *_ in month.execute(f"describe raw_{table}").fetchall()}
        if lacking := [column for column in columns if column not in there]:
            raise BadInput(f"{file} lacks the column {' and '.join(lacking)}")
    month.execute("create table airports as select faa, name from raw_airports")
    month.execute(
        "create table flights as select origin, carrier, dep_delay, try_cast(dep_delay as integer) as minutes from raw_flights"
    )
    odd = month.execute("select dep_delay from flights where dep_delay is not null and minutes is null").fetchone()
    if odd:
        raise BadInput(f"{raw / 'flights.csv'} has a dep_delay that is no whole number: {odd[0]}")
    return month
