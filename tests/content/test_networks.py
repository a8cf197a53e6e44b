"""Small networks: each learner has a scanner, an airport and days of their own; what the page says of them holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from grader import catalog, generated
from grader.model import Level
from grader.seeds import Key

NETWORKS = "02-small-networks"
LEARNERS = ("reader", "forecaster")
TRAIN_IMAGES, UNTIL = 900, 112 * 24


@pytest.fixture(scope="module")
def level() -> Level:
    return catalog.find_level("03-associate")


@pytest.fixture(scope="module")
def folders(level: Level) -> list[Path]:
    key = Key.practice()
    return [generated.prepare(level, key, one, [NETWORKS], own_only=True).folder / NETWORKS / "0" for one in LEARNERS]


def test_digits_are_whole_numbers_that_a_straight_line_reads_badly(folders: list[Path]) -> None:
    for folder in folders:
        with np.load(folder / "data/digits.npz") as file:
            images, labels = file["images"], file["labels"]
        assert images.shape == (1200, 8, 8) and images.dtype == np.uint8 and images.max() <= 16
        assert np.bincount(labels[:TRAIN_IMAGES]).min() > 60 and np.bincount(labels[TRAIN_IMAGES:]).min() > 15
        flat = images.reshape(len(images), -1) / 16
        line = LogisticRegression(max_iter=200).fit(flat[:TRAIN_IMAGES], labels[:TRAIN_IMAGES])
        assert 0.4 < line.score(flat[TRAIN_IMAGES:], labels[TRAIN_IMAGES:]) < 0.75


def test_hours_are_complete_and_the_timetable_is_no_oracle(folders: list[Path]) -> None:
    for folder in folders:
        hours = pd.read_csv(folder / "data/hours.csv", parse_dates=["hour"])
        assert list(hours.columns) == ["hour", "planned", "left"] and len(hours) == 140 * 24
        assert (hours["hour"].diff().dropna() == pd.Timedelta(1, "h")).all()
        assert 0.9 < hours["left"].sum() / hours["planned"].sum() <= 1.01  # the others were cancelled
        later = hours[UNTIL:]
        off = (later["left"] - later["planned"]).abs().sum() / later["left"].sum()
        week_ago = hours["left"][UNTIL - 168 : -168].to_numpy()
        assert 0.05 < off < np.abs(later["left"].to_numpy() - week_ago).sum() / later["left"].sum()


def test_learners_have_other_scanners_and_other_days(folders: list[Path]) -> None:
    for name in ("data/digits.npz", "data/hours.csv", "truth/draw.json"):
        one, other = ((folder / name).read_bytes() for folder in folders)
        assert one != other, name


def test_the_same_seed_gives_the_same_bytes(level: Level, folders: list[Path], tmp_path: Path) -> None:
    """Made a second time, where nothing of the first is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_CACHE", str(tmp_path))
        again = generated.prepare(level, Key.practice(), LEARNERS[0], [NETWORKS], own_only=True).folder / NETWORKS / "0"
    assert again != folders[0]
    for name in ("data/digits.npz", "data/hours.csv"):
        assert (again / name).read_bytes() == (folders[0] / name).read_bytes(), name
