"""Submissions of a few files, behind real walls, for the kits that run learners' programs."""

import pytest

from grader.bridge.session import Budget
from grader.judges.submission import Submission
from grader.tree import Tree

from ...conftest import WalledWorkers


@pytest.fixture(scope="module")
def many_workers(request, real_walls):
    """Workers within the limits that the module calls LIMITS."""
    made = WalledWorkers(real_walls, request.module.LIMITS)
    yield made
    made.close()


@pytest.fixture
def handed_in(request, many_workers, tmp_path):
    """Makes a submission of files; it is closed with the test."""
    (tmp_path / "repo" / "0" / "data").mkdir(parents=True)
    (tmp_path / "repo" / "0" / "data" / "given").write_text("")
    limits = request.module.LIMITS
    open_ones = []

    def make(files):
        made = Submission("repo", Tree(files), frozenset(), tmp_path, limits, Budget(limits.seconds), many_workers)
        open_ones.append(made)
        return made

    yield make
    for one in open_ones:
        one.close()
