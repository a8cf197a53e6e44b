"""Level 2 as a whole: the content gate holds, and its bundled cohort is what demo.toml says."""

from __future__ import annotations

import pytest

from grader import catalog
from grader.content import demo, gate
from grader.content.variant import starter_tree
from grader.walls.opening import tool_mounts


@pytest.mark.walls
@pytest.mark.skipif(not tool_mounts(), reason="n8n is not here: `ladder tools install n8n`")
def test_the_content_gate_holds() -> None:
    assert gate.check(("02-junior",), seeds=2, full=False) == 0


def test_every_answer_of_the_bundled_cohort_is_there_and_no_two_are_alike() -> None:
    level = catalog.find_level("2")
    starter = starter_tree(level)
    trees = {learner.name: demo.tree_of(level, learner, starter).digest for learner in demo.read_cohort(level)}
    assert len(trees) >= 8
    assert len(set(trees.values())) == len(trees)
