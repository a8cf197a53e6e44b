"""What the model sees of a flight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

WORDS = ["origin", "dest", "carrier"]
NUMBERS = ["distance", "temp", "wind_speed", "precip", "visib"]
Known = Mapping[str, Sequence[str]]  # by column: the words the model learned from, in the order of their codes


def known_words(table: pd.DataFrame) -> dict[str, list[str]]:
    """What ``features`` has to know of the table that a model learns from."""
    return {word: list(set(table[word])) for word in WORDS}


def features(table: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The model's columns for each row of a prepared table, in the same order; a row depends on nothing but itself.

    A word that is not ``known`` is as good as missing, and what is missing stays so: the trees know what to do with it.
    """
    time = pd.to_datetime(table["time"], format="%Y-%m-%dT%H:%M")
    made = pd.DataFrame({"hour": time.dt.hour, "weekday": time.dt.dayofweek, "month": time.dt.month})
    for word in WORDS:
        codes = {name: code for code, name in enumerate(known[word])}
        made[word] = table[word].map(codes).astype(float)
    for number in NUMBERS:
        made[number] = table[number].astype(float)
    return made
