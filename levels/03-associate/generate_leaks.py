"""Data of ``03-leak-hunt``: a hundred days of some aircraft, the weather in UTC, and three pipelines with plants.

``OUT/data/flights.csv`` and ``weather.csv`` are a learner's own draw, ``tickets.json`` says what each pipeline is to
do, and ``pipelines/NAME.py`` do it: in ten of their twenty-one steps wrongly. Every kind of plant occurs, in which
pipeline is drawn. ``OUT/truth/plants.json`` lists ``[pipeline, step, kind]`` and where each shows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generate_leaks_steps as steps
import numpy as np
import pandas as pd

ROWS = 5_000  # a few more: aircraft come whole
DAYS = 100
COLUMNS = [
    "record", "sched", "sched_arr", "carrier", "flight", "tailnum", "origin", "dest", "distance",
    "dep_time", "dep_delay", "arr_time", "arr_delay",
]  # fmt: skip
SKY = ["temp", "humid", "wind_speed", "visib", "precip"]
KINDS = {
    "known": "known-later",
    "recent": "lag-includes-today",
    "sky": "clock-mismatch",
    "split": "aircraft-day-shared",
    "balance": "resampled-before-split",
    "usual": "encoded-outside-folds",
    "scale": "scaled-before-split",
}
TWICE = 3  # kinds that are planted in two pipelines


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write one learner's data and truth below ``out``; ``seed`` is 64 hex digits."""
    rng = np.random.default_rng(int(seed, 16))
    folder = out / "data"
    (folder / "pipelines").mkdir(parents=True)
    (out / "truth").mkdir(parents=True)
    flights, weather = _tables(rng, datasets)
    flights.to_csv(folder / "flights.csv", index=False, lineterminator="\n")
    weather.to_csv(folder / "weather.csv", index=False, lineterminator="\n")
    tickets = {name: _ticket(name, rng) for name in steps.PIPELINES}
    plants = _plants(rng)
    for name, ticket in tickets.items():
        text = steps.pipeline(name, ticket, {step for where, step in plants if where == name}, rng)
        (folder / "pipelines" / f"{name}.py").write_text(text, encoding="utf-8", newline="\n")
    truth = {"plants": [[name, step, KINDS[step]] for name, step in plants]}
    for path, content in ((folder / "tickets.json", tickets), (out / "truth" / "plants.json", truth)):
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def _ticket(name: str, rng: np.random.Generator) -> dict[str, Any]:
    fixed = steps.PIPELINES[name]
    return {
        "asks": fixed["asks"],
        "late": {"column": fixed["outcome"], "minutes": 30},
        "known": fixed["known"],
        "recent": {"by": fixed["by"], "days": int(rng.integers(1, 4))},
        "sky": sorted(str(column) for column in rng.choice(SKY, 2, replace=False)),
        "usual": {"by": fixed["key"], "folds": 5},
        "test_share": 0.25,
        "seed": int(rng.integers(100, 1000)),
    }


def _plants(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Ten (pipeline, step): every step once and ``TWICE`` of them again; three or four in each pipeline, and in each
    the outcome itself comes in by ``known`` or ``recent``, so that each claims more than it can."""
    names = list(steps.PIPELINES)
    while True:
        again = [str(step) for step in rng.choice(list(KINDS), TWICE, replace=False)]
        drawn = [(names[int(rng.integers(3))], step) for step in [*KINDS, *again]]
        counts = [sum(where == name for where, _ in drawn) for name in names]
        strong = {where for where, step in drawn if step in ("known", "recent")}
        if len(set(drawn)) == len(drawn) and max(counts) <= 4 and len(strong) == 3:
            return sorted(drawn)


def _tables(rng: np.random.Generator, datasets: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All flights of some aircraft within a window in which the clocks change, and its hourly weather."""
    year = pd.read_parquet(
        datasets / "flights.parquet",
        columns=[
            "month", "day", "hour", "minute", "sched_arr_time", "dep_time", "dep_delay", "arr_time", "arr_delay",
            "carrier", "flight", "tailnum", "origin", "dest", "distance",
        ],
    )  # fmt: skip
    begin = pd.Timestamp("2013-01-10" if rng.random() < 0.5 else "2013-08-20") + pd.Timedelta(
        int(rng.integers(0, 30)), "D"
    )
    year["sched"] = pd.to_datetime(year[["month", "day", "hour", "minute"]].assign(year=2013))
    within = (year["sched"] >= begin) & (year["sched"] < begin + pd.Timedelta(DAYS, "D")) & (year["hour"] >= 5)
    flown = year[within].dropna(subset=["dep_time", "dep_delay", "arr_time", "arr_delay", "tailnum"])
    sizes = flown.groupby("tailnum").size()
    aircraft = rng.permutation(sizes[sizes >= 30].index.to_numpy())
    enough = int(np.searchsorted(sizes[aircraft].cumsum().to_numpy(), ROWS)) + 1
    flown = flown[flown["tailnum"].isin(aircraft[:enough])]
    table = pd.DataFrame({
        "sched": flown["sched"],
        "sched_arr": _minutes(flown["sched_arr_time"]),
        "carrier": flown["carrier"],
        "flight": flown["carrier"] + flown["flight"].astype(str),
        "tailnum": flown["tailnum"],
        "origin": flown["origin"],
        "dest": flown["dest"],
        "distance": flown["distance"],
        "dep_time": _minutes(flown["dep_time"]),
        "dep_delay": flown["dep_delay"].astype(int),
        "arr_time": _minutes(flown["arr_time"]),
        "arr_delay": flown["arr_delay"].astype(int),
    }).sort_values(["sched", "origin", "flight"], kind="stable")  # fmt: skip
    table["record"] = np.sort(rng.permutation(80_000)[: len(table)] + 10_000)
    table["sched"] = table["sched"].dt.strftime("%Y-%m-%d %H:%M")
    return table[COLUMNS], _weather(datasets, begin)


def _minutes(clock: pd.Series) -> pd.Series:
    """Minutes after midnight of a clock written as the number 1305; 2400 is midnight."""
    whole = clock.astype(int)
    return (whole // 100 * 60 + whole % 100) % 1440


def _weather(datasets: Path, begin: pd.Timestamp) -> pd.DataFrame:
    """Every hour of the window and two days around it; one that is not on record repeats the hour before it."""
    rows = pd.read_parquet(datasets / "weather.parquet", columns=["origin", "time_hour", *SKY])
    rows["time_utc"] = pd.to_datetime(rows["time_hour"]).dt.tz_localize(None)
    hours = pd.date_range(begin - pd.Timedelta(2, "D"), begin + pd.Timedelta(DAYS + 2, "D"), freq="h")
    whole = pd.MultiIndex.from_product([sorted(rows["origin"].unique()), hours], names=["origin", "time_utc"])
    table = rows.drop_duplicates(["origin", "time_utc"]).set_index(["origin", "time_utc"])[SKY].reindex(whole)
    table = table.groupby("origin").ffill().groupby("origin").bfill().round(2).reset_index()
    table["time_utc"] = table["time_utc"].dt.strftime("%Y-%m-%dT%H:%MZ")
    return table
