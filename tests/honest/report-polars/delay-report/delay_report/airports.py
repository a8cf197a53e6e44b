"""Names of airports."""

from pathlib import Path

import polars as pl

from .read import read_table


def read_airports(raw: Path) -> pl.DataFrame:
    return read_table(raw / "airports.csv", ["faa", "name"]).select(origin="faa", airport="name")
