"""Level 3 as a whole: the content gate holds, and its bundled cohort is what demo.toml says."""

from __future__ import annotations

import pytest

from grader import catalog
from grader.content import demo, gate
from grader.content.variant import starter_tree
from grader.tools import images, tools_folder


@pytest.mark.walls
@pytest.mark.skipif(images.about(tools_folder() / "images") is None, reason="no `ladder tools install images` here")
def test_the_content_gate_holds() -> None:
    assert gate.check(("03-associate",), seeds=2, full=False) == 0


def test_every_answer_of_the_bundled_cohort_is_there_and_no_two_are_alike() -> None:
    level = catalog.find_level("3")
    starter = starter_tree(level)
    trees = {learner.name: demo.tree_of(level, learner, starter).digest for learner in demo.read_cohort(level)}
    assert len(trees) >= 8
    assert len(set(trees.values())) == len(trees)
