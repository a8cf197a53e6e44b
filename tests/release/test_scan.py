"""A leak of each kind is planted and found; a release without one is clean."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grader.catalog.level_file import read_level
from grader.errors import NotHeld
from grader.release.scan import leaks
from grader.release.writing import release
from grader.seeds import Key
from grader.tree import Tree

README = "levels/01-small/README.md"
NOTEBOOK = "levels/01-small/notebooks/01-add.ipynb"


def planted(kept, path, text):
    """What is found when ``text`` is added to a file of the release, or is one more."""
    data = text.encode() if isinstance(text, str) else text
    return list(leaks(Tree({path: kept.tree.files.get(path, b"") + b"\n" + data}), kept.secrets))


def source(kept, path):
    return (kept.level.folder / path).read_bytes()


def test_a_release_as_it_is_made_has_no_leak(kept):
    assert not list(leaks(kept.tree, kept.secrets))
    assert len(kept.secrets) > 50


TEXTS = {
    "a solution region": ('    return table.groupby("group")["value"].sum().to_dict()', "the solution in cell totals"),
    "a hidden check of a notebook": (
        "values = np.random.default_rng().permutation(50) + 3",
        "the hidden check in cell doubles",
    ),
    "a hidden check of a repo": (
        'assert done.stdout.split() == [str(truth(case)["sum"]).encode()], (',
        "checks/test_tool.py",
    ),
    "a solution file": (
        "return [int(line) for line in Path(path).read_text().splitlines()]",
        "solution/tool/tool/add.py",
    ),
    "how a generator makes the truth": ("values = draw.integers(1, 1000, size=int(draw.integers(20, 40)))", "generate"),
    "what a mentor marks by": ("The sum is named, with what was left out of it and why", "rubric memo"),
}


@pytest.mark.parametrize(("text", "said"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("path", [README, NOTEBOOK, "levels/01-small/starter/tool/tool/more.py", "grader/table.py"])
def test_one_line_is_enough_wherever_it_stands(kept, text, said, path):
    (found,) = planted(kept, path, text)
    assert found.startswith(f"{path}: has a string of ")
    assert said in found
    assert "\n" not in found


def test_a_cell_with_its_answer_in_it_is_found(kept):
    notebook = json.loads(kept.tree.files[NOTEBOOK])
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "c-totals")
    cell["source"] = 'def by_group(table):\n    return table.groupby("group")["value"].sum().to_dict()\n'
    (found,) = leaks(Tree({NOTEBOOK: json.dumps(notebook).encode()}), kept.secrets)
    assert "the solution in cell totals of 01-small/01-add" in found


@pytest.mark.parametrize("path", ["wrong-skips-text/tool/tool/add.py", "right-csv/cells.py", "right-csv/expect.toml"])
def test_a_variant_is_found(kept, path):
    found = planted(kept, README, source(kept, f"variants/{path}"))
    assert any(f"01-small/variants/{path.split('/')[0]}" in line for line in found)


@pytest.mark.parametrize("name", ["truth/steps.json", "truth/steps.npy"])
@pytest.mark.parametrize("number", [0, 1])
def test_truth_is_found_in_any_format(kept, name, number):
    data = (kept.cases / "01-add" / str(number) / name).read_bytes()
    (found,) = planted(kept, "levels/01-small/data/01-add/numbers.csv", data)
    assert f"has a string of {name} of 01-small/01-add, data set {number}" in found


def test_a_fresh_draw_is_found_and_the_learners_own_is_theirs(kept):
    path = "levels/01-small/data/01-add/numbers.csv"
    assert planted(kept, path, (kept.cases / "01-add" / "1" / "data" / "numbers.csv").read_bytes())
    assert not planted(kept, path, (kept.cases / "01-add" / "0" / "data" / "numbers.csv").read_bytes())


def test_a_seed_is_found(kept):
    seed = Key.practice().seed("01-small", "01-add", "learner", 1)
    (found,) = planted(kept, README, f"The seed is {seed}.")
    assert "the seed of 01-small/01-add, data set 1" in found


def test_a_key_is_found(kept, tmp_path):
    Key.new().write(tmp_path / "key")
    (found,) = planted(kept, "levels/01-small/starter/tool/notes.txt", (tmp_path / "key").read_bytes())
    assert found.endswith("has a key in it")
    assert planted(kept, README, "-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize(
    "path",
    [
        "levels/01-small/level.toml",
        "levels/01-small/generate_numbers.py",
        "levels/01-small/starter/tool/expect.toml",
        "levels/01-small/data/01-add/truth/sums.csv",
        "levels/01-small/checks/conftest.py",
        "levels/01-small/starter/tool/cohort.key",
    ],
)
def test_what_only_authors_have_is_known_by_its_name(kept, path):
    assert [line for line in planted(kept, path, "x = 1") if line.startswith(f"{path}: ")]


def test_an_uncleared_cell_is_known_by_its_markers(kept):
    assert planted(kept, NOTEBOOK, "### BEGIN SOLUTION") == [f"{NOTEBOOK}: has 'BEGIN SOLUTION' in it"]
    assert planted(kept, NOTEBOOK, "### BEGIN HIDDEN TESTS")


def test_what_is_packed_is_refused_unseen(kept):
    path = "levels/01-small/data/01-add/more.csv"
    packed = Tree({path: gzip.compress(source(kept, "generate.py"))})
    assert list(leaks(packed, kept.secrets)) == [f"{path}: is packed, so nobody can look what is in it"]


def test_an_archive_of_arrays_is_looked_into(kept, tmp_path):
    path = "levels/01-small/data/01-add/more.npz"
    file = tmp_path / "more.npz"

    def found():
        return list(leaks(Tree({path: file.read_bytes()}), kept.secrets))

    np.savez_compressed(file, numbers=np.arange(1000))
    assert found() == []
    np.savez_compressed(file, numbers=np.arange(1000), lines=np.frombuffer(source(kept, "generate.py"), dtype=np.uint8))
    assert any("generate.py" in line for line in found())
    np.savez_compressed(file, numbers=np.arange(1000))
    file.write_bytes(source(kept, "generate.py") + file.read_bytes())
    assert any("generate.py" in line for line in found())
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", "anything")
    assert found() == [f"{path}: is packed, so nobody can look what is in it"]


# -- an author's slips, each in the level's sources, up to the command's end


def solution_among_the_starters_files(level: Path) -> None:
    shutil.copy(level / "solution" / "tool" / "tool" / "__main__.py", level / "starter" / "tool" / "tool" / "old.py")


def variant_in_the_starter(level: Path) -> None:
    shutil.copytree(level / "variants" / "right-csv", level / "starter" / "tool" / "right-csv")


def check_in_the_brief(level: Path) -> None:
    readme = level / "README.md"
    readme.write_text(readme.read_text() + (level / "checks" / "test_tool.py").read_text())


def truth_among_the_data(level: Path) -> None:
    code = (level / "generate.py").read_text()
    slip = '    (data / "sums.json").write_bytes((truth / "steps.json").read_bytes())\n'
    start = code.index("\n\nif __name__")
    (level / "generate.py").write_text(code[:start] + slip + code[start:])


def key_in_the_starter(level: Path) -> None:
    Key.new().write(level / "starter" / "tool" / "notes.txt")


@pytest.mark.parametrize(
    "slip",
    [
        solution_among_the_starters_files,
        variant_in_the_starter,
        check_in_the_brief,
        truth_among_the_data,
        key_in_the_starter,
    ],
)
def test_an_authors_slip_is_refused_and_nothing_is_there(
    slip: Callable[[Path], None], own_level: Path, tmp_path: Path
) -> None:
    slip(own_level)
    with pytest.raises(NotHeld, match=r"^nothing is released: levels/01-small/\S+: (has|is|lies) .*\Z"):
        release(tmp_path / "out", [read_level(own_level)])
    assert {path.name for path in tmp_path.iterdir()} == {"levels"}
