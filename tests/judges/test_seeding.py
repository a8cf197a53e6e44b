import random

import numpy as np
import pytest

from grader.judges.seeding import seeded


def draws(seed, check):
    with seeded(seed, check):
        return random.random(), np.random.rand()


def test_the_same_seed_and_check_draw_the_same():
    assert draws("s", "c") == draws("s", "c")


@pytest.mark.parametrize("other", [("t", "c"), ("s", "d"), ("", "sc")])
def test_others_draw_others(other):
    assert draws("s", "c") != draws(*other)


def test_afterwards_all_is_as_before_whatever_happened():
    random.seed(1)
    np.random.seed(1)
    expected = random.Random(1).random(), np.random.RandomState(1).rand()
    with pytest.raises(ValueError, match="x"), seeded("s", "c"):
        random.random()
        raise ValueError("x")
    assert (random.random(), np.random.rand()) == expected
