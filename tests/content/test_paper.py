import shutil

import pytest

from grader import catalog, notebooks
from grader.content import paper


@pytest.fixture
def level(small):
    made = small.added("90-paper")
    yield made
    shutil.rmtree(made.folder)


def edit(level, name, old, new):
    file = level.folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def problems(level):
    return list(paper.problems(catalog.find_level(level.id)))


def test_a_sound_level_has_no_problems(level):
    assert problems(level) == []


def test_a_skill_with_too_few_checks(level):
    edit(level, "checks/test_tool.py", 'points=2, skill="tools"', 'points=2, skill="numbers"')
    assert problems(level) == ["skill 'tools' has 2 hidden checks; 3 are the least"]


def test_too_few_right_variants(level):
    shutil.rmtree(level.folder / "variants" / "right-csv")
    assert problems(level) == ["01-add has fewer than 2 right variants"]


@pytest.mark.parametrize(
    "name", ["wrong-adds-two", "wrong-counts", "wrong-distinct", "wrong-smallest", "wrong-skips-text"]
)
def test_each_check_needs_a_wrong_variant(level, name):
    shutil.rmtree(level.folder / "variants" / name)
    (problem,) = problems(level)
    assert problem.startswith("90-paper/")
    assert problem.endswith("has no wrong variant that fails it")


@pytest.mark.parametrize("emptied", ['""', '"  "'])
def test_an_emptied_hint(level, emptied):
    edit(level, "hints.toml", '"values * 2"', emptied)
    (problem,) = problems(level)
    assert "01-add/doubles" in problem


def test_a_missing_hint_file_and_a_hint_for_nothing(level):
    edit(level, "hints.toml", '["tool/refuses-text"]', '["tool/nothing"]')
    assert "'tool/nothing' is no check of this level" in problems(level)[0]
    (level.folder / "hints.toml").unlink()
    assert len(problems(level)) == 6


def test_asserts_without_a_message_are_found_in_helpers_too(level):
    edit(level, "checks/test_tool.py", "def truth(case):\n", "def truth(case):\n    assert case\n")
    assert problems(level) == ["test_tool.py, line 7: an assert without a message for the learner"]


def test_messages_have_three_lines_where_they_can_be_read(level):
    added = (
        'def truth(case):\n    assert case, "nope"\n    assert case, f"{case}\\nLook: there."\n'
        '    assert case, f"Tried: {case}.\\nCame: x.\\n" "Look: y."\n    assert case, f"Tried: {case}. Look: y."\n'
    )
    edit(level, "checks/test_tool.py", "def truth(case):\n", added)
    assert problems(level) == [
        "test_tool.py, line 7: the message for the learner has no line `Tried:`, `Came:`, `Look:`",
        "test_tool.py, line 10: the message for the learner has no line `Came:`, `Look:`",
    ]


def test_a_right_variant_that_is_the_reference_is_no_other_way(level):
    source = catalog.source_notebook(catalog.find_level(level.id), "01-add")
    cells = [f"# %% {cell.metadata['nbgrader']['grade_id']}\n# our words\n{cell.source}\n"
             for cell in notebooks.solution_cells(source)]  # fmt: skip
    (level.folder / "variants" / "right-csv" / "cells.py").write_text("\n".join(cells))
    assert problems(level) == ["right-csv is the reference itself: another way is asked for"]
