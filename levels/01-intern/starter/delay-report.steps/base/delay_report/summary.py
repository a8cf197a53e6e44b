"""From flights to the rows of the report."""

from __future__ import annotations

import pandas as pd

COLUMNS = ["origin", "carrier", "flights", "mean_delay"]


def summarise(flights: pd.DataFrame) -> pd.DataFrame:
    """One row per origin and carrier.

    flights      how many flights left
    mean_delay   minutes, mean departure delay of the flights that left
    """
    departed = flights.dropna(subset=["dep_delay"])
    groups = departed.groupby(["origin", "carrier"], sort=False)
    report = groups.agg(flights=("dep_delay", "size"), mean_delay=("dep_delay", "mean"))
    return report.reset_index()[COLUMNS]
