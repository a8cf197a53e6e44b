"""Data of ``delay-service``: nine months of departures, and the weather by the hour, as two programs export them.

``OUT/data/data/flights.csv`` and ``weather.csv`` lie in the repo and in no commit: flights in local time, weather in
UTC. ``OUT/truth/train.csv`` is what a right ``prepare`` makes of them, ``OUT/truth/later.csv`` the same of the three
months after, which no learner sees.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 6000  # flights to learn from
LATER = 2500  # flights of October to December
LATE_AFTER = 30  # minutes
READINGS = ["temp", "wind_speed", "precip", "visib"]  # °F, mph, inches, miles
HERE = "America/New_York"


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write ``out/data`` and ``out/truth`` for the 64 hex digits of ``seed``."""
    rng = np.random.default_rng(int(seed, 16))
    flights = _flights(datasets)
    weather = _weather(datasets, rng)
    learned = flights[flights["month"] <= 9].sample(ROWS, random_state=rng)
    later = flights[(flights["month"] > 9) & flights["dep_delay"].notna()].sample(LATER, random_state=rng)
    folder = out / "data" / "data"
    folder.mkdir(parents=True)
    raw = _numbered(learned, rng).drop(columns=["month", "utc"])
    _write(raw, folder / "flights.csv")
    _write(weather, folder / "weather.csv")
    truth = out / "truth"
    truth.mkdir(parents=True)
    _write(_prepared(_numbered(learned[learned["dep_delay"].notna()], rng), weather), truth / "train.csv")
    _write(_prepared(_numbered(later, rng), weather), truth / "later.csv")


def _flights(datasets: Path) -> pd.DataFrame:
    columns = ["year", "month", "day", "hour", "minute", "carrier", "origin", "dest", "distance", "dep_delay"]
    flights = pd.read_parquet(datasets / "flights.parquet", columns=columns)
    local = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    utc = local.dt.floor("h").dt.tz_localize(HERE).dt.tz_convert("UTC")
    flights["time"] = local.dt.strftime("%Y-%m-%dT%H:%M")
    flights["utc"] = utc.dt.strftime("%Y-%m-%dT%H:00Z")
    return flights[["month", "time", "utc", "origin", "dest", "carrier", "distance", "dep_delay"]]


def _weather(datasets: Path, rng: np.random.Generator) -> pd.DataFrame:
    """By station and hour (UTC). Each station's instruments were silent for some hours, one more than the other."""
    weather = pd.read_parquet(datasets / "weather.parquet", columns=["origin", "time_hour", *READINGS])
    weather = weather.drop_duplicates(["origin", "time_hour"]).reset_index(drop=True)
    weather["hour_utc"] = pd.to_datetime(weather["time_hour"], utc=True).dt.strftime("%Y-%m-%dT%H:00Z")
    for reading in READINGS:
        weather.loc[rng.random(len(weather)) < rng.uniform(0.02, 0.05), reading] = np.nan
    return weather[["origin", "hour_utc", *READINGS]]


def _numbered(flights: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """In the order of time, each with a number that says nothing."""
    flights = flights.sort_values("time", kind="stable")
    flights.insert(0, "flight", [f"F{number}" for number in rng.permutation(90_000)[: len(flights)] + 10_000])
    return flights


def _prepared(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    joined = flights.merge(weather, left_on=["origin", "utc"], right_on=["origin", "hour_utc"], how="left")
    joined["late"] = (joined["dep_delay"] > LATE_AFTER).astype(int)
    return joined[["flight", "time", "origin", "dest", "carrier", "distance", *READINGS, "late"]]


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")
