import json
import random
import tomllib
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import catalog, intake, notebooks
from grader.analysis import likeness
from grader.analysis.likeness import IDENTICAL, SAME_BUT_NAMES, SAME_COMMITS, compare, rarity
from grader.analysis.own_work import MAX_TEXT, read_starter, units_of
from grader.analysis.works import Reader
from grader.content.variant import read_cells, reference_tree, starter_tree
from grader.tree import Tree
from grader.workspace.pack import archive_of

from .disguise import disguised

HONEST = Path(__file__).parent.parent / "honest"
NOTEBOOK = "01-clean-the-export"


@pytest.fixture(scope="module")
def level():
    return catalog.find_level("01-intern")


@pytest.fixture(scope="module")
def starter(level):
    return read_starter(level)


@pytest.fixture(scope="module")
def reader(starter):
    return Reader(starter)


@pytest.fixture(scope="module")
def released(level):
    return notebooks.release(catalog.source_notebook(level, NOTEBOOK), level.id, NOTEBOOK)


@pytest.fixture(scope="module")
def honest(level):
    """Answers to the first notebook that were written apart from each other, as grade_id to code, by name."""
    folders = [variant.folder for variant in catalog.read_variants(level) if variant.right]
    for folder in sorted(HONEST.iterdir()):
        about = folder / "about.toml"
        if about.is_file() and tomllib.loads(about.read_text())["exercise"] == NOTEBOOK:
            folders.append(folder)
    found = {}
    for folder in folders:
        if (folder / "cells.py").is_file():
            cells = {name: code for name, code in read_cells(folder / "cells.py").items() if " " not in name}
            if "clean" in cells and sum(map(len, cells.values())) > 1000:
                found[folder.name] = cells
    assert len(found) >= 12
    return found


def submission(released, cells, beside=None):
    """A workspace's tree whose solution cells hold ``cells``; what is not answered stays as it was handed out."""
    notebook = nbformat.from_dict(json.loads(nbformat.writes(released)))
    for cell in notebooks.solution_cells(notebook):
        cell.source = cells.get(cell.metadata["nbgrader"]["grade_id"], cell.source)
    return Tree({f"notebooks/{NOTEBOOK}.ipynb": nbformat.writes(notebook).encode(), **(beside or {})})


@pytest.fixture(scope="module")
def works(reader, released, honest):
    return [reader.work(name, submission(released, cells)) for name, cells in honest.items()]


def test_the_starter_alone_is_nobodys_own_work(reader, level):
    work = reader.work("ada", starter_tree(level))
    assert work.notes == ()
    assert all(len(found.hashes) == 0 and not found.commits for found in work.exercises.values())
    both = compare(level.id, [work, reader.work("bela", starter_tree(level))])
    assert (both.groups, both.pairs) == ((), ())


def test_what_both_kept_of_the_starter_is_nobodys_answer(reader, level):
    """Each changes every file of the starter in a place of their own; what stays is the starter's."""
    given = starter_tree(level).under("delay-report")
    works = []
    for learner, line in (("ada", "AGREED = 3"), ("bela", "import json")):
        files = {path: data + f"\n{line}\n".encode() for path, data in given.files.items() if ".git/" not in path}
        assert any(path.endswith(".py") and len(data) > 500 for path, data in files.items())
        works.append(reader.work(learner, Tree(files).placed("delay-report")))
    assert all(work.exercises["delay-report"].tokens > 500 for work in works)
    one, other = (work.exercises["delay-report"].hashes for work in works)
    assert len(np.intersect1d(one, other)) == 0


def test_disguised_copies_are_the_first_of_the_list(reader, released, honest, works):
    copied = random.Random(4).sample(sorted(honest), 4)
    copies = [
        reader.work(f"{name} again", submission(released, {k: disguised(c, 1) for k, c in honest[name].items()}))
        for name in copied
    ]
    found = compare("01-intern", works + copies)
    first = {pair.learners for pair in found.pairs[:4]} | {group.learners for group in found.groups}
    assert {(name, f"{name} again") for name in copied} <= first
    assert all(pair.share > 0.5 for pair in found.pairs[: 4 - len(found.groups)])


def test_answers_written_apart_are_hardly_alike(works):
    found = compare("01-intern", works)
    assert found.groups == ()
    assert len(found.pairs) < 0.1 * len(list(combinations(works, 2)))
    assert all(pair.share < 0.4 for pair in found.pairs)


def test_one_copied_cell_is_found_with_its_place(reader, released, honest, works):
    names = sorted(honest)
    giver = max(names, key=lambda name: len(honest[name]["clean"]))
    taker = next(name for name in names if name != giver and len(honest[name]) > 2)
    cells = honest[taker] | {"clean": "# my own\n\n" + disguised(honest[giver]["clean"])}
    others = [work for work in works if work.learner != taker]
    pair = compare("01-intern", [*others, reader.work(taker, submission(released, cells))]).pairs[0]
    assert set(pair.learners) == {giver, taker}
    assert pair.places[0].first == pair.places[0].second == "cell `clean`"
    assert pair.places[0].lines > 5


def test_the_same_work_is_said_in_which_way(reader, released, honest):
    name = max(honest, key=lambda one: len(honest[one]))
    works = [
        reader.work("ada", submission(released, honest[name])),
        reader.work("bela", submission(released, honest[name])),
        reader.work("cem", submission(released, {k: disguised(c) for k, c in honest[name].items()})),
        reader.work("dora", submission(released, {k: f"# mine\n{c}" for k, c in honest[name].items()})),
    ]
    groups = {group.same: group.learners for group in compare("01-intern", works).groups}
    assert groups[IDENTICAL] == ("ada", "bela")
    assert groups[SAME_BUT_NAMES][:2] == ("ada", "bela") and "dora" in groups[SAME_BUT_NAMES]


def test_a_copied_repository_shows_by_its_commits(reader, level):
    tree = reference_tree(level, level.exercise("delay-report"))
    rewritten = {
        path: data + b"\n# another line\n" if path.endswith(".py") else data for path, data in tree.files.items()
    }
    works = [reader.work("ada", tree), reader.work("bela", Tree(rewritten))]
    (group,) = [one for one in compare(level.id, works).groups if one.same == SAME_COMMITS]
    assert group.learners == ("ada", "bela")
    assert group.size >= 3


def test_the_order_of_submissions_does_not_matter(works):
    shuffled = works[:]
    random.Random(1).shuffle(shuffled)
    assert compare("01-intern", shuffled) == compare("01-intern", works)


def test_every_pair_is_what_the_definition_says(works):
    """The sparse product against each two works by themselves."""
    listed = {pair.learners: pair for pair in compare("01-intern", works, most=10_000).pairs}
    prints = {work.learner: set(work.exercises[NOTEBOOK].hashes.tolist()) for work in works}
    owners = {value: sum(value in own for own in prints.values()) for value in set().union(*prints.values())}
    weight = {value: float(rarity(np.array([count]), len(works))[0]) for value, count in owners.items()}
    expected = set()
    for one, other in combinations(sorted(prints), 2):
        rare = sum(weight[value] for value in prints[one] & prints[other])
        least = min(sum(weight[value] for value in prints[name]) for name in (one, other))
        share = min(1.0, rare / least) if least else 0.0
        enough = rare >= likeness.MINIMUM_RARE and share >= likeness.MINIMUM_SHARE
        if enough:
            expected.add((one, other))
            assert (listed[one, other].rare, listed[one, other].share) == pytest.approx((rare, share))
    assert listed.keys() == expected and expected


@given(st.integers(2, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
def test_rarity_is_between_nothing_and_one_and_falls_with_owners(case):
    learners, owners = case
    weights = rarity(np.arange(1, learners + 1), learners)
    assert (weights >= 0).all() and (weights <= 1).all() and (np.diff(weights) <= 0).all()
    assert weights[1] == 1.0
    assert rarity(np.array([owners]), learners)[0] == weights[owners - 1]


def test_a_list_that_is_cut_says_how_much_lies_below(works, monkeypatch):
    monkeypatch.setattr(likeness, "MINIMUM_RARE", 1.0)
    monkeypatch.setattr(likeness, "MINIMUM_SHARE", 0.0)
    every = compare("01-intern", works, most=10_000)
    cut = compare("01-intern", works, most=3)
    assert every.more == 0 and len(every.pairs) > 3
    assert (cut.pairs, cut.more) == (every.pairs[:3], len(every.pairs) - 3)


BROKEN = {
    "not JSON": b"{",
    "no cells": b"{}",
    "empty": b"",
    "nested": b"[" * 100_000,
    "another code page": "caf\xe9".encode("latin-1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_notebook_that_cannot_be_read_is_said_and_the_rest_compared(reader, honest, released, what):
    beside = {"notebooks/helpers.py": honest["clean-typed"]["clean"].encode()}
    tree = Tree({f"notebooks/{NOTEBOOK}.ipynb": BROKEN[what], **beside})
    work = reader.work("ada", tree)
    assert any(NOTEBOOK in note for note in work.notes)
    assert len(work.exercises["notebooks"].hashes) > 10


def test_what_is_too_large_is_left_out_and_said(starter, released):
    tree = submission(released, {"clean": "x = 1\n" * 1_700_000}, {"delay-report/big.py": b"y = 2\n" * 1_800_000})
    units, notes = units_of(tree, starter)
    assert all(len(unit.text) <= MAX_TEXT for unit in units)
    assert [note.split(":")[0] for note in notes] == [f"{NOTEBOOK}, cell `clean`", "delay-report, big.py"]


def test_code_that_does_not_parse_is_compared(reader, released, honest):
    broken = {name: "def (:\n" + code + "\nif if\n" for name, code in honest["clean-typed"].items()}
    works = [
        reader.work("ada", submission(released, honest["clean-typed"])),
        reader.work("bela", submission(released, broken)),
    ]
    (pair,) = compare("01-intern", works).pairs
    assert pair.share > 0.9


def test_nothing_of_a_submission_is_run(reader, released, tmp_path):
    bait = tmp_path / "ran"
    code = f"open({str(bait)!r}, 'w').close()\n"
    tree = submission(released, {"clean": code}, {"delay-report/conftest.py": code.encode(), "setup.py": code.encode()})
    submitted = intake.read_archive(archive_of(tree.placed("w")), "w.tar.gz", "01-intern")
    reader.work("mallory", submitted.tree)
    assert not bait.exists()
