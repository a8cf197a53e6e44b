"""Reading the month's export with Polars."""

from pathlib import Path

import polars as pl


class BadInput(Exception):
    """One line."""


def read_table(file: Path, needed: list[str]) -> pl.DataFrame:
    try:
        table = pl.read_csv(file, infer_schema=False, empty_string_is_null=False)
    except FileNotFoundError:
        raise BadInput(f"{file} is not there") from None
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise BadInput(f"{file}: {str(problem).splitlines()[0]}") from None
    if lacking := set(needed) - set(table.columns):
        raise BadInput(f"{file}: columns {lacking} are not there")
    return table


def read_flights(raw: Path) -> pl.DataFrame:
    table = read_table(raw / "flights.csv", ["origin", "carrier", "dep_delay"])
    delay = pl.col("dep_delay").str.strip_chars()
    try:
        return table.with_columns(pl.when(delay != "").then(delay).cast(pl.Int64).alias("dep_delay"))
    except pl.exceptions.InvalidOperationError as problem:
        raise BadInput(f"{raw / 'flights.csv'}: {str(problem).splitlines()[0]}") from None
