"""Reading one CSV file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


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
