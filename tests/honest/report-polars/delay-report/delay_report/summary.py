"""From flights to the rows of the report."""

import polars as pl

LATE_AFTER = 30


def summarise(flights: pl.DataFrame, airports: pl.DataFrame) -> pl.DataFrame:
    delay = pl.col("dep_delay")
    return (
        flights.group_by("origin", "carrier")
        .agg(
            flights=pl.len(), cancelled=delay.null_count(), mean_delay=delay.mean().round(1),
            late_share=pl.when(delay.count() > 0).then((delay > LATE_AFTER).mean().round(3)),
        )
        .join(airports.unique("origin", keep="first"), on="origin", how="left")
        .with_columns(pl.col("airport").fill_null(pl.col("origin")))
        .sort("origin", "carrier")
        .select("origin", "airport", "carrier", "flights", "cancelled", "mean_delay", "late_share")
    )
