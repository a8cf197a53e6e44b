"""The evidence folder: what is in it, that it is the same again, and that a learner's words forge nothing in it."""

import csv
import dataclasses
import hashlib
import json
import re
import shutil
import subprocess

import pytest
from markdown_it import MarkdownIt

from grader.errors import GraderFault, InputError
from grader.ledger import Kind
from grader.model import Outcome
from grader.promotion import evidence
from grader.promotion.decision import decide, find_standing
from grader.promotion.excerpts import EXERCISE_LIMIT, FILE_LIMIT, excerpts
from grader.scoring import from_json
from grader.tree import Tree

FORGED = "```\n````\n# Promoted\n<h1>Promoted</h1>\x1b[2J\u202e\r# Promoted\n"


@pytest.fixture
def folder(ledger, store, tmp_path):
    """Decides, writes the evidence, and gives its folder."""

    def write(level, learner="ada", where=store):
        taken = evidence.take(ledger, where, level, find_standing(ledger, level, learner))
        decision = decide(ledger, level, learner, "Grace")
        return evidence.write(tmp_path / "evidence", evidence.gather(ledger, level, decision, taken))

    return write


def everything(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_cell(tree, grade_id, text):
    """The tree with another text in one cell of the notebook."""
    book = json.loads(tree.files["notebooks/01-add.ipynb"])
    for cell in book["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            cell["source"] = text
    return Tree({**tree.files, "notebooks/01-add.ipynb": json.dumps(book).encode()})


def test_the_folder_holds_what_the_decision_rests_on(second, solved, handed_in, marked, folder, ledger, tmp_path):
    stood = handed_in(second, solved(second))
    review = marked(second, "Grace", 3, 2)
    made = folder(second)
    assert made == tmp_path / "evidence" / "ada" / "02-small"
    assert sorted(everything(made)) == [
        "README.md", "decision.json", "entries.json", "excerpts/01-add.md", "excerpts/tool.md", "reviews.json",
        "scorecard.json", "skills.csv",
    ]  # fmt: skip
    (entry,) = ledger.entries(kind=Kind.DECISION)
    decision = json.loads((made / "decision.json").read_text())
    assert (decision["digest"], decision["by"], decision["body"]) == (entry.digest, "Grace", entry.body)
    assert from_json(json.loads((made / "scorecard.json").read_text())) == stood.scorecard
    entries = json.loads((made / "entries.json").read_text())
    assert [each["kind"] for each in entries] == ["arrival", "scorecard", "review", "decision"]
    assert {stood.entry.digest, stood.arrival.digest, review.digest, entry.digest} == {
        each["digest"] for each in entries
    }
    assert next(csv.reader((made / "skills.csv").read_text().splitlines())) == [
        "skill",
        "name",
        "points",
        "max_points",
        "share",
        "bar",
    ]


def test_every_entry_can_be_checked_by_itself(second, solved, handed_in, marked, folder):
    handed_in(second, solved(second))
    marked(second, "Gr\u00e4ce", 3, 2)
    made = folder(second)
    (script,) = re.findall(r"```python\n(.*?)```", (made / "README.md").read_text(), re.DOTALL)
    done = subprocess.run(["python3", "-c", script], cwd=made, capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 4
    assert all(line.endswith("True") for line in said)
    (made / "entries.json").write_text((made / "entries.json").read_text().replace('"passed": true', '"passed": false'))
    done = subprocess.run(["python3", "-c", script], cwd=made, capture_output=True, text=True, check=True)
    assert [line.endswith("True") for line in done.stdout.splitlines()] == [True, True, False, True]


def test_every_digest_is_in_the_readme(second, solved, handed_in, folder):
    stood = handed_in(second, solved(second))
    made = folder(second)
    readme = (made / "README.md").read_text()
    for name, data in everything(made).items():
        if name != "README.md":
            assert f"{hashlib.sha256(data).hexdigest()}  {name}\n" in readme
    for digest in (
        stood.entry.digest,
        stood.arrival.digest,
        stood.scorecard.submission_digest,
        "sha256:c1",
        "sha256:d1",
    ):
        assert digest in readme


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_the_readme_checks_its_own_folder(second, solved, handed_in, folder):
    handed_in(second, solved(second))
    made = folder(second)
    check = ["sha256sum", "--check", "README.md"]
    assert subprocess.run(check, cwd=made, capture_output=True, check=False).returncode == 0
    (made / "scorecard.json").write_text("{}")
    assert subprocess.run(check, cwd=made, capture_output=True, check=False).returncode == 1


def test_the_same_decision_leaves_the_same_bytes(second, solved, handed_in, folder, tmp_path):
    handed_in(second, solved(second))
    one = everything(folder(second))
    again = folder(second)
    assert everything(again) == one
    shutil.rmtree(tmp_path / "evidence")
    assert everything(folder(second)) == one


def test_a_new_decision_takes_the_place_of_the_old_one(second, solved, handed_in, marked, folder):
    handed_in(second, solved(second))
    made = folder(second)
    (made / "stray.txt").write_text("x")
    marked(second, "Grace", 3, 2)
    assert "Met: Reviewed by a mentor" in (folder(second) / "README.md").read_text()
    assert not (made / "stray.txt").exists()
    assert [path.name for path in made.parent.iterdir()] == ["02-small"]


def test_what_is_not_ours_is_not_replaced(first, graded, folder, tmp_path):
    graded(first)
    mine = tmp_path / "evidence" / "ada" / "01-small"
    mine.mkdir(parents=True)
    (mine / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="holds no evidence of ours"):
        folder(first, where=None)
    assert (mine / "letter.txt").read_text() == "mine"


def test_a_learners_name_stays_inside(first, graded, folder, tmp_path):
    graded(first, learner="../../ada")
    made = folder(first, "../../ada", None)
    assert made.is_relative_to(tmp_path / "evidence")
    assert made.parent.parent == tmp_path / "evidence"


def test_where_the_ledger_knows_no_arrival_there_are_no_excerpts(first, card, ledger, folder):
    ledger.add_scorecard(card(first), key="k", arrival=None)
    made = folder(first)
    assert not (made / "excerpts").exists()
    assert "There are no excerpts: the ledger does not say where the submission is." in (made / "README.md").read_text()


def test_a_store_that_lost_or_swapped_the_submission_is_a_fault(first, solved, handed_in, folder, ledger, tmp_path):
    handed_in(first, solved(first))
    assert "no store was named" in (folder(first, where=None) / "README.md").read_text()
    (kept,) = (tmp_path / "store" / "submissions").iterdir()
    kept.write_bytes(b"other bytes")
    with pytest.raises(GraderFault, match="damaged"):
        folder(first)
    kept.unlink()
    with pytest.raises(GraderFault, match="is not there"):
        folder(first)
    assert len(list(ledger.entries(kind=Kind.DECISION))) == 1  # that of the first line; none rests on what is lost


def test_a_scorecard_of_other_files_than_those_in_the_store_is_a_fault(first, solved, handed_in, folder, ledger, card):
    stood = handed_in(first, solved(first))
    other = card(first, submission="sha256:" + "0" * 64)
    body = {"counts": True, "tree_digest": other.submission_digest}
    ledger.append(Kind.ARRIVAL, learner="ada", level="01-small", by="ladder", key="x", body=body)
    ledger.add_scorecard(other, key="x", arrival=stood.arrival.digest)
    with pytest.raises(GraderFault, match="is read as sha256:.* was graded"):
        folder(first)


def test_a_submission_that_comes_to_stand_meanwhile_is_not_mixed_in(first, solved, handed_in, graded, ledger, store):
    taken = evidence.take(ledger, store, first, handed_in(first, solved(first)))
    graded(first)
    with pytest.raises(GraderFault, match="another submission came to stand meanwhile"):
        evidence.gather(ledger, first, decide(ledger, first, "ada", "Grace"), taken)


def test_evidence_lacks_no_entry(first, graded, ledger):
    taken = evidence.take(ledger, None, first, graded(first))
    decision = decide(ledger, first, "ada", "Grace")
    strange = dataclasses.replace(decision.lines[0], rests_on=("0" * 64,))
    with pytest.raises(GraderFault, match="an entry that the decision rests on is not there"):
        evidence.gather(ledger, first, dataclasses.replace(decision, lines=(strange,)), taken)


def test_a_link_is_not_followed(first, graded, folder, tmp_path):
    graded(first)
    elsewhere = folder(first, where=None).rename(tmp_path / "elsewhere")
    (tmp_path / "evidence" / "ada" / "01-small").symlink_to(elsewhere)
    with pytest.raises(InputError, match="holds no evidence of ours"):
        folder(first, where=None)


# -- reviews


def test_every_review_is_there_and_says_whether_it_counts(second, solved, handed_in, graded, marked, folder):
    graded(second)
    marked(second, "Alan", 1, 1)
    handed_in(second, solved(second))
    marked(second, "Grace", 0, 0)
    marked(second, "Grace", 3, 1)
    made = folder(second)
    told = json.loads((made / "reviews.json").read_text())
    assert [(each["by"], each["counts"], each["why_not"]) for each in told] == [
        ("Alan", False, "it is of another submission"),
        ("Grace", False, "the same mentor marked this submission again later"),
        ("Grace", True, ""),
    ]
    assert told[2]["marks"]["readme"] == {"points": 3, "why": "I read it."}
    readme = (made / "README.md").read_text()
    assert "Grace on 22 November 2026: 4 of 5, at least 3 asked: passed." in readme
    assert "- Names say what things are: 1 of 2, “Some do”. I read them." in readme
    assert "Alan on" not in readme.split("## Reviews that count")[1]


# -- excerpts


def test_answers_own_cells_and_changed_files_are_there(first, solved):
    tree = with_cell(solved(first), "double", "def double(values):\n    return values + values")
    made = excerpts(first, tree)
    assert sorted(made) == ["01-add.md", "tool.md"]
    assert "## Answer `double`\n\n```python\ndef double(values):\n    return values + values\n```" in made["01-add.md"]
    assert "BEGIN HIDDEN" not in made["01-add.md"]  # nothing that was handed out, of ours or hidden
    assert "import pandas" not in made["01-add.md"]
    assert "## `tool/__main__.py`\n\n```python\n" in made["tool.md"]
    assert "`README.md`" not in made["tool.md"]  # as it was handed out


def test_untouched_work_has_no_excerpt(first):
    made = excerpts(first, Tree({}))
    assert made["01-add.md"].endswith("\n\nNothing beyond what was handed out.\n")
    assert made["tool.md"].endswith("\n\nNothing beyond what was handed out.\n")


def test_own_words_and_own_cells_are_shown_and_given_ones_are_not(first, solved):
    tree = solved(first)
    book = json.loads(tree.files["notebooks/01-add.ipynb"])
    book["cells"].insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["My ", "thoughts"]})
    book["cells"].append({"cell_type": "code", "metadata": "odd", "source": "mine = 1", "outputs": [{"text": "no"}]})
    book["cells"] += [7, {"cell_type": "code"}, {"cell_type": "code", "source": {"a": 1}}]
    made = excerpts(first, Tree({**tree.files, "notebooks/01-add.ipynb": json.dumps(book).encode()}))["01-add.md"]
    assert "## Own cell, the 2. of the notebook\n\n```\nMy thoughts\n```" in made
    assert "```python\nmine = 1\n```" in made
    assert "Add things up" not in made.split("handed in.\n")[1]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"cells": 3}', b"[" * 100_000, b"\xff\xfe\x00"])
def test_a_broken_notebook_has_no_excerpt(first, solved, data):
    made = excerpts(first, Tree({**solved(first).files, "notebooks/01-add.ipynb": data}))
    assert "Nothing beyond" in made["01-add.md"]


def test_what_is_large_or_no_text_is_named_by_its_digest(first, solved):
    large = b"x = 1\n" * (FILE_LIMIT // 6 + 1)
    fits = b"y" * FILE_LIMIT
    odd = {"tool/large.py": large, "tool/binary.bin": b"\x00\x01", "tool/latin.txt": b"\xe9", "tool/fits.txt": fits}
    made = excerpts(first, Tree({**solved(first).files, **odd}))["tool.md"]
    assert f"## `large.py`\n\nNot shown: {len(large):,} bytes, sha256 {hashlib.sha256(large).hexdigest()}." in made
    assert f"2 bytes that are no text, sha256 {hashlib.sha256(odd['tool/binary.bin']).hexdigest()}" in made
    assert "1 bytes that are no text" in made
    assert fits.decode() in made


def test_there_is_an_end_to_what_is_shown(first, solved):
    many = {f"tool/f{n:02}.txt": b"%02d" % n * (FILE_LIMIT // 2) for n in range(20)}
    made = excerpts(first, Tree({**solved(first).files, **many}))["tool.md"]
    assert EXERCISE_LIMIT // 2 < len(made) < EXERCISE_LIMIT + 10_000
    assert "## `f00.txt`\n\n```" in made
    assert "## `f19.txt`\n\nNot shown: 64,000 bytes" in made


def test_files_that_are_gone_are_named(first, solved):
    files = {path: data for path, data in solved(first).files.items() if path != "tool/README.md"}
    assert "## Removed files\n\n```\nREADME.md\n```" in excerpts(first, Tree(files))["tool.md"]


def test_a_learners_words_forge_nothing(second, solved, handed_in, marked, folder):
    tree = with_cell(solved(second), "double", FORGED)
    tree = Tree({**tree.files, "tool/notes`` # x.md": FORGED.encode(), "tool/more.ipynb": json.dumps(
        {"cells": [{"cell_type": "markdown", "metadata": {}, "source": FORGED}]}).encode()})  # fmt: skip
    handed_in(second, tree, learner="ada_#_Promoted", outcomes={"doubles": Outcome.FAILED})
    made = folder(second, "ada_#_Promoted")
    for name in ("README.md", "excerpts/01-add.md", "excerpts/tool.md"):
        text = (made / name).read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
        assert {"html_block", "html_inline"}.isdisjoint(token.type for token in tokens)
        titles = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
        assert titles
        assert not [title for title in titles if re.match(r"\W*Promoted", title)]
    assert sum("# Promoted" in token.content for token in MarkdownIt().parse(
        (made / "excerpts/tool.md").read_text()) if token.type == "fence") == 2  # fmt: skip
    for name in ("decision.json", "scorecard.json", "reviews.json", "entries.json"):
        assert (made / name).read_bytes().isascii()


def test_data_that_the_learner_was_handed_out_is_not_their_own_work(first, solved):
    tree = solved(first)
    given = {"tool": Tree({".env": b"TOKEN=ddk_1\n", "raw/rows.csv": b"a\n1\n"})}
    handed = Tree({**tree.files, "tool/.env": b"TOKEN=ddk_1\n", "tool/raw/rows.csv": b"a\n2\n"})
    made = excerpts(first, handed, given)["tool.md"]
    assert "ddk_1" not in made and "## `raw/rows.csv`" in made  # changed, so it is theirs
    assert "ddk_1" in excerpts(first, handed)["tool.md"]  # without a key nobody knows
