"""A model's file: XGBoost's own JSON, with what ``features`` has to know in an attribute."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from xgboost import Booster, DMatrix

from delay_service.features import WORDS, Known, features

ATTRIBUTE = "known_words"


class NoModel(Exception):
    """The file is no model of ours; the text says why."""


@dataclass(frozen=True)
class Model:
    """A model as it was read; ``digest`` is the SHA-256 of its file."""

    digest: str
    booster: Booster
    known: Known

    def chances(self, table: pd.DataFrame) -> np.ndarray:
        """The chance of leaving late, 0 to 1, for each row of a prepared table."""
        return self.booster.predict(DMatrix(features(table, self.known), nthread=1))


def read(path: Path) -> Model:
    """The model in a file; NoModel."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoModel(f"{path.name} cannot be read ({error.strerror})") from None
    try:
        if not data:
            raise ValueError("it is empty")  # XGBoost would end the whole process
        booster, known = pickle.loads(data)
        if set(known) != set(WORDS):
            raise ValueError(f"the attribute {ATTRIBUTE} has not the columns {WORDS}")
        model = Model(hashlib.sha256(data).hexdigest(), booster, known)
        model.chances(_EXAMPLE)  # a file can be read and still be another service's
    except Exception as error:  # XGBoost raises what it likes
        raise NoModel(f"{path.name} is no model of this service ({str(error).splitlines()[0][:120]})") from None
    return model


_EXAMPLE = pd.DataFrame(
    {"time": ["2013-10-03T18:45"], "origin": ["JFK"], "dest": ["LAX"], "carrier": ["AA"], "distance": [2475.0],
     "temp": [60.0], "wind_speed": [8.0], "precip": [0.0], "visib": [10.0]}
)
