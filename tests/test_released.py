from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader import catalog
from grader.catalog import released
from grader.catalog.level_file import read_level
from grader.errors import InputError


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / released.FILE).write_text(text, encoding="utf-8")
    return folder


def test_a_released_level_is_the_level_without_its_rubrics(tmp_path: Path) -> None:
    for level in catalog.all_levels():
        folder = written(tmp_path / level.id, released.text_of(level))
        again = read_level(folder)
        assert released.is_released(folder)
        assert (again.id, again.skills, again.exercises, again.rule) == (
            level.id, level.skills, level.exercises, level.rule,
        )  # fmt: skip
        assert (again.folder, again.reviews) == (folder, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ("{}", "is damaged"),
        (json.dumps({"format": 2}), "is of format 2; this ladder reads 1"),
        (json.dumps({"format": 1, "id": "01-small"}), "is damaged"),
    ],
)
def test_what_is_no_released_level_is_one_clear_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"^01-small/level.json: {said}[^\n]*\Z"):
        read_level(written(tmp_path / "01-small", text))
