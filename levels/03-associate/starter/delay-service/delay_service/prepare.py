"""Put departures and weather together: ``python -m delay_service.prepare data prepared.csv``."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

LATE_AFTER = 30  # minutes
HERE = "America/New_York"
READINGS = ["temp", "wind_speed", "precip", "visib"]
COLUMNS = ["flight", "time", "origin", "dest", "carrier", "distance", *READINGS, "late"]


def prepare(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """One row for each flight that left, in the order of ``time``; columns COLUMNS.

    ``flights``: flight, time (local, ``2013-03-04T18:45``), origin, dest, carrier, distance (miles), dep_delay (minutes;
    missing if the flight was cancelled). ``weather``: origin, hour_utc (``2013-03-04T23:00Z``), READINGS (°F, mph, inches,
    miles; missing where an instrument was silent). A flight has the readings of its airport and of the hour in which it
    was to leave; if there is no such row they are missing. ``late`` is 1 if it left more than LATE_AFTER minutes late.
    """
    left = flights[flights["dep_delay"].notna()].copy()
    hour = pd.to_datetime(left["time"]).dt.floor("h").dt.tz_localize(HERE).dt.tz_convert("UTC")
    left["hour_utc"] = hour.dt.strftime("%Y-%m-%dT%H:00Z")
    joined = left.merge(weather, on=["origin", "hour_utc"], how="left", validate="many_to_one")
    joined["late"] = (joined["dep_delay"] > LATE_AFTER).astype(int)
    return joined.sort_values("time", kind="stable")[COLUMNS].reset_index(drop=True)


def main(argv: list[str]) -> int:
    data, target = map(Path, argv)
    prepare(pd.read_csv(data / "flights.csv"), pd.read_csv(data / "weather.csv")).to_csv(target, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
