"""Trees and margins: the blocks follow each other, no feature knows what comes, and learners have other weeks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from grader import catalog, datasets, generated
from grader.model import Level
from grader.seeds import Key

from .conftest import module_of

TREES = "01-trees-and-margins"


@pytest.fixture(scope="module")
def level() -> Level:
    return catalog.find_level("03-associate")


@pytest.fixture(scope="module")
def generator(level: Level) -> ModuleType:
    return module_of(level, "generate_trees")


@pytest.fixture(scope="module")
def drawn(generator: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    generator.generate("7" * 64, folder, datasets.folder())
    return folder


def test_every_second_day_in_three_blocks_that_follow_each_other(drawn: Path) -> None:
    flights = pd.read_csv(drawn / "data/flights.csv", parse_dates=["sched"])
    plan = {name: pd.Timestamp(day) for name, day in json.loads((drawn / "data/plan.json").read_text()).items()}
    assert flights["record"].tolist() == list(range(1, len(flights) + 1)) and flights["sched"].is_monotonic_increasing
    day = flights["sched"].dt.normalize()
    days = day.drop_duplicates()
    assert (days.diff().dropna() == pd.Timedelta(2, "D")).all() and (day.value_counts() == 110).all()
    assert [int((days < plan["stop_from"]).sum()), int((days >= plan["score_from"]).sum())] == [70, 30]
    assert len(days) == 114 and plan["stop_from"] in set(days) and plan["score_from"] in set(days)


def test_what_the_judge_keeps_is_of_the_scored_days_and_was_not_handed_out(drawn: Path) -> None:
    flights = pd.read_csv(drawn / "data/flights.csv", parse_dates=["sched"])
    unseen = pd.read_parquet(drawn / "truth/unseen.parquet")
    assert list(unseen.columns) == list(flights.columns)
    scored = flights[flights["sched"] >= json.loads((drawn / "data/plan.json").read_text())["score_from"]]
    assert set(unseen["sched"].dt.normalize()) == set(scored["sched"].dt.normalize())
    assert not set(unseen["record"]) & set(flights["record"])
    what = ["sched", "carrier", "origin", "distance_km"]  # two flights may share these, but hardly ever do
    assert unseen[what].merge(flights[what].drop_duplicates(), on=what).shape[0] < 0.01 * len(unseen)
    assert abs(unseen["late"].mean() - scored["late"].mean()) < 0.03


def test_recent_lateness_knows_nothing_of_the_hour_before_or_of_later(generator: ModuleType) -> None:
    sched = pd.Series(pd.date_range("2013-03-01 06:00", "2013-03-01 20:00", freq="5min"))
    flights = pd.DataFrame({"sched": sched, "origin": "JFK", "dep_delay": 0.0, "late": 0})
    noon = sched >= pd.Timestamp("2013-03-01 12:00")
    changed = flights.assign(late=noon.astype(int))
    before, after = generator.recent_late(flights), generator.recent_late(changed)
    moved = ~np.isclose(before, after, equal_nan=True)
    assert not moved[sched < pd.Timestamp("2013-03-01 13:00")].any()
    assert moved[sched >= pd.Timestamp("2013-03-01 13:00")].all()
    assert np.isnan(before[:12]).all() and not np.isnan(before[12:]).any()  # an hour after the first flight


def test_the_same_seed_gives_the_same_bytes_and_learners_have_other_weeks(
    level: Level, generator: ModuleType, drawn: Path, tmp_path: Path
) -> None:
    def digests(folder: Path) -> dict[str, str]:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    generator.generate("7" * 64, tmp_path, datasets.folder())
    assert digests(tmp_path) == digests(drawn) and len(digests(drawn)) == 3
    plans = set()
    for learner in ("ash", "birch", "cedar"):
        folder = generated.prepare(level, Key.practice(), learner, own_only=True).folder / TREES / "0"
        plans.add((folder / "data/plan.json").read_text())
    assert len(plans) > 1
