"""The content gate on copies of the small level, each with one thing wrong."""

import contextlib
import json
import shutil
from dataclasses import replace

import pytest

from grader import catalog, datasets
from grader.content import gate
from grader.content.proof import Proof
from grader.content.trials import chosen
from grader.content.variant import read_variants
from grader.errors import InputError

pytestmark = pytest.mark.walls


@pytest.fixture
def walled(real_walls, monkeypatch):
    monkeypatch.setattr(gate, "open_walls", lambda: contextlib.nullcontext(real_walls))


@pytest.fixture
def copy(small, walled, monkeypatch):
    """Makes a copy of the small level; ``only`` names the variants to keep, for the sake of time."""
    numbers = iter(range(50, 99))

    def make(*only):
        level = small.added(f"{next(numbers)}-copied-{len(list(small.levels.iterdir()))}")
        if only:
            for folder in (level.folder / "variants").iterdir():
                if folder.name not in only:
                    shutil.rmtree(folder)
        return level

    yield make
    for folder in small.levels.glob("[5-9]?-copied-*"):
        shutil.rmtree(folder)


def edit(level, name, old, new):
    file = level.folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.fixture
def checked(capfd):
    """Checks a level: exit code and all that was said on stderr."""

    def run(level, **options):
        code = gate.check([level.id], seeds=1, full=options.get("full", False))
        said = capfd.readouterr()
        assert "Traceback" not in said.err + said.out
        if code:
            assert said.out == ""
        return code, said.err

    return run


def notebook_only(level):
    """Without the repo: half the time, and all that the proof is about."""
    toml = (level.folder / "level.toml").read_text()
    toml = toml.replace('[[skill]]\nid = "tools"\nname = "Tools"\n', "")
    head, _, tail = toml.partition('[[exercise]]\nid = "tool"')
    (level.folder / "level.toml").write_text(head + tail[tail.index("[rule]") :])
    hints = (level.folder / "hints.toml").read_text()
    (level.folder / "hints.toml").write_text(hints[: hints.index('["tool/')])
    shutil.rmtree(level.folder / "checks")
    for folder in (level.folder / "variants").iterdir():
        if not (folder / "cells.py").is_file():
            shutil.rmtree(folder)
    return catalog.find_level(level.id)


def test_a_sound_level_is_proved_and_then_checked_in_part(copy, capfd):
    level = notebook_only(copy())
    assert gate.prove([level.id], seeds=1) == 0
    said = capfd.readouterr()
    assert said.out == f"{level.id}: holds. 4 checks, 6 points, 5 variants, 1 seeds.\n"
    assert "7 submissions" in said.err
    assert len(json.loads((level.folder / "proof.json").read_text())["variants"]) == 5
    # one changed, one right, a fifth of three wrong ones; the starter; the reference
    edit(level, "variants/wrong-counts/expect.toml", "why = ", "# a changed word\nwhy = ")
    now = catalog.checks_digest(level)
    picked = {variant.name for variant in chosen(level, now, frozenset(), frozenset({"wrong-counts"}))}
    assert "wrong-counts" in picked
    assert len(picked) in (2, 3)
    assert gate.check([level.id], seeds=1, full=False) == 0
    assert f"{len(picked) + 2} submissions to grade ({len(picked)} variants)" in capfd.readouterr().err


def test_everything_that_does_not_hold_is_named_in_one_run(copy, checked):
    level = copy("right-numpy", "wrong-counts")
    # a wrong variant that fails something else
    edit(level, "variants/wrong-counts/expect.toml", '"adds-by-group"', '"adds-all"')
    # a right variant that is wrong, a reference that fails
    edit(level, "variants/right-numpy/tool/tool/add.py", "ndmin=1", "ndmin=1, max_rows=3")
    edit(level, "solution/tool/tool/__main__.py", "return 2", "return 1")
    # a check that passes on nothing, without a message; the same in a repo
    name = "notebooks/01-add.ipynb"
    book = json.loads((level.folder / name).read_text())
    for cell in book["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "doubles":
            cell["source"] = (
                "### BEGIN HIDDEN TESTS\nvalues = np.arange(3)\n"
                "assert all(one == 2 * other for one, other in zip(double(values), values))\n### END HIDDEN TESTS"
            )
    (level.folder / name).write_text(json.dumps(book))
    checks = "checks/test_tool.py"
    edit(
        level,
        checks,
        'requires=["test_prints_the_sum"])\ndef test_prints_the_largest',
        ")\ndef test_prints_the_largest",
    )
    edit(level, checks, "assert done.stdout.split() == [str(truth(submission.own)", "assert len(done.stdout) < 1 or [str(truth(submission.own)")  # fmt: skip  # noqa: E501
    # no hints
    edit(level, "hints.toml", '["01-add/doubles"]\nhints = ["Arrays can be multiplied.", "values * 2"]\nread = "NumPy: arithmetic on arrays"\n', "")  # fmt: skip  # noqa: E501
    code, said = checked(level)
    assert code == 1
    here = level.id
    for problem in (
        f"wrong-counts: {here}/01-add/adds-all should fail but is passed",
        f"wrong-counts: {here}/01-add/adds-by-group should pass but is failed",
        f"right-numpy: {here}/tool/prints-the-sum should pass but is failed",
        f"right-numpy: {here}/tool/refuses-text should pass but is skipped (prerequisite)",
        f"reference (gate-1): {here}/tool/refuses-text should pass but is failed",
        f"starter: {here}/tool/prints-the-largest passes on the untouched starter",
        f"{here}/01-add/doubles passes on the degenerate answer: empty list",
        f"{here}/tool/prints-the-largest passes on the degenerate answer: empty file",
        f"{here}/01-add/doubles has no two hints",
        f"{here}/01-add/adds-by-group has no wrong variant that fails it",
        "01-add has fewer than 2 right variants",
        "01-add/doubles, line 3: an assert without a message for the learner",
    ):
        assert problem in said, problem


def test_a_variant_is_graded_on_its_own_part(copy, checked):
    level = copy("right-numpy", "right-one-file", "wrong-smallest", "wrong-skips-text")
    edit(level, "level.toml", 'title = "A tool that adds"', 'parts = ["sum", "rest"]\ntitle = "A tool that adds"')
    checks = level.folder / "checks" / "test_tool.py"
    for name, part in (("prints_the_sum", "sum"), ("prints_the_largest", "rest"), ("refuses_text", "rest")):
        head, tail = checks.read_text().split(f")\ndef test_{name}")
        checks.write_text(f'{head}, part="{part}")\ndef test_{name}{tail}')
    edit(level, "variants/right-numpy/expect.toml", "why", 'part = "rest"\nwhy')
    level = catalog.find_level(level.id)
    assert {one.name: one.part for one in read_variants(level)} == {
        "right-numpy": "rest", "right-one-file": None, "wrong-skips-text": "rest", "wrong-smallest": "rest"
    }  # fmt: skip
    # wrong where the other part looks
    edit(level, "variants/right-numpy/tool/tool/add.py", "return ", 'return [] if "fresh" in str(path) else ')
    code, said = checked(level)
    assert code == 1
    assert "right-numpy on rest: ok" in said
    assert "right-one-file on tool: ok" in said
    assert "tool, part sum has fewer than 2 right variants" in said
    edit(level, "variants/right-numpy/expect.toml", '"rest"', '"other"')
    with pytest.raises(InputError, match="tool has no part 'other'"):
        read_variants(level)


def test_a_changed_data_file_ends_it_before_anything_is_graded(copy, checked, tmp_path, monkeypatch):
    level = copy("right-loops")
    shutil.copytree(datasets.folder(), tmp_path / "datasets")
    file = tmp_path / "datasets" / "airlines.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    monkeypatch.setattr(datasets, "folder", lambda: tmp_path / "datasets")
    code, said = checked(level)
    assert code == 1
    assert "airlines.parquet: sha256 is" in said
    assert "submissions" not in said
    file.unlink()
    code, said = checked(level)
    assert code == 1
    assert "airlines.parquet: the file is missing" in said


def test_a_level_that_does_not_hold_is_not_proved(copy, capfd, monkeypatch):
    level = copy("right-loops")
    monkeypatch.setattr(datasets, "verify", lambda: ["one.parquet: the file is missing"])
    assert gate.prove([level.id], seeds=1) == 1
    assert "1 problem\n" in capfd.readouterr().err
    assert not (level.folder / "proof.json").exists()


def test_what_holds_is_proved_and_the_rest_is_asked_for_again(copy, capfd):
    level = notebook_only(copy())
    file = level.folder / "proof.json"
    edit(level, "variants/wrong-counts/expect.toml", "failed = [", 'failed = ["adds-all", ')
    assert gate.prove([level.id], seeds=1) == 1
    said = capfd.readouterr()
    assert said.out == "" and "wrong-counts: " in said.err and "adds-all should fail but is passed" in said.err
    assert len(Proof.read(file).variants) == 4 and "wrong-counts" not in Proof.read(file).variants
    edit(level, "variants/wrong-counts/expect.toml", 'failed = ["adds-all", ', "failed = [")
    assert gate.prove([level.id], seeds=1) == 0
    assert "3 submissions to grade (1 variants)" in capfd.readouterr().err  # with the starter and the reference
    assert len(Proof.read(file).variants) == 5
    assert gate.prove([level.id], seeds=1) == 0
    assert capfd.readouterr().out == f"{level.id}: proof.json proves it as it is.\n"
    # a reference that fails proves nothing
    kept = file.read_text()
    edit(level, "level.toml", "minutes = ", "minutes = 1")
    book = level.folder / "notebooks" / "01-add.ipynb"
    book.write_text(book.read_text().replace("### BEGIN SOLUTION", "raise ValueError\\n### BEGIN SOLUTION", 1))
    assert gate.prove([level.id], seeds=1) == 1
    assert file.read_text() == kept


def test_what_has_not_changed_stays_proved(copy, capfd):
    level = copy()
    file = level.folder / "proof.json"
    assert gate.prove([level.id], seeds=2) == 0
    first = Proof.read(file)
    edit(level, "variants/wrong-counts/expect.toml", "why = ", "# a changed word\nwhy = ")
    capfd.readouterr()
    assert gate.prove([level.id], seeds=1) == 0
    said = capfd.readouterr().err
    assert "3 submissions to grade (1 variants)" in said and "on tool" not in said
    now = Proof.read(file)
    assert (now.exercises, now.seeds) == (first.exercises, 1)
    assert first.changed(now) == {"wrong-counts"} and set(now.variants) == set(first.variants)
    assert gate.prove([level.id], seeds=2) == 0  # proved over fewer seeds than are asked for: all of it
    assert Proof.read(file) == replace(now, seeds=2)


def test_a_proof_that_is_no_proof(tmp_path):
    file = tmp_path / "proof.json"
    assert Proof.read(file) is None
    for text in ("no json", "{}", "[]", '{"level_digest": 1, "more": 2}'):
        file.write_text(text)
        with pytest.raises(InputError, match=r"proof\.json"):
            Proof.read(file)


def test_a_proof_names_what_it_does_not_prove(tmp_path):
    proof = Proof({"one": "1", "two": "2"}, "d", {"a": "1", "b": "2"}, 3)
    proof.write(tmp_path / "proof.json")
    assert Proof.read(tmp_path / "proof.json") == proof
    assert not proof.unproved(proof)
    assert proof.unproved(replace(proof, exercises={"one": "1", "two": "3", "more": "4"})) == {"two", "more"}
    for other in ({"data_digest": "e"}, {"python": "2.7"}):
        assert proof.unproved(replace(proof, **other)) == {"one", "two"}
    assert proof.changed(replace(proof, variants={"a": "1", "b": "3", "c": "4"}, seeds=1)) == {"b", "c"}


def test_an_edit_of_one_exercise_asks_for_no_other_again(copy):
    level = copy("right-loops", "wrong-counts", "right-numpy")
    before = {one.id: catalog.exercise_digest(level, one) for one in level.exercises}
    first, second = before
    for name, old, new, changed in (
        ("checks/test_tool.py", "import", "import  ", {"tool"}),
        ("starter/tool/README.md", "a", "b", {"tool"}),
        ("notebooks/01-add.ipynb", "nbformat_minor", "nbformat_minor ", {"01-add"}),
        ("hints.toml", "a", "b", set()),
        ("level.toml", "[rule]", "# rule\n[rule]", set()),
        ("generate.py", "import", "import  ", {"01-add", "tool"}),
    ):
        text = (level.folder / name).read_text()
        (level.folder / name).write_text(text.replace(old, new, 1))
        now = {one.id: catalog.exercise_digest(level, one) for one in level.exercises}
        assert {one for one in now if now[one] != before[one]} == changed, name
        before = now
    assert {first, second} == {"01-add", "tool"}


def test_a_fifth_of_the_wrong_variants_is_drawn_by_the_levels_digest(small):
    level = catalog.find_level("1")
    draws = [frozenset(one.name for one in chosen(level, str(n), frozenset(), frozenset())) for n in range(30)]
    assert all(sum(name.startswith("right-") for name in draw) == 1 for draw in draws)
    assert all(sum(name.startswith("wrong-") for name in draw) == 1 for draw in draws)
    assert set().union(*draws) == {variant.name for variant in read_variants(level)}
    assert frozenset(one.name for one in chosen(level, "0", frozenset(), frozenset())) == draws[0]
