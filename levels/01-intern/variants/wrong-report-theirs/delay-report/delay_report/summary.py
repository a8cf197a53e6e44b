"""From flights to the rows of the report."""

from __future__ import annotations

import pandas as pd

COLUMNS = ["origin", "airport", "carrier", "flights", "cancelled", "mean_delay"]


def summarise(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    """One row per origin and carrier, sorted by both, those included whose flights were all cancelled.

    airport      the origin's name; its code where ``airports`` has no name for it
    flights      how many flights were scheduled
    cancelled    how many of them never left
    mean_delay   minutes, mean departure delay of the flights that left; missing if none left
    """
    scheduled = flights.assign(cancelled=flights["dep_delay"].isna())
    groups = scheduled.groupby(["origin", "carrier"], sort=True)
    report = groups.agg(
        flights=("cancelled", "size"),
        cancelled=("cancelled", "sum"),
        mean_delay=("dep_delay", "mean"),
    ).reset_index()
    names = airports.drop_duplicates("origin").set_index("origin")["airport"]
    report["airport"] = report["origin"].map(names).fillna(report["origin"])
    return report[COLUMNS]
