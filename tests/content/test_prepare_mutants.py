"""The stand-ins for `prepare` that learners' tests are held against: right ones agree, each fault alone shows."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from grader import catalog
from grader.judges.kits.mutants import stand_in

SWAPPED = ["flight", "time", "origin", "dest", "carrier", "distance", "wind_speed", "temp", "precip", "visib", "late"]
Prepare = Callable[[pd.DataFrame, pd.DataFrame], Any]
FREE = frozenset({"types", "refusal"})
DRAWN = [
    {"behind": 4, "minute": 45, "punctual": "zero", "airport": "first", "before": "backward", "limit": 35,
     "ties": "flight", "inputs": "flights", "doubled": "both", "columns": SWAPPED},
    {"behind": 5, "minute": 30, "punctual": "early", "airport": "last", "before": "forward", "limit": 25,
     "ties": "reversed", "inputs": "weather", "doubled": "first", "columns": [*SWAPPED[:-1], "dep_delay", "late"]},
]  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> Path:
    return catalog.find_level("03-associate").folder


@pytest.fixture(scope="module")
def faults(folder: Path) -> list[str]:
    """All that the source knows, but what a right prepare may do as well."""
    known = re.findall(r'\bon\("([\w-]+)"\)', (folder / "checks" / "mutants" / "joined.py").read_text(encoding="utf-8"))
    return sorted(set(known) - FREE)


def loaded(text: str) -> Prepare:
    names: dict[str, Any] = {"__name__": "prepare"}
    exec(compile(text, "prepare", "exec"), names)  # noqa: S102 - our own
    prepare: Prepare = names["prepare"]
    return prepare


@pytest.fixture(scope="module")
def given(folder: Path) -> Prepare:
    return loaded((folder / "starter" / "delay-service" / "delay_service" / "prepare.py").read_text(encoding="utf-8"))


def stands_in(folder: Path, name: str, faults: frozenset[str], which: int, seed: int) -> Prepare:
    text = (folder / "checks" / "mutants" / name).read_text(encoding="utf-8")
    return loaded(stand_in(text, faults, DRAWN[which], random.Random(seed)))


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flights and weather in which every fault shows: both seasons, both sides of midnight, gaps, ties, limits."""
    flights = [
        (9, "2013-01-15T23:40", "JFK", 31.0), (2, "2013-07-04T08:40", "EWR", 30.0),
        (7, "2013-07-04T08:40", "EWR", 0.0), (3, "2013-07-04T08:40", "LGA", 36.0),
        (4, "2013-01-15T06:10", "LGA", None), (5, "2013-01-15T06:10", "EWR", -4.0),
        (6, "2013-01-15T22:05", "EWR", 26.0), (1, "2013-07-04T23:35", "JFK", 20.0),
        (8, "2013-07-04T13:50", "JFK", 34.0),
    ]  # fmt: skip
    rows = []
    for number, airport in enumerate(("EWR", "JFK", "LGA")):
        for day in ("2013-01-15", "2013-01-16", "2013-07-04", "2013-07-05"):
            for hour in range(24):
                gap = (airport, day, hour) == ("EWR", "2013-07-04", 12)
                rows.append({
                    "origin": airport, "hour_utc": f"{day}T{hour:02}:00Z",
                    "temp": float(hour + 30 * number + len(rows) % 7),
                    "wind_speed": float("nan") if gap else float(hour), "precip": hour / 100, "visib": 10.0 - hour / 4,
                })  # fmt: skip
    weather = pd.DataFrame(rows)
    # an airport's hour without a row: a flight keeps its place, and has no readings
    gone = (weather["origin"] == "EWR") & (weather["hour_utc"] == "2013-01-15T11:00Z")
    return (
        pd.DataFrame(
            [(number, time, origin, "BOS", "UA", 200, delay) for number, time, origin, delay in flights],
            columns=["flight", "time", "origin", "dest", "carrier", "distance", "dep_delay"],
            index=range(40, 40 + len(flights)),
        ),
        weather[~gone].sample(frac=1, random_state=1),
    )


def told(prepare: Prepare) -> Any:
    """What comes of the tables, and what the tables are afterwards; twice the same hour is refused."""
    flights, weather = tables()
    try:
        came = prepare(flights, weather)
    except NotImplementedError:
        return "nothing"
    twice = pd.concat([weather, weather.iloc[[5]]])
    try:
        prepare(tables()[0], twice)
        refused = False
    except ValueError:
        refused = True
    if not isinstance(came, pd.DataFrame):
        return came
    rows = [[None if pd.isna(value) else value for value in row] for row in came.astype(object).to_numpy().tolist()]
    return list(came.columns), list(came.index), rows, list(flights.columns), list(weather.columns), refused


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["joined.py", "by_hand.py"])
def test_right_ones_give_what_the_given_one_gives(folder: Path, given: Prepare, name: str, seed: int) -> None:
    expected = told(given)
    assert expected[-1] is True and len(expected[2]) == 8
    assert told(stands_in(folder, name, frozenset(), seed % 2, seed)) == expected


def test_what_a_right_one_may_do_as_it_likes_changes_no_value(folder: Path, given: Prepare) -> None:
    assert told(stands_in(folder, "joined.py", FREE, 0, 1)) == told(given)


@pytest.mark.parametrize("which", [0, 1])
def test_each_fault_alone_shows(folder: Path, faults: list[str], given: Prepare, which: int) -> None:
    right = told(given)
    assert len(faults) >= 20
    alike = [name for name in faults if told(stands_in(folder, "joined.py", frozenset({name}), which, 7)) == right]
    assert alike == []
