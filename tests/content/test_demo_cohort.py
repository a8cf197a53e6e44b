"""The bundled cohort of every level is what its demo.toml says."""

from __future__ import annotations

import pytest

from grader import catalog
from grader.content import demo
from grader.content.variant import starter_tree


@pytest.mark.parametrize("name", [level.id for level in catalog.all_levels()])
def test_every_answer_is_there_and_no_two_are_alike(name: str) -> None:
    level = catalog.find_level(name)
    starter = starter_tree(level)
    trees = {learner.name: demo.tree_of(level, learner, starter).digest for learner in demo.read_cohort(level)}
    assert len(trees) >= 8
    assert len(set(trees.values())) == len(trees)
