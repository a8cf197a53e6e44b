"""Data of ``02-baselines-and-metrics``: departed flights with ready features, and what mistakes cost the desk.

Each learner gets other flights of January to September and of October to December, and another cost matrix. What
never differs: only flights that left are in it, the features were made the honest way (nothing of a flight's own
future), and lateness falls in autumn: no share of one season is that of the next.

Writes ``data/train.csv``, ``data/later.csv``, ``data/desk.json`` and ``truth/facts.json``.
"""

from __future__ import annotations

import json
from pathlib import Path

import generate_explore
import numpy as np
import pandas as pd

LAST_TRAINING_MONTH = 9
TRAIN_ROWS, LATER_ROWS = 14_000, 6_000
HOURS, WAIT = 6, 1  # the window of recent_late, as in the first notebook
LATE = 30

COLUMNS = [
    "record", "sched", "carrier", "origin", "distance_km",
    "temp_c", "humidity", "wind_kt", "precip_mm", "visibility_km", "recent_late", "late",
]  # fmt: skip


def recent_late(flights: pd.DataFrame) -> np.ndarray:
    """The late share of the same airport from HOURS to WAIT hours before each flight; NaN where nothing left."""
    share = np.full(len(flights), np.nan)
    left = ~flights["cancelled"].to_numpy()
    times = flights["sched"].to_numpy()
    late = (flights["dep_delay"] > LATE).to_numpy()
    for origin in flights["origin"].unique():
        at = flights["origin"].to_numpy() == origin
        past = times[at & left]  # the table is in order of time
        count = np.concatenate([[0], np.cumsum(late[at & left])])
        begin = np.searchsorted(past, times[at] - np.timedelta64(HOURS, "h"), side="left")
        end = np.searchsorted(past, times[at] - np.timedelta64(WAIT, "h"), side="right")
        share[at] = np.where(end > begin, (count[end] - count[begin]) / np.maximum(end - begin, 1), np.nan)
    return share


def departures(datasets: Path) -> pd.DataFrame:
    """Every flight of the year that left: COLUMNS but ``record``, and ``month``, in order of time."""
    flights = generate_explore.departures(datasets)
    flights["recent_late"] = recent_late(flights).round(4)
    flights["late"] = (flights["dep_delay"] > LATE).astype(int)
    return flights[~flights["cancelled"]].reset_index(drop=True)


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write one learner's data and truth below ``out``; ``seed`` is 64 hex digits."""
    rng = np.random.default_rng(int(seed, 16))
    # What a flight costs the desk, in dollars: rows what happened, columns what was said. A caught late flight still
    # costs something; a missed one several times as much; an alarm for nothing costs somebody's half hour.
    alarm = int(rng.integers(12, 25)) * 5
    caught = alarm + int(rng.integers(4, 17)) * 5
    missed = caught + alarm * int(rng.integers(3, 7))
    flights = departures(datasets)
    before = flights[flights["month"] <= LAST_TRAINING_MONTH]
    after = flights[flights["month"] > LAST_TRAINING_MONTH]
    both = pd.concat(
        [
            rows.iloc[np.sort(rng.choice(len(rows), size=count, replace=False))]
            for rows, count in ((before, TRAIN_ROWS), (after, LATER_ROWS))
        ],
        ignore_index=True,
    )
    both["record"] = np.arange(1, len(both) + 1)
    both["sched"] = both["sched"].dt.strftime("%Y-%m-%d %H:%M")
    for folder in ("data", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    both[COLUMNS].head(TRAIN_ROWS).to_csv(out / "data" / "train.csv", index=False, lineterminator="\n")
    both[COLUMNS].tail(LATER_ROWS).to_csv(out / "data" / "later.csv", index=False, lineterminator="\n")
    desk = {"costs": [[0, alarm], [missed, caught]]}
    (out / "data" / "desk.json").write_text(json.dumps(desk, indent=1) + "\n", encoding="utf-8")
    facts = {**desk, "late_share": float(both["late"].head(TRAIN_ROWS).mean())}
    (out / "truth" / "facts.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
