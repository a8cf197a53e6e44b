"""Names of airports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from desk.read import read_table


def read_airports(raw: Path) -> pd.DataFrame:
    """Read ``raw/airports.csv``: columns ``origin`` (the code) and ``airport`` (the name), one row per airport.

    Raises BadInput when the file or one of its columns ``faa`` and ``name`` is not there.
    """
    table = read_table(raw / "airports.csv", ["faa", "name"])
    return table[["faa", "name"]].rename(columns={"faa": "origin", "name": "airport"})
