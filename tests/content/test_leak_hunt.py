"""The leak hunt: each plant spoils its own place and no other, and learners have different plants of the same kinds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grader import catalog, generated
from grader.model import Level
from grader.seeds import Key

from .conftest import module_of

HUNT = "03-leak-hunt"
STEPS = ("known", "recent", "sky", "split", "balance", "usual", "scale")
Answer = Mapping[str, Any]


@pytest.fixture(scope="module")
def level() -> Level:
    return catalog.find_level("03-associate")


@pytest.fixture(scope="module")
def data(level: Level) -> Path:
    return generated.prepare(level, Key.practice(), "hunter", own_only=True).folder / HUNT / "0/data"


@pytest.fixture(scope="module")
def run(level: Level, data: Path) -> Callable[[str, set[str]], Answer]:
    """Runs one pipeline with plants in some steps, on the learner's tables."""
    steps = module_of(level, "generate_leaks_steps")
    flights = pd.read_csv(data / "flights.csv", parse_dates=["sched"], index_col="record")
    weather = pd.read_csv(data / "weather.csv")
    tickets = json.loads((data / "tickets.json").read_text())

    def made(name: str, planted: set[str]) -> Answer:
        text = steps.pipeline(name, tickets[name], planted, np.random.default_rng(4))  # the same way of writing
        space: dict[str, Any] = {}
        exec(text, space)  # noqa: S102 - our own text
        answer: dict[str, Any] = space["run"](flights, weather)
        unit = flights["tailnum"] + flights["sched"].dt.strftime(" %m-%d")
        only = np.setdiff1d(answer["test"], answer["train"])
        answer["parted"] = len(set(unit[only]) & set(unit[np.setdiff1d(answer["train"], answer["test"])]))
        return answer

    return made


@pytest.mark.parametrize("name", ["gate", "crew", "inbound"])
def test_a_plant_shows_in_its_own_place_and_in_no_other(
    run: Callable[[str, set[str]], Answer], data: Path, name: str
) -> None:
    ticket = json.loads((data / "tickets.json").read_text())[name]
    sound = run(name, set())
    places = {"known": set(ticket["known"][-1:]), "recent": {"recent"}, "sky": set(ticket["sky"])}
    for step in STEPS:
        spoilt = run(name, {step})
        features = {
            column for column in sound["features"] if not spoilt["features"][column].equals(sound["features"][column])
        }
        assert features == places.get(step, set()), step
        assert (spoilt["parted"] > 0) == (step == "split"), step
        assert (len(np.unique(spoilt["test"])) < len(spoilt["test"])) == (step == "balance"), step
        if step in ("split", "balance"):
            continue  # other rows: nothing of the matrices can be compared
        assert np.array_equal(spoilt["train"], sound["train"]), step
        moved = {
            column
            for column in sound["X_train"]
            if not np.allclose(spoilt["X_train"][column], sound["X_train"][column], rtol=0, atol=1e-9)
        }
        everywhere = {"usual": {"usual"}, "scale": set(sound["features"])}
        assert moved == everywhere.get(step, features), step


def test_learners_hunt_the_same_kinds_in_other_places(level: Level) -> None:
    found = []
    for learner in ("hunter", "gatherer"):
        folder = generated.prepare(level, Key.practice(), learner, own_only=True).folder / HUNT / "0"
        plants = json.loads((folder / "truth/plants.json").read_text())["plants"]
        assert len(plants) == 10 and len({kind for _, _, kind in plants}) == len(STEPS)
        found.append((plants, (folder / "data/flights.csv").read_bytes()))
    (one, flights), (other, others) = found
    assert one != other and flights != others
