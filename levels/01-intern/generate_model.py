"""Data of ``02-first-model``: flights of fourteen weeks to learn from and of the four weeks after them.

Each learner gets other weeks of 2013, other flights of those weeks, a wind sensor that was silent on other
days and another airline that is seen only in the later weeks. What never differs: late means more than 30
minutes, weather is that of the hour in which the flight was scheduled, and wind and pressure have gaps.

Writes ``data/train.csv``, ``data/later.csv`` and, for the judge, ``truth/unseen.parquet``: other flights of
the later weeks, same columns, in no order.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

TRAIN_WEEKS, LATER_WEEKS = 14, 4
# Weeks of 2013 (0 to 51) in which the training weeks may start. A model that learned a summer has little to
# say about an autumn, and one that learned the first weeks of January little about April: outside this range even a
# good pipeline may lose to the plain late share, or boosted trees to a straight line by more than a check allows, and
# the exercise would be about that instead.
FIRST_START, LAST_START = 3, 22
TRAIN_ROWS, LATER_ROWS, UNSEEN_ROWS = 10_000, 4_000, 5_000
NEWCOMERS = ("AS", "F9", "FL")  # airlines small enough to be missed, large enough to turn up in four weeks
NEWCOMER_ROWS = 6

DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)  # the first of each month of 2013

COLUMNS = [
    "date", "weekday", "hour", "carrier", "origin", "distance_km",
    "temp_c", "humidity", "wind_kt", "precip_mm", "visibility_km", "pressure_hpa", "late",
]  # fmt: skip


def departures(datasets: Path, first: int, last: int) -> pd.DataFrame:
    """Every flight of these weeks that left, with the weather of its scheduled hour: COLUMNS and ``week``."""
    flights = pd.read_parquet(
        datasets / "flights.parquet",
        columns=["year", "month", "day", "dep_delay", "carrier", "origin", "distance", "hour", "time_hour"],
    )
    weather = pd.read_parquet(
        datasets / "weather.parquet",
        columns=["origin", "time_hour", "temp", "humid", "wind_speed", "precip", "pressure", "visib"],
    )
    # The day of the year, before anything as dear as a date or a merge touches rows that nobody wants.
    week = (np.array(DAYS_BEFORE)[flights["month"] - 1] + flights["day"].to_numpy() - 1) // 7
    left = flights[flights["dep_delay"].notna() & (week >= first) & (week <= last)]
    left = left.merge(weather, on=["origin", "time_hour"], how="left")
    date = pd.to_datetime(left[["year", "month", "day"]])
    return pd.DataFrame({
        "date": date.dt.strftime("%Y-%m-%d"),
        "weekday": date.dt.weekday,
        "hour": left["hour"],
        "carrier": left["carrier"],
        "origin": left["origin"],
        "distance_km": (left["distance"] * 1.609344).round().astype(int),
        "temp_c": ((left["temp"] - 32) / 1.8).round(1),
        "humidity": left["humid"].round(1),
        "wind_kt": (left["wind_speed"] * 0.868976).round(),  # miles per hour to knots
        "precip_mm": (left["precip"] * 25.4).round(2),
        "visibility_km": (left["visib"] * 1.609344).round(1),
        "pressure_hpa": left["pressure"],
        "late": (left["dep_delay"] > 30).astype(int),
        "week": (date.dt.dayofyear - 1) // 7,
    })  # fmt: skip


def silence(frame: pd.DataFrame, rng: np.random.Generator, spans: int, days: int) -> pd.DataFrame:
    """A copy in which one airport's wind sensor is silent during ``spans`` runs of ``days`` days."""
    frame = frame.copy()
    dates = np.sort(frame["date"].unique())
    origin = rng.choice(["EWR", "JFK", "LGA"])
    for first in rng.choice(len(dates) - days, size=spans, replace=False):
        quiet = frame["date"].isin(dates[first : first + days]) & (frame["origin"] == origin)
        frame.loc[quiet, "wind_kt"] = np.nan
    return frame


def draw(frame: pd.DataFrame, rng: np.random.Generator, rows: int, newcomer: str) -> pd.DataFrame:
    """``rows`` rows without replacement, at least NEWCOMER_ROWS of them the newcomer's where it flies."""
    few = np.flatnonzero((frame["carrier"] == newcomer).to_numpy())
    sure = rng.choice(few, size=min(NEWCOMER_ROWS, len(few)), replace=False)
    rest = np.setdiff1d(np.arange(len(frame)), sure)
    return frame.iloc[np.concatenate([sure, rng.choice(rest, size=rows - len(sure), replace=False)])]


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write one learner's data and truth below ``out``; ``seed`` is 64 hex digits."""
    rng = np.random.default_rng(int(seed, 16))
    start = int(rng.integers(FIRST_START, LAST_START + 1))
    newcomer = str(rng.choice(NEWCOMERS))
    flights = departures(datasets, start, start + TRAIN_WEEKS + LATER_WEEKS - 1)
    before = flights["week"].between(start, start + TRAIN_WEEKS - 1) & (flights["carrier"] != newcomer)
    after = flights["week"].between(start + TRAIN_WEEKS, start + TRAIN_WEEKS + LATER_WEEKS - 1)
    earlier = silence(flights[before], rng, spans=3, days=6)
    coming = silence(flights[after], rng, spans=1, days=5).reset_index(drop=True)

    train = draw(earlier, rng, TRAIN_ROWS, newcomer).sort_values(["date", "hour"], kind="stable")
    later = draw(coming, rng, LATER_ROWS, newcomer)
    unseen = draw(coming.drop(later.index), rng, UNSEEN_ROWS, newcomer)
    later = later.sort_values(["date", "hour"], kind="stable")

    (out / "data").mkdir(parents=True, exist_ok=True)
    (out / "truth").mkdir(parents=True, exist_ok=True)
    train[COLUMNS].to_csv(out / "data" / "train.csv", index=False, lineterminator="\n")
    later[COLUMNS].to_csv(out / "data" / "later.csv", index=False, lineterminator="\n")
    unseen[COLUMNS].reset_index(drop=True).to_parquet(out / "truth" / "unseen.parquet", index=False)
    facts = {"start_week": start, "newcomer": newcomer, "late_share": float(train["late"].mean())}
    (out / "truth" / "facts.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
