"""Reading the month's export."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


class BadInput(Exception):
    """RAW cannot be used. The message is one line that names the file or folder and what is wrong with it."""


def read_flights(raw: Path) -> pd.DataFrame:
    """Read ``raw/flights.csv``: one row per scheduled flight, in the order of the file.

    Returns at least the columns
      origin, carrier   text of one to three characters. No code means "missing": ``NA`` is an airline.
      dep_delay         minutes, whole, negative when early; missing when the flight was cancelled.
    A file with a header and no rows is a month without flights, and gives an empty table.

    Raises BadInput when ``raw`` or the file is not there, when one of the three columns is not there, or when
    a ``dep_delay`` is neither empty nor a whole number.
    """
    return pd.read_csv(raw / "flights.csv")  # half a reader: it keeps none of the promises about bad input
