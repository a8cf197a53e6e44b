"""``prepare`` without a join: a flight at a time, readings looked up in a dict. Right, and made quite another way."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

LATE_AFTER = 30  # minutes
HERE = "America/New_York"
READINGS = ["temp", "wind_speed", "precip", "visib"]
COLUMNS = ["flight", "time", "origin", "dest", "carrier", "distance", *READINGS, "late"]


def prepare(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    known = {}
    for row in weather.to_dict("records"):
        key = (row["origin"], row["hour_utc"])
        if key in known:
            raise ValueError(f"{key[0]} has two rows for {key[1]}")
        known[key] = [row[reading] for reading in READINGS]
    rows = []
    for row in flights.to_dict("records"):
        if pd.isna(row["dep_delay"]):
            continue
        hour = _hour(row["time"])
        readings = known.get((row["origin"], hour), [float("nan")] * len(READINGS))
        fields = {name: row[name] for name in COLUMNS if name in row and name not in READINGS}
        rows.append(fields | dict(zip(READINGS, readings, strict=True)) | {"late": int(row["dep_delay"] > LATE_AFTER)})
    rows.sort(key=lambda one: one["time"])
    return pd.DataFrame(rows, columns=COLUMNS)


def _hour(time):
    local = pd.Timestamp(time).floor("h").tz_localize(HERE, ambiguous=True, nonexistent="shift_forward")
    return local.tz_convert("UTC").strftime("%Y-%m-%dT%H:00Z")


def main(argv: list[str]) -> int:
    data, target = map(Path, argv)
    prepare(pd.read_csv(data / "flights.csv"), pd.read_csv(data / "weather.csv")).to_csv(target, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
