import itertools

import pytest

from grader.judges.order import in_order
from grader.model import Check


def check(name, *requires):
    return Check(f"l/e/{name}", "e", name, "k", 1, True, None, tuple(f"l/e/{one}" for one in requires))


def names(checks):
    return "".join(one.name for one in in_order(checks))


def test_without_requirements_the_order_stays():
    assert names([check("c"), check("a"), check("b")]) == "cab"


@pytest.mark.parametrize("order", list(itertools.permutations("abcd")))
def test_what_is_required_comes_first(order):
    made = {"a": check("a", "b"), "b": check("b", "c"), "c": check("c"), "d": check("d", "a", "c")}
    found = names([made[one] for one in order])
    assert sorted(found) == list("abcd")
    assert found.index("c") < found.index("b") < found.index("a") < found.index("d")


def test_a_circle_and_a_stranger_stop_nothing():
    assert sorted(names([check("a", "b"), check("b", "a"), check("c", "nobody"), check("d", "d")])) == list("abcd")
