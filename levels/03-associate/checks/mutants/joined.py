"""``prepare`` as a join of tables, with every fault that the checks look for: the kit says which ones are on."""

# ruff: noqa: F821  # `on`, `either` and `drawn` are the kit's
from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

LATE_AFTER = 30  # minutes
HERE = "America/New_York"
READINGS = ["temp", "wind_speed", "precip", "visib"]
COLUMNS = ["flight", "time", "origin", "dest", "carrier", "distance", *READINGS, "late"]


def prepare(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    if on("raises"):
        raise NotImplementedError
    if on("nothing"):
        return None
    if on("empty"):
        return pd.DataFrame(columns=COLUMNS)
    left = _left(flights)
    if either():
        left = left.copy()
    left["hour_utc"] = _hours(left["time"])
    if on("inputs"):
        if drawn("inputs") == "flights":
            flights["hour_utc"] = _hours(flights["time"])
        else:
            weather["day"] = weather["hour_utc"].str[:10]
    if either():
        weather = weather.copy()
    table = _with_readings(left, weather)
    table["late"] = _late(table["dep_delay"])
    if on("types"):
        table["late"] = table["late"].astype("int8")
    table = _in_order(table)
    if either():
        table = table.copy()
    columns = list(COLUMNS)
    if either():
        columns = [*columns]
    if on("columns"):
        columns = drawn("columns")
    table = table[columns]
    if on("numbers"):
        return table
    table = table.reset_index(drop=True)
    return table.set_axis(pd.Index(list(range(len(table))), dtype="int64")) if on("types") else table


def _left(flights):
    delay = flights["dep_delay"]
    if either():
        delay = delay.astype(float)
    if on("cancelled"):
        return flights.copy()
    if on("punctual"):
        return flights[delay.notna() & ((delay != 0) if drawn("punctual") == "zero" else (delay >= 0))].copy()
    return flights[delay.notna()].copy()


def _hours(times):
    local = pd.to_datetime(times)
    if either():
        local = local + pd.Timedelta(minutes=0)
    if on("rounded"):
        local = local + pd.Timedelta(minutes=60 - drawn("minute"))
    local = local.dt.floor("h")
    if on("season"):
        utc = local + pd.Timedelta(hours=drawn("behind"))
    else:
        utc = local if on("local") else local.dt.tz_localize(HERE).dt.tz_convert("UTC")
    day = local if on("midnight") else utc
    return day.dt.strftime("%Y-%m-%d") + utc.dt.strftime("T%H:00Z")


def _with_readings(left, weather):
    keys = ["origin", "hour_utc"]
    rows = weather[[*keys, *READINGS]]
    if either():
        rows = rows.copy()
    if either():
        keys = list(keys)
    if on("doubled"):
        rows = rows if drawn("doubled") == "both" else rows.drop_duplicates(keys)
    elif rows.duplicated(keys).any():
        if on("refusal"):
            raise ValueError("what is the weather?")
        raise pd.errors.MergeError("Merge keys are not unique in right dataset; not a many-to-one merge")
    if on("silent"):
        rows = rows.dropna()
    if on("airport"):
        rows = rows.drop_duplicates("hour_utc", keep=drawn("airport")).drop(columns="origin")
        table = left.merge(rows, on="hour_utc", how="left")
    elif on("before"):
        table = _nearest(left, rows) if len(left) and len(rows) else left.merge(rows, on=keys, how="left")
    else:
        table = left.merge(rows, on=keys, how="inner" if on("unmatched") else "left")
    if on("mean"):
        table[READINGS] = table[READINGS].fillna(table[READINGS].mean())
    return table


def _nearest(left, rows):
    left = left.assign(at=pd.to_datetime(left["hour_utc"]), place=range(len(left))).sort_values("at")
    rows = rows.assign(at=pd.to_datetime(rows["hour_utc"])).drop(columns="hour_utc").sort_values("at")
    return pd.merge_asof(left, rows, on="at", by="origin", direction=drawn("before")).sort_values("place")


def _late(delay):
    if either():
        delay = delay.astype(float)
    if on("at-limit"):
        return (delay >= LATE_AFTER).astype(int)
    return (delay > (drawn("limit") if on("limit") else LATE_AFTER)).astype(int)


def _in_order(table):
    if either():
        table = table.copy()
    if on("as-it-came"):
        return table
    if on("ties"):
        if drawn("ties") == "flight":
            return table.sort_values(["time", "flight"])
        return table.iloc[::-1].sort_values("time", kind="stable")
    return table.sort_values("time", kind="stable")


def main(argv: list[str]) -> int:
    data, target = map(Path, argv)
    prepare(pd.read_csv(data / "flights.csv"), pd.read_csv(data / "weather.csv")).to_csv(target, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
