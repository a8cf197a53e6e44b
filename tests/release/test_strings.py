from __future__ import annotations

import json

import pytest

from grader.release.strings import Finder, chunks, normal, telling

LINE = 'share = float((table["dep_delay"] > 30).mean())'


@pytest.mark.parametrize(
    "written",
    [
        LINE,
        f"    # {LINE}  # as the desk counts",
        LINE.replace('"', "'").replace(" = ", "="),
        f"```\n{LINE}\n```",
        json.dumps({"cells": [{"source": [f"def late(table):\n    {LINE}\n"]}]}),
        json.dumps(json.dumps(LINE)),
    ],
)
def test_a_line_is_found_however_it_is_written(written: str) -> None:
    assert Finder(telling(LINE)).found(written.encode()) == {normal(LINE.encode())}


def test_another_line_is_not_found() -> None:
    assert not Finder(telling(LINE)).found(LINE.replace("30", "15").encode())


def test_imports_and_signatures_tell_nothing() -> None:
    code = "from sklearn.linear_model import LogisticRegression\nclass ModelOfDelays(BaseEstimator):\n"
    assert not telling(code + "    def fit_transform_and_score(self, table):\n")


SHORT = "def last(rows):\n    a = rows[-1]\n    b = a + len(rows)\n    return max(a, b, 0)\n"


def test_short_lines_tell_something_together() -> None:
    assert telling(SHORT) == {b"a=rows[-1]b=a+len(rows)returnmax(a,b,0)"}


def test_short_lines_are_found_in_a_notebook_too() -> None:
    cell = {"cells": [{"source": [line + "\n" for line in SHORT.splitlines()]}]}
    assert Finder(telling(SHORT)).found(json.dumps(cell, indent=1).encode())


def test_of_a_notebook_it_is_the_code_that_tells() -> None:
    assert telling(json.dumps({"cells": [{"source": ["import numpy as np\n", LINE + "\n"]}]})) == telling(LINE)


def test_a_data_file_is_found_inside_another_and_with_its_lines_broken_otherwise() -> None:
    rows = json.dumps({"records": list(range(1000, 1100))})
    pieces = chunks(rows.encode())
    again = json.dumps(json.loads(rows) | {"other": [1, 2]}, indent=2)
    assert len(pieces) > 5
    assert len(pieces - Finder(pieces).found(again.encode())) <= 1  # the last has the end of the document in it


def test_the_empty_pages_of_a_database_tell_nothing() -> None:
    assert not chunks(bytes(4096))
