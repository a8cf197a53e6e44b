"""Data of ``delay-experiments``: nine months of departures as one CSV file each, and stores for the checks.

``OUT/data/data/2013-MM.csv`` lies in the repo and in no commit. ``OUT/truth/empty.db`` is an MLflow store without
runs, ``OUT/truth/compare.db`` one with runs that may and may not be compared, ``OUT/truth/compare.json`` what
``compare.py`` has to say about it. A colleague's store for the nightly workflow is made by the checks themselves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generate_store
import numpy as np
import pandas as pd

MONTHS = range(1, 10)
ROWS = 600  # flights drawn from each month
LATE_AFTER = 30  # minutes
HOURLY = ["temp", "wind_speed", "precip", "visib"]
COLUMNS = ["flight", "month", "day", "hour", "origin", "carrier", "distance", *HOURLY, "late"]


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write ``out/data`` and ``out/truth`` for the 64 hex digits of ``seed``."""
    rng = np.random.default_rng(int(seed, 16))
    folder = out / "data" / "data"
    folder.mkdir(parents=True)
    for month, rows in departures(datasets, MONTHS).groupby("month"):
        drawn = rows.sample(ROWS, random_state=rng).sort_values(["day", "hour"], kind="stable")
        drawn["flight"] = [f"{month:02d}-{number:04d}" for number in rng.permutation(9000)[:ROWS] + 1000]
        drawn[COLUMNS].to_csv(folder / f"2013-{month:02d}.csv", index=False, lineterminator="\n")
    truth = out / "truth"
    truth.mkdir(parents=True)
    (truth / "empty.db").write_bytes(generate_store.empty())
    runs, told = _runs_to_compare(rng)
    (truth / "compare.db").write_bytes(generate_store.filled("late-departures", runs))
    (truth / "compare.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8", newline="\n")


def departures(datasets: Path, months: range) -> pd.DataFrame:
    """Departed flights of some months with the weather of their hour (°F, mph, inches, miles) and ``late``, 0 or 1."""
    flights = pd.read_parquet(
        datasets / "flights.parquet",
        columns=["month", "day", "hour", "origin", "carrier", "distance", "dep_delay"],
    )
    flights = flights[flights["month"].isin(months) & flights["dep_delay"].notna()]
    weather = pd.read_parquet(datasets / "weather.parquet", columns=["origin", "month", "day", "hour", *HOURLY])
    weather = weather.drop_duplicates(["origin", "month", "day", "hour"])  # an hour comes twice when clocks go back
    joined = flights.merge(weather, on=["origin", "month", "day", "hour"], how="left")
    return joined.assign(late=(joined["dep_delay"] > LATE_AFTER).astype(int))


def _runs_to_compare(rng: np.random.Generator) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Runs on two sets of test months, some of which may not be compared; and the order they come in."""
    digests = {name: rng.bytes(16).hex() for name in ("train", "summer", "autumn")}
    commit = rng.bytes(20).hex()
    aucs = np.round(rng.permutation(np.linspace(0.61, 0.72, 12)), 6)
    runs: list[dict[str, Any]] = []

    def add(test: str, auc: float | None, **changes: Any) -> str:
        run = {
            "id": rng.bytes(16).hex(),
            "name": f"night {len(runs) + 1}",
            "status": "FINISHED",
            "deleted": False,
            "start": 1_380_000_000_000 + 3_600_000 * len(runs),
            "seconds": 20.0,
            "params": {"model": "logistic", "C": "1.0", "trees": "40", "depth": "6", "rows": "0", "train": "1-6",
                       "test": "7-8" if test == "summer" else "9", "seed": str(int(rng.integers(1000)))},
            "tags": {"git.commit": commit, "git.dirty": "no"},
            "metrics": {} if auc is None else {"auc": [(0, float(auc))], "log_loss": [(0, 0.4)]},
            "datasets": [("months", digests["train"], "train"), ("months", digests[test], "test")],
        }
        for key, value in changes.items():
            run[key] = {**run[key], **value} if isinstance(value, dict) else value
        runs.append(run)
        return str(run["id"])

    order: dict[str, list[tuple[float, str]]] = {"summer": [], "autumn": []}
    for number, auc in enumerate(aucs[:7]):
        test = "autumn" if number in (1, 4) else "summer"
        order[test].append((-auc, add(test, auc)))
    tie = float(aucs[0])
    first = order["summer"][0][1]
    again = add("summer", tie)  # as good as the first to the last digit: the earlier one goes first
    dirty = add("summer", float(aucs[7]), tags={"git.dirty": "yes"})
    order["summer"] += [(-tie, again), (-float(aucs[7]), dirty)]
    # none of these may win, though each says it is the best
    add("summer", 0.93, status="FAILED")
    add("summer", 0.94, status="RUNNING")
    add("summer", 0.95, deleted=True)
    add("summer", float("nan"))
    add("summer", None)
    lost = add("summer", 0.96, datasets=[("months", digests["train"], "train")])
    no_commit = add("autumn", float(aucs[8]), tags={"git.commit": ""})
    no_seed = add("autumn", float(aucs[9]), params={"seed": None})
    order["autumn"] += [(-float(aucs[8]), no_commit), (-float(aucs[9]), no_seed)]
    place = {run["id"]: number for number, run in enumerate(runs)}
    told = {
        "groups": {
            digests[test]: [run for _, run in sorted(found, key=lambda one: (one[0], place[one[1]]))]
            for test, found in order.items()
        },
        "cannot_be_made_again": [dirty, no_commit, no_seed],
        "tie": [first, again],
        "without_test_data": lost,
        "auc": {run["id"]: run["metrics"]["auc"][0][1] for run in runs if run["metrics"]},
    }
    told["auc"] = {run: auc for run, auc in told["auc"].items() if auc == auc}
    return runs, told
