import shutil

import pytest

from grader import catalog
from grader.content.demo import read_cohort, tree_of
from grader.content.trials import trials
from grader.content.variant import read_cells, read_variants, reference_tree, starter_tree, variant_tree
from grader.content.zoo import ANIMALS, functions_of
from grader.errors import InputError
from grader.history import History


@pytest.fixture
def level(small):
    made = small.added("91-variants")
    yield made
    shutil.rmtree(made.folder)


def named(level, name):
    return next(one for one in read_variants(level) if one.name == name)


def edit(level, name, old, new):
    file = level.folder / name
    file.write_text(file.read_text().replace(old, new))


def test_variants_are_read_with_what_they_expect(level):
    found = named(level, "wrong-adds-two")
    assert (found.right, found.exercise) == (False, "01-add")
    assert (found.failed, found.skipped) == ({"doubles"}, {"adds-by-group"})
    assert named(level, "right-csv").right


FAULTS = {
    "unknown key": ('why = "', 'because = "', "does not know because"),
    "unknown exercise": ('"01-add"', '"09-none"', "names no exercise"),
    "unknown check": ('["doubles"]', '["nothing"]', "has no check 'nothing'"),
    "wrong but fails nothing": ('failed = ["doubles"]', "", "a wrong one something"),
    "no TOML": ("exercise =", "exercise", "expect.toml"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_faulty_variant_is_one_line_that_names_its_file(level, what):
    old, new, said = FAULTS[what]
    edit(level, "variants/wrong-adds-two/expect.toml", old, new)
    with pytest.raises(InputError, match=said) as caught:
        read_variants(level)
    assert "wrong-adds-two" in str(caught.value)


def test_names_and_files_that_are_missing(level):
    (level.folder / "variants" / "wrong-counts" / "expect.toml").unlink()
    with pytest.raises(InputError, match="wrong-counts"):
        read_variants(level)
    shutil.move(level.folder / "variants" / "wrong-counts", level.folder / "variants" / "other")
    with pytest.raises(InputError, match="right- or wrong-"):
        read_variants(level)


def test_a_notebook_variant_replaces_its_cells_and_no_others(level):
    tree = variant_tree(level, named(level, "wrong-adds-two"))
    text = tree.files["notebooks/01-add.ipynb"].decode()
    assert "values + 2" in text
    assert "groupby" in text
    assert "BEGIN HIDDEN" not in text


def test_a_variant_of_a_cell_that_is_not_there(level):
    edit(level, "variants/wrong-adds-two/cells.py", "# %% double", "# %% dubble")
    with pytest.raises(InputError, match=r"wrong-adds-two/cells\.py: 01-add has no solution cell 'dubble'"):
        variant_tree(level, named(level, "wrong-adds-two"))


def test_percent_cells(tmp_path):
    file = tmp_path / "cells.py"
    file.write_text("# words above\n# %% one\na = 1\n\n# %% [code] two\nb = 2\n")
    assert read_cells(file) == {"one": "a = 1\n", "two": "b = 2\n"}
    file.write_text("a = 1\n")
    with pytest.raises(InputError, match="has no cell"):
        read_cells(file)
    file.write_text("a = 1\n# %% one\nb = 1\n")
    with pytest.raises(InputError, match="code stands above"):
        read_cells(file)
    file.unlink()
    with pytest.raises(InputError, match="cells.py: cannot be read"):
        read_cells(file)


def test_a_repo_variant_lies_over_the_solution_with_its_own_history(level):
    exercise = level.exercise("tool")
    reference = reference_tree(level, exercise).under("tool")
    one_file = variant_tree(level, named(level, "right-one-file")).under("tool")
    assert "tool/add.py" in reference.files
    assert "tool/add.py" not in one_file.files
    assert not any(path.endswith(".deleted") for path in one_file.files)
    said = [commit.message.strip() for commit in History(one_file.under(".git")).commits()]
    assert said[0] == "The whole tool"
    assert len(History(reference.under(".git")).commits()) == 3


def test_the_starter_holds_no_solution(level):
    files = starter_tree(level).files
    assert set(files) >= {"notebooks/01-add.ipynb", "tool/README.md", "tool/.git/HEAD"}
    assert b"values * 2" not in files["notebooks/01-add.ipynb"]
    assert b"BEGIN" not in files["notebooks/01-add.ipynb"]


def test_trials_are_the_starter_each_reference_per_learner_and_the_variants(level):
    planned = trials(level, ["a", "b"], read_variants(level), level.exercises)
    assert len(planned) == 1 + 2 * 2 + 10
    assert planned[0].earns_nothing
    assert {trial.learner for trial in planned if trial.name.startswith("wrong")} == {"a"}


def test_the_cohort_of_a_demo(level):
    cohort = {learner.name: learner for learner in read_cohort(level)}
    starter = starter_tree(level)
    assert set(cohort) == {"good", "half", "odd"}
    good = tree_of(level, cohort["good"], starter)
    assert b"values * 2" in good.files["notebooks/01-add.ipynb"]
    assert b"while True" in tree_of(level, cohort["odd"], starter).files["notebooks/01-add.ipynb"]
    assert tree_of(level, cohort["half"], starter).under("tool").digest == starter.under("tool").digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[learner]]", "[[person]]", "demo.toml"),
        ('"tool" =', '"hammer" =', "no exercise 'hammer'"),
        ("about", "abut", "KeyError"),
    ],
)
def test_a_faulty_demo_is_one_line(level, old, new, said):
    edit(level, "demo.toml", old, new)
    with pytest.raises(InputError, match=said):
        read_cohort(level)
    (level.folder / "demo.toml").unlink()
    with pytest.raises(InputError, match="no bundled cohort"):
        read_cohort(level)


def test_a_demo_with_an_answer_that_is_not_there(level):
    edit(level, "demo.toml", "demo/odd", "demo/none")
    odd = next(one for one in read_cohort(level) if one.name == "odd")
    with pytest.raises(InputError, match="demo/none"):
        tree_of(level, odd, starter_tree(level))


def test_functions_are_told_from_values():
    codes = ["x = 1\ndef f(): pass\nclass C: pass\nasync def g(): pass\nif x:\n    def inner(): pass"]
    assert functions_of(codes) == {"f", "C", "g"}


@pytest.mark.parametrize("animal", ANIMALS)
def test_every_animal_can_be_made_of_any_arguments(animal):
    import numpy as np
    import pandas as pd

    for arguments in ((), (3,), (np.zeros(4),), (pd.DataFrame({"a": [1, 2]}), 1), ([1, 2],)):
        ANIMALS[animal](arguments)


def test_the_small_level_is_the_one_in_the_tests(small):
    assert catalog.find_level("1").id == "01-small"
