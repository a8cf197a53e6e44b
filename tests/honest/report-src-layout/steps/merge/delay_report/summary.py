"""From flights to the rows of the report."""

from __future__ import annotations

import pandas as pd

LATE_AFTER = 30  # minutes; exactly 30 is still on time
COLUMNS = ["origin", "airport", "carrier", "flights", "cancelled", "mean_delay", "late_share"]


def summarise(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    """One row per origin and carrier, those included whose flights were all cancelled.

    airport      the origin's name
    flights      how many flights were scheduled
    cancelled    how many of them never left
    mean_delay   minutes, mean departure delay of the flights that left, one decimal
    late_share   0 to 1, share of the flights that left more than 30 minutes late, three decimals
    """
    scheduled = flights.assign(cancelled=flights["dep_delay"].isna(), late=flights["dep_delay"] > LATE_AFTER)
    groups = scheduled.groupby(["origin", "carrier"], sort=False)
    report = groups.agg(
        flights=("cancelled", "size"),
        cancelled=("cancelled", "sum"),
        mean_delay=("dep_delay", "mean"),
        late=("late", "sum"),
    )
    report["mean_delay"] = report["mean_delay"].round(1)
    report["late_share"] = (report["late"] / (report["flights"] - report["cancelled"])).round(3)
    return report.reset_index().merge(airports, on="origin")[COLUMNS]
