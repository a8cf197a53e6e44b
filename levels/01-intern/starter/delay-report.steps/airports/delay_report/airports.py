"""Names of airports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def read_airports(raw: Path) -> pd.DataFrame:
    """Read ``raw/airports.csv``: columns ``origin`` (the code) and ``airport`` (the name), one row per airport."""
    table = pd.read_csv(raw / "airports.csv", usecols=["faa", "name"], keep_default_na=False)
    return table.rename(columns={"faa": "origin", "name": "airport"})
