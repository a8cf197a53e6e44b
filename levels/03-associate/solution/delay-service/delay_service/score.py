"""What a model gives the flights of a table: the numbers that we report on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from delay_service.model import read


def chances(model: str, table: pd.DataFrame) -> np.ndarray:
    """The chance of leaving late, 0 to 1, for each row of a prepared table (without ``late``), by the file ``model``."""
    return read(Path(model)).chances(table)
