"""Data of ``02-small-networks``: scanned digits, and the departures of an airport by the hour.

``OUT/data/digits.npz`` holds ``images`` (1,200, 8, 8), uint8 from 0 to 16, and ``labels``; ``hours.csv`` one row an
hour of 140 days: ``hour`` (New York's clock), ``planned`` and ``left``. Each learner has another scanner, another
airport and other days. ``OUT/truth/draw.json`` says which.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

DIGITS = 1_200
DAYS = 140
KEPT = 0.85  # of an airport's flights, drawn: those that the desk looks after
AIRPORTS = ("EWR", "JFK", "LGA")


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write one learner's data and truth below ``out``; ``seed`` is 64 hex digits."""
    rng = np.random.default_rng(int(seed, 16))
    (out / "data").mkdir(parents=True)
    (out / "truth").mkdir(parents=True)
    images, labels, scanner = _digits(rng)
    np.savez_compressed(out / "data" / "digits.npz", images=images, labels=labels)
    hours, drawn = _hours(rng, datasets)
    hours.to_csv(out / "data" / "hours.csv", index=False, lineterminator="\n")
    text = json.dumps({"scanner": scanner, **drawn}, indent=1) + "\n"
    (out / "truth" / "draw.json").write_text(text, encoding="utf-8", newline="\n")


def _digits(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Digits as a scanner sees them that cuts its boxes a pixel beside, with faint ink and dust."""
    whole = load_digits()
    rows = rng.permutation(len(whole.target))[:DIGITS]
    down, right = (rng.dirichlet([6.0, 8.0, 6.0]) for _ in range(2))
    ink, dust = float(rng.uniform(0.65, 1.0)), float(rng.uniform(0.5, 1.2))
    images = np.zeros((DIGITS, 8, 8))
    for place, row in enumerate(rows):
        y, x = rng.choice(3, p=down), rng.choice(3, p=right)
        images[place] = np.pad(whole.images[row], 1)[y : y + 8, x : x + 8]
    images = np.clip(np.round(images * ink + rng.normal(0, dust, images.shape)), 0, 16)
    scanner = {"down": down.tolist(), "right": right.tolist(), "ink": ink, "dust": dust}
    return images.astype(np.uint8), whole.target[rows].astype(np.int64), scanner


def _hours(rng: np.random.Generator, datasets: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Planned and real departures of every hour, those without any as 0."""
    airport = AIRPORTS[int(rng.integers(len(AIRPORTS)))]
    first = pd.Timestamp("2013-01-01") + pd.Timedelta(int(rng.integers(0, 365 - DAYS)), "D")
    flights = pd.read_parquet(
        datasets / "flights.parquet",
        columns=["year", "month", "day", "hour", "minute", "dep_time", "dep_delay", "origin"],
    )
    flights = flights[flights["origin"] == airport]
    flights = flights[rng.random(len(flights)) < KEPT]
    planned = pd.to_datetime(flights[["year", "month", "day", "hour"]])
    flown = flights["dep_time"].notna() & flights["dep_delay"].notna()
    minutes = (flights["minute"] + flights["dep_delay"])[flown]
    left = (planned[flown] + pd.to_timedelta(minutes, "min")).dt.floor("h")
    hours = pd.date_range(first, periods=DAYS * 24, freq="h", name="hour")
    table = pd.DataFrame({
        "planned": planned.value_counts().reindex(hours, fill_value=0).astype(int),
        "left": left.value_counts().reindex(hours, fill_value=0).astype(int),
    }).reset_index()  # fmt: skip
    table["hour"] = table["hour"].dt.strftime("%Y-%m-%d %H:%M")
    return table, {"airport": airport, "first": str(first.date())}
