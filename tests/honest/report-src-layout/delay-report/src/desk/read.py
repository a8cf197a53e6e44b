"""Reading the month's export."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

NEEDED = ["origin", "carrier", "dep_delay"]


class BadInput(Exception):
    """RAW cannot be used. The message is one line that names the file or folder and what is wrong with it."""


def read_table(file: Path, needed: list[str]) -> pd.DataFrame:
    """Read a CSV file as text, an empty field as ""; raises BadInput if it or a ``needed`` column is not there."""
    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as problem:
        raise BadInput(f"{file}: not a CSV file with a header ({type(problem).__name__})") from problem
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise BadInput(f"{file}: no column {', '.join(missing)}")
    return table


def read_flights(raw: Path) -> pd.DataFrame:
    """Read ``raw/flights.csv``: one row per scheduled flight, in the order of the file.

    Returns at least the columns
      origin, carrier   text of one to three characters. No code means "missing": ``NA`` is an airline.
      dep_delay         minutes, whole, negative when early; missing when the flight was cancelled.
    A file with a header and no rows is a month without flights, and gives an empty table.

    Raises BadInput when ``raw`` or the file is not there, when one of the three columns is not there, or when
    a ``dep_delay`` is neither empty nor a whole number.
    """
    if not raw.is_dir():
        raise BadInput(f"{raw}: no such folder")
    file = raw / "flights.csv"
    flights = read_table(file, NEEDED)
    delay = flights["dep_delay"].str.strip()
    wrong = flights.index[~delay.str.fullmatch(r"-?\d+|")]
    if len(wrong):
        raise BadInput(f"{file}: line {wrong[0] + 2}: dep_delay is no whole number: {delay[wrong[0]]!r}")
    return flights.assign(dep_delay=pd.to_numeric(delay.mask(delay == "")))
