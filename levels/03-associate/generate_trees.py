"""Data of ``01-trees-and-margins``: departures of some thirty weeks, every second day, and the plan of their blocks.

Each learner gets other weeks of 2013 and other flights of them, so it differs, too, whether the trees are surely better
than the logistic regression. What never differs: only flights that left are in it; every feature is known an hour
before the flight is due (the weather stands in for a forecast); every second day is left out, so that days which follow
each other in the file do not share a storm.

Writes ``data/flights.csv``, ``data/plan.json`` and, for the judge, ``truth/unseen.parquet``: other flights of the
scored days, same columns, in no order.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

LEARN_DAYS, STOP_DAYS, SCORE_DAYS = 140, 28, 60  # of the calendar; every second one is in the file
FIRST_START, LAST_START = 3, 136  # days of 2013 on which the file may begin
PER_DAY, UNSEEN_PER_DAY = 110, 170
HOURS, WAIT = 6, 1  # the window of recent_late
LATE = 30

DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)  # the first of each month of 2013

COLUMNS = [
    "record", "sched", "carrier", "origin", "weekday", "minute", "distance_km", "due", "temp_c", "humidity", "wind_kt",
    "precip_mm", "visibility_km", "pressure_hpa", "recent_late", "late",
]  # fmt: skip


def recent_late(flights: pd.DataFrame) -> np.ndarray:
    """The late share of the same airport from HOURS to WAIT hours before each flight; NaN where nothing left."""
    share = np.full(len(flights), np.nan)
    left = flights["dep_delay"].notna().to_numpy()
    times = flights["sched"].to_numpy()
    late = flights["late"].to_numpy()
    for origin in ("EWR", "JFK", "LGA"):
        at = (flights["origin"] == origin).to_numpy()
        past = times[at & left]  # the table is in order of time
        count = np.concatenate([[0], np.cumsum(late[at & left])])
        begin = np.searchsorted(past, times[at] - np.timedelta64(HOURS, "h"), side="left")
        end = np.searchsorted(past, times[at] - np.timedelta64(WAIT, "h"), side="right")
        share[at] = np.where(end > begin, (count[end] - count[begin]) / np.maximum(end - begin, 1), np.nan)
    return share


def departures(datasets: Path, first: int, last: int) -> pd.DataFrame:
    """Every flight that left on these days of the year: COLUMNS but ``record``, and ``day``, in order of time."""
    flights = pd.read_parquet(
        datasets / "flights.parquet",
        columns=["month", "day", "hour", "minute", "dep_delay", "carrier", "origin", "distance", "time_hour"],
    )
    weather = pd.read_parquet(
        datasets / "weather.parquet",
        columns=["origin", "time_hour", "temp", "humid", "wind_speed", "precip", "pressure", "visib"],
    )
    # The day of the year, before anything as dear as a date touches rows that nobody wants.
    flights["day"] += np.array(DAYS_BEFORE)[flights["month"] - 1]
    flights = flights[flights["day"].between(first, last) & (flights["hour"] >= 5)].copy()
    minutes = (flights["day"] - 1) * 1440 + flights["hour"] * 60 + flights["minute"]
    flights["sched"] = pd.Timestamp("2013-01-01") + pd.to_timedelta(minutes, unit="min")
    flights = flights.sort_values("sched", kind="stable").reset_index(drop=True)
    flights["late"] = (flights["dep_delay"] > LATE).astype(int)
    flights["recent_late"] = recent_late(flights).round(4)
    flights["due"] = flights.groupby(["origin", "time_hour"])["late"].transform("size")
    joined = flights.merge(
        weather.drop_duplicates(["origin", "time_hour"]), on=["origin", "time_hour"], how="left", sort=False
    )
    table = pd.DataFrame({
        "sched": joined["sched"],
        "carrier": joined["carrier"],
        "origin": joined["origin"],
        "weekday": joined["sched"].dt.strftime("%a"),
        "minute": joined["hour"] * 60 + joined["minute"],
        "distance_km": (joined["distance"] * 1.609344).round().astype(int),
        "due": joined["due"],
        "temp_c": ((joined["temp"] - 32) / 1.8).round(1),
        "humidity": joined["humid"].round(1),
        "wind_kt": (joined["wind_speed"] * 0.868976).round(),  # miles per hour to knots
        "precip_mm": (joined["precip"] * 25.4).round(2),
        "visibility_km": (joined["visib"] * 1.609344).round(1),
        "pressure_hpa": joined["pressure"],
        "recent_late": joined["recent_late"],
        "late": joined["late"],
        "day": joined["day"],
    })  # fmt: skip
    return table[joined["dep_delay"].notna()].reset_index(drop=True)


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write one learner's data and truth below ``out``; ``seed`` is 64 hex digits."""
    rng = np.random.default_rng(int(seed, 16))
    start = int(rng.integers(FIRST_START, LAST_START + 1))
    stop, score = start + LEARN_DAYS, start + LEARN_DAYS + STOP_DAYS
    flights = departures(datasets, start, score + SCORE_DAYS - 1)
    flights = flights[(flights["day"] - start) % 2 == 0]
    flights["place"] = rng.permutation(len(flights))  # the first PER_DAY of each day go to the learner
    rank = flights.groupby("day")["place"].rank(method="first")
    given = flights[rank <= PER_DAY].reset_index(drop=True)
    unseen = flights[(rank > PER_DAY) & (rank <= PER_DAY + UNSEEN_PER_DAY) & (flights["day"] >= score)]
    unseen = unseen.sort_values("place").reset_index(drop=True)
    given["record"] = np.arange(1, len(given) + 1)
    unseen["record"] = np.arange(len(given) + 1, len(given) + len(unseen) + 1)
    given["sched"] = given["sched"].dt.strftime("%Y-%m-%d %H:%M")

    for folder in ("data", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    given[COLUMNS].to_csv(out / "data" / "flights.csv", index=False, lineterminator="\n")
    new_year = pd.Timestamp("2012-12-31")
    plan = {
        "stop_from": f"{new_year + pd.Timedelta(stop, 'D'):%Y-%m-%d}",
        "score_from": f"{new_year + pd.Timedelta(score, 'D'):%Y-%m-%d}",
    }
    (out / "data" / "plan.json").write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
    unseen[COLUMNS].to_parquet(out / "truth" / "unseen.parquet", index=False)
