from typing import Any

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata
from nbgrader.utils import compute_checksum

from grader import notebooks

HIDDEN = "### BEGIN HIDDEN TESTS\nassert secret_answer() == 42, 'x'\n### END HIDDEN TESTS"
SOLUTION = '''import os
def count(items):
    """How many."""
    ### BEGIN SOLUTION
    return len(items)
    ### END SOLUTION'''


def cell(name: str | None, source: str, flags: str = "", kind: str = "code", **more: Any) -> Any:
    made = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    made["id"] = f"id-{name or 'free'}"
    if name:
        made.metadata["nbgrader"] = nbformat.from_dict(
            {"schema_version": 3, "grade_id": name, "grade": "g" in flags, "solution": "s" in flags,
             "locked": "l" in flags, "task": False}
        )  # fmt: skip
    if "points" in more:
        made.metadata.nbgrader["points"] = more.pop("points")
    if more:
        made.metadata["ladder"] = nbformat.from_dict(more)
    return made


def a_source() -> Any:
    source = nbformat.v4.new_notebook()
    source.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    source.cells = [
        cell(None, "# Counting", kind="markdown"),
        cell("setup", "import numpy as np", "l"),
        cell("count", SOLUTION, "s"),
        cell("limit", "limit = 3", "s"),
        cell("sees", "assert count([1]) == 1", "gl", points=0, title="One is one", skill="x"),
        cell("counts", HIDDEN, "gl", points=4, title="Many are many", skill="x"),
        cell("once", HIDDEN, "gl", points=1, title="Once", skill="x"),
        cell("memo", "Because.\n\n### BEGIN MARK SCHEME\nsecret\n### END MARK SCHEME", "gs", "markdown", points=2),
    ]
    source.cells[2].outputs = [nbformat.v4.new_output("stream", text="3")]
    source.cells[2].execution_count = 7
    return source


def test_cells_are_told_apart_by_nbgraders_metadata() -> None:
    source = a_source()
    assert [notebooks.kind_of(one) for one in source.cells] == [
        "text", "locked", "solution", "solution", "test", "test", "test", "solution",
    ]  # fmt: skip
    names = [
        [one.metadata.nbgrader.grade_id for one in find(source)]
        for find in (notebooks.solution_cells, notebooks.test_cells)
    ]
    assert names == [["count", "limit"], ["sees", "counts", "once"]]


def test_a_release_holds_no_answer_and_agrees_with_nbgrader() -> None:
    source = a_source()
    before = nbformat.writes(source)
    released = notebooks.release(source, "03-small", "01-count")
    assert nbformat.writes(source) == before
    nbformat.validate(released)
    text = nbformat.writes(released)
    for secret in ("len(items)", "limit = 3", "secret", "Because", "BEGIN", "END", '"3"'):
        assert secret not in text
    texts = {one.metadata.nbgrader.grade_id: one.source for one in released.cells if "nbgrader" in one.metadata}
    assert texts == {
        "setup": "import numpy as np",
        "count": 'import os\ndef count(items):\n    """How many."""\n'
        "    # YOUR CODE HERE\n    raise NotImplementedError()",
        "limit": "# YOUR CODE HERE\nraise NotImplementedError()",
        "sees": "assert count([1]) == 1",
        "counts": "# Hidden check: Many are many (4 points)",
        "once": "# Hidden check: Once (1 point)",
        "memo": "YOUR ANSWER HERE",
    }
    assert released.metadata.ladder == {"level": "03-small", "exercise": "01-count", "names": ["count", "limit"]}
    assert released.cells[2].execution_count is None
    for one in released.cells:
        marks = one.metadata.get("nbgrader", {})
        if marks.get("locked"):
            assert (one.metadata.editable, one.metadata.deletable) == (False, False)
        if marks.get("grade") or marks.get("solution") or marks.get("locked"):
            assert marks.checksum == compute_checksum(one)
    CheckCellMetadata().preprocess(released, {})


def test_markers_that_do_not_pair_are_refused() -> None:
    source = a_source()
    source.cells[2].source = "### BEGIN SOLUTION\nx = 1"
    with pytest.raises(RuntimeError, match="no end solution"):
        notebooks.release(source, "03-small", "01-count")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = b = 1", "a b"),
        ("a, (b, *c) = f()\n[d, e] = 1, 2", "a b c d e"),
        ("a += 1\nb: int = 2\nc: int", "a b"),
        ("x.attr = 1\nx['k'] = 2", ""),
        ("import os\nfrom math import pi as p", ""),
        ("def f(a=(d := 1)):\n    inner = 2\nasync def g(): pass\nclass C(B := object):\n    member = 1", "f d g C B"),
        ("for i, j in pairs:\n    k = 1\nelse:\n    m = 2", "i j k m"),
        ("with open(p) as file, lock:\n    text = file.read()", "file text"),
        ("if (n := 3) > 2:\n    a = 1\nelse:\n    b = 2", "n a b"),
        ("try:\n    a = 1\nexcept E as e:\n    b = 2\nfinally:\n    c = 3", "a b c"),
        ("while True:\n    a = 1\n    break", "a"),
        ("xs = [y := x for x in range(3) if (z := x)]", "xs y z"),
        ("f = lambda q=(d := 1): (inner := 2)", "f d"),
        ("match p:\n case {'k': v, **rest}: pass\n case [first, *others] as whole: pass\n case Point(x=px): pass",
         "v rest first others whole px"),
        ("async def main():\n    async with x as y: pass\nawait main()", "main"),
        ("%matplotlib inline\na = 1\n!ls -l\nif a:\n    %time f()\n    b = 2", "a b"),
        ("files = !ls\nt = %timeit -o f()\na?\nb = 1", "files t b"),
        ("%%time\na = 1", "a"),
        ("%%bash\na=1", ""),
        ("%%capture out\n%%time\na = 1", "a"),
        ("a = (10\n% 3)", "a"),
        ("a = 1\ndef (:", ""),
        ("(" * 5000, ""),
        ("a" + "+a" * 20_000, ""),
        ("\0", ""),
        ("p = '\\d'", "p"),
    ],
)  # fmt: skip
def test_names_that_code_binds(code: str, names: str) -> None:
    found = notebooks.bound_names_of(code)
    assert sorted(found) == sorted(names.split())
    assert len(found) == len(set(found))


def test_names_come_in_the_order_they_are_bound() -> None:
    source = a_source()
    source.cells[3].source = "z = 1\na = 2\ncount = count"
    assert notebooks.bound_names(source) == ("count", "z", "a")


def test_a_solution_of_ours_that_is_not_python_is_named() -> None:
    source = a_source()
    source.cells[3].source = "limit = = 3"
    with pytest.raises(ValueError, match="'limit' is not Python"):
        notebooks.bound_names(source)


def test_names_that_code_uses() -> None:
    assert notebooks.names_used("%time a\nb = c.d(e)[f]\nimport g") == {"b", "c", "e", "f"}
    assert notebooks.names_used("is this python") == frozenset()
