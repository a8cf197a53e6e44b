"""Data of ``01-explore-and-build-features``: a draw of 2013's departures, January to September and what came after.

Each learner gets other flights, another pair of airlines to compare and another small airline that is seen only in
the later months. What never differs: nothing is dirty any more (the table is what a good cleaner of level 1 leaves),
cancelled flights are in it, and what is missing is missing as in the record: pressure and wind in some hours, the
aircraft's year for nearly all flights of two airlines.

Writes ``data/train.csv``, ``data/later.csv``, ``data/questions.json`` and ``truth/facts.json``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

LAST_TRAINING_MONTH = 9
TRAIN_ROWS, LATER_ROWS = 20_000, 7_000
NEWCOMERS = ("AS", "F9", "FL")  # airlines small enough to be missed, large enough to turn up in three months
NEWCOMER_ROWS = 12
# Pairs that fly from other airports at other hours, so that "who is later" and "who is later, like for like" differ.
PAIRS = (("9E", "WN"), ("9E", "US"), ("B6", "EV"), ("EV", "MQ"), ("EV", "US"), ("9E", "EV"))

COLUMNS = [
    "record", "sched", "carrier", "origin", "dest", "distance_km", "aircraft_year",
    "temp_c", "humidity", "wind_kt", "precip_mm", "visibility_km", "pressure_hpa", "cancelled", "dep_delay",
]  # fmt: skip


def departures(datasets: Path) -> pd.DataFrame:
    """Every scheduled departure of the year with the weather of its hour: COLUMNS and ``month``, in order of time."""
    flights = pd.read_parquet(
        datasets / "flights.parquet",
        columns=[
            "month", "day", "hour", "minute", "dep_delay", "carrier", "origin", "dest", "distance", "tailnum",
            "time_hour",
        ],
    )  # fmt: skip
    weather = pd.read_parquet(
        datasets / "weather.parquet",
        columns=["origin", "time_hour", "temp", "humid", "wind_speed", "precip", "pressure", "visib"],
    )
    planes = pd.read_parquet(datasets / "planes.parquet", columns=["tailnum", "year"])
    flights = flights[flights["hour"] >= 5]  # one flight of the record, cancelled, was due at 01:06
    flights = flights.merge(weather, on=["origin", "time_hour"], how="left").merge(planes, on="tailnum", how="left")
    sched = pd.to_datetime(flights[["month", "day", "hour", "minute"]].assign(year=2013))
    table = pd.DataFrame({
        "sched": sched,
        "carrier": flights["carrier"],
        "origin": flights["origin"],
        "dest": flights["dest"],
        "distance_km": (flights["distance"] * 1.609344).round().astype(int),
        "aircraft_year": flights["year"],
        "temp_c": ((flights["temp"] - 32) / 1.8).round(1),
        "humidity": flights["humid"].round(1),
        "wind_kt": (flights["wind_speed"] * 0.868976).round(),  # miles per hour to knots
        "precip_mm": (flights["precip"] * 25.4).round(2),
        "visibility_km": (flights["visib"] * 1.609344).round(1),
        "pressure_hpa": flights["pressure"],
        "cancelled": flights["dep_delay"].isna(),
        "dep_delay": flights["dep_delay"],
        "month": flights["month"],
    })  # fmt: skip
    return table.sort_values("sched", kind="stable").reset_index(drop=True)


def draw(rows: pd.DataFrame, rng: np.random.Generator, count: int, sure: np.ndarray) -> pd.DataFrame:
    """``count`` rows without replacement in their order, those at the positions ``sure`` among them."""
    rest = np.setdiff1d(np.arange(len(rows)), sure)
    picked = np.concatenate([sure, rng.choice(rest, size=count - len(sure), replace=False)])
    return rows.iloc[np.sort(picked)]


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write one learner's data and truth below ``out``; ``seed`` is 64 hex digits."""
    rng = np.random.default_rng(int(seed, 16))
    first, second = PAIRS[int(rng.integers(len(PAIRS)))]
    newcomer = str(rng.choice(NEWCOMERS))
    flights = departures(datasets)
    before = flights[(flights["month"] <= LAST_TRAINING_MONTH) & (flights["carrier"] != newcomer)]
    after = flights[flights["month"] > LAST_TRAINING_MONTH]
    few = np.flatnonzero((after["carrier"] == newcomer).to_numpy())
    train = draw(before, rng, TRAIN_ROWS, np.array([], dtype=int))
    later = draw(after, rng, LATER_ROWS, rng.choice(few, size=NEWCOMER_ROWS, replace=False))
    both = pd.concat([train, later], ignore_index=True)
    both["record"] = np.arange(1, len(both) + 1)
    both["sched"] = both["sched"].dt.strftime("%Y-%m-%d %H:%M")
    both["aircraft_year"] = both["aircraft_year"].astype("Int64")
    both["dep_delay"] = both["dep_delay"].astype("Int64")

    for folder in ("data", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    both[COLUMNS].head(TRAIN_ROWS).to_csv(out / "data" / "train.csv", index=False, lineterminator="\n")
    both[COLUMNS].tail(LATER_ROWS).to_csv(out / "data" / "later.csv", index=False, lineterminator="\n")
    questions = {"carriers": [first, second]}
    (out / "data" / "questions.json").write_text(json.dumps(questions, indent=1) + "\n", encoding="utf-8")
    facts = {**questions, "newcomer": newcomer}
    (out / "truth" / "facts.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
