"""The months the desk works on: one CSV file each, ``data/2013-MM.csv``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

NUMBERS = ["hour", "distance", "temp", "wind_speed", "precip", "visib"]
WORDS = ["origin", "carrier"]
FEATURES = NUMBERS + WORDS  # in this order
LABEL = "late"  # 1 when the flight left more than 30 minutes late, else 0


class BadInput(Exception):
    """What was asked for cannot be done. The message is one line that names the month, file or option."""


def months(text: str) -> list[int]:
    """Months written as ``"7"``, ``"1-6"`` or ``"1-3,5"``, in rising order. Raises BadInput."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        try:
            found.update(range(int(first), int(last or first) + 1))
        except ValueError:
            raise BadInput(f"months {text!r}: write them like 1-6 or 7,8") from None
    if not found or not found <= set(range(1, 13)):
        raise BadInput(f"months {text!r}: they go from 1 to 12")
    return sorted(found)


def file_of(folder: Path, month: int) -> Path:
    """The file that holds a month."""
    return folder / f"2013-{month:02d}.csv"


def read(folder: Path, wanted: list[int]) -> pd.DataFrame:
    """The flights of these months, in the order of the files: ``flight`` (an id), ``month``, FEATURES and LABEL.

    Raises BadInput when a month has no file.
    """
    for month in wanted:
        if not file_of(folder, month).is_file():
            raise BadInput(f"{file_of(folder, month)}: no such file")
    # NA is an airline's code, not a gap; an empty field is one
    parts = [
        pd.read_csv(file_of(folder, month), keep_default_na=False, na_values=[""], dtype=dict.fromkeys(NUMBERS, float))
        for month in wanted
    ]
    return pd.concat(parts, ignore_index=True)
