"""What the model sees of a flight."""

from __future__ import annotations

import pandas as pd

WORDS = ["origin", "dest", "carrier"]
NUMBERS = ["distance", "temp", "wind_speed", "precip", "visib"]


def features(table: pd.DataFrame) -> pd.DataFrame:
    """The model's columns for each row of a prepared table, in the same order."""
    time = pd.to_datetime(table["time"])
    made = pd.DataFrame({"hour": time.dt.hour, "weekday": time.dt.dayofweek, "month": time.dt.month})
    for word in WORDS:
        made[word] = table[word].astype("category").cat.codes
    for number in NUMBERS:
        made[number] = table[number].fillna(table[number].median())
    return made
