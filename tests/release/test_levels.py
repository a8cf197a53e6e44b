"""The levels that are here, released as they are."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from grader import catalog
from grader.catalog.level_file import read_level
from grader.release.writing import release
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.start import start


@pytest.fixture(autouse=True)
def cache() -> None:
    """The usual one: the data of real levels takes long to make."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("levels") / "out"
    release(folder, catalog.all_levels())
    return folder


def test_every_level_is_released_without_a_secret_in_it(out: Path) -> None:
    assert sorted(path.name for path in (out / "levels").iterdir()) == list(catalog.level_ids())


def test_every_name_is_one_that_windows_has(out: Path) -> None:
    for path in Tree.read(out).files:
        assert PureWindowsPath(path).as_posix() == path
        assert not PureWindowsPath(path).is_reserved()
        assert len(path) < 180


@pytest.mark.parametrize("level_id", catalog.level_ids())
def test_a_workspace_of_it_is_the_one_that_the_checkout_makes(out: Path, level_id: str, tmp_path: Path) -> None:
    for folder, level in (("released", read_level(out / "levels" / level_id)), ("own", catalog.find_level(level_id))):
        start(level, tmp_path / folder, "learner", Key.practice())
    skip = frozenset({"index"})  # git's index has times in it; commits are compared by their ids
    assert Tree.read(tmp_path / "released", skip=skip).files == Tree.read(tmp_path / "own", skip=skip).files
