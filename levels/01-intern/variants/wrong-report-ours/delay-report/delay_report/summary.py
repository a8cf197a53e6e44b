"""From flights to the rows of the report."""

from __future__ import annotations

import pandas as pd

LATE_AFTER = 30  # minutes; exactly 30 is still on time
COLUMNS = ["origin", "carrier", "flights", "mean_delay", "late_share"]


def summarise(flights: pd.DataFrame) -> pd.DataFrame:
    """One row per origin and carrier.

    flights      how many flights left
    mean_delay   minutes, mean departure delay of the flights that left, one decimal
    late_share   0 to 1, share of the flights that left more than 30 minutes late, three decimals
    """
    departed = flights.dropna(subset=["dep_delay"])
    departed = departed.assign(late=departed["dep_delay"] > LATE_AFTER)
    groups = departed.groupby(["origin", "carrier"], sort=True)
    report = groups.agg(flights=("dep_delay", "size"), mean_delay=("dep_delay", "mean"), late=("late", "sum"))
    report["mean_delay"] = report["mean_delay"].round(1)
    report["late_share"] = (report["late"] / report["flights"]).round(3)
    return report.reset_index()[COLUMNS]
