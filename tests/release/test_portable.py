from __future__ import annotations

import pytest

from grader.release import portable
from grader.tree import Tree


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("levels/aux.csv", "device"),
        ("levels/COM1/a.csv", "device"),
        ("levels/a:b.csv", "does not allow"),
        ("levels/what?.csv", "does not allow"),
        ("levels/a\\b.csv", "does not allow"),
        ("levels/end./a.csv", "drops"),
        ("levels/end /a.csv", "drops"),
        ("levels/José.csv", "not ASCII"),
        ("levels/" + "a" * 173, "longer than 179"),
    ],
)
def test_a_name_that_some_system_cannot_have_is_refused(path: str, said: str) -> None:
    (problem,) = portable.problems(Tree({path: b"x", "levels/fine.csv": b"x"}))
    assert said in problem


@pytest.mark.parametrize("path", ["levels/.gitignore", "a/console.py", "a/auxiliary/com.csv", "a/" + "b" * 177])
def test_an_ordinary_name_is_not(path: str) -> None:
    assert not list(portable.problems(Tree({path: b"x"})))


@pytest.mark.parametrize(("one", "other"), [("a/Read.py", "a/read.py"), ("Tool/a.py", "tool/b.py")])
def test_names_that_differ_in_case_only_are_refused(one: str, other: str) -> None:
    (problem,) = portable.problems(Tree({one: b"x", other: b"x"}))
    assert "one name where case does not count" in problem


def test_what_windows_cannot_keep_is_refused() -> None:
    assert list(portable.problems(Tree({"run.sh": b"x"}, frozenset({"run.sh"}))))
    (problem,) = portable.problems(Tree({"a.py": b"x\r\n", "levels/01-x/data/export.csv": b"x\r\n"}))
    assert problem == "a.py: ends its lines with CR LF"
