"""`ladder cohort items` and `likeness` on submissions that were really graded, packed and handed in."""

import csv
import dataclasses
import io
import json

import pytest
from click.testing import CliRunner

from grader import catalog
from grader.analysis.items import analyse
from grader.analysis.items_table import as_csv, as_text
from grader.analysis.likeness_table import NO_VERDICT
from grader.cli import main
from grader.cohort import settings
from grader.cohort.arrivals import collect
from grader.cohort.inbox import found_in
from grader.cohort.store import Store
from grader.content.variant import read_variants, starter_tree, variant_tree
from grader.grading import Grader
from grader.intake.label import FILE, Label
from grader.ledger import open_ledger
from grader.scoring import to_line
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.pack import archive_of

from .disguise import disguised
from .simulated import a_card, a_level


def ladder(*arguments):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


LEVEL = "01-small"
MADE = {
    "adds-two": "wrong-adds-two",
    "adds-two-too": "wrong-adds-two",
    "counts": "wrong-counts",
    "first-lines": "wrong-first-lines",
    "csv": "right-csv",
}


@pytest.fixture
def level(small):
    return catalog.find_level(LEVEL)


@pytest.fixture(scope="module")
def cards(small_folder, real_walls, tmp_path_factory):
    """A file of scorecards of wrong and right variants, graded behind the walls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(catalog.LEVELS_VARIABLE, str(small_folder.levels))
        patch.setenv("LADDER_CACHE", str(small_folder.cache))
        level = catalog.find_level(LEVEL)
        variants = {variant.name: variant for variant in read_variants(level)}
        grader = Grader(real_walls, Key.practice())
        starter = starter_tree(level)
        lines = [
            to_line(grader.grade(level, variant_tree(level, variants[name]).laid_over(starter), learner))
            for learner, name in MADE.items()
        ]
    file = tmp_path_factory.mktemp("cards") / "cards.jsonl"
    file.write_text("\n".join(lines))
    return file


def hand_in(inbox, learner, tree):
    label = Label(level=LEVEL, learner=learner, key="", seed_id="").text()
    (inbox / learner).mkdir(parents=True)
    tree = Tree({FILE: label.encode()}).laid_over(tree)
    (inbox / learner / f"{LEVEL}.tar.gz").write_bytes(archive_of(tree.placed(learner)))


@pytest.fixture
def inbox(level, tmp_path):
    """Two who share an answer under other names, one who wrote another, one broken archive."""
    variants = {variant.name: variant for variant in read_variants(level)}
    inbox = tmp_path / "inbox"
    mine = variant_tree(level, variants["right-csv"])
    hand_in(inbox, "ada", Tree({**mine.files, "tool/tool/extra.py": LONG.encode()}))
    hand_in(inbox, "bela", Tree({**mine.files, "tool/tool/more.py": disguised(LONG).encode()}))
    hand_in(inbox, "cem", variant_tree(level, variants["right-loops"]))
    (inbox / "dora").mkdir()
    (inbox / "dora" / f"{LEVEL}.tar.gz").write_bytes(b"no archive")
    return inbox


LONG = '''
"""Adds up what is late."""

def worst(rows, limit=10):
    """The carriers with the largest sums."""
    sums = {}
    for row in rows:
        name, minutes = row["carrier"], int(row["minutes"])
        if minutes > limit and name not in ("", None):
            sums[name] = sums.get(name, 0) + minutes
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return [name for name, total in ordered[:limit] if total >= limit * 2]


def table(rows):
    lines = ["carrier,minutes"]
    for number, name in enumerate(worst(rows), 1):
        lines.append(f"{number},{name}")
    return "\\n".join(lines) + "\\n"
'''


@pytest.mark.walls
def test_mistakes_that_were_really_made_are_named(small, cards):
    code, out, _ = ladder("cohort", "items", "1", cards, "--json")
    assert code == 0
    (analysis,) = json.loads(out)
    assert (analysis["learners"], analysis["with_errors"]) == (5, 0)
    items = {item["id"].split("/", 1)[1]: item for item in analysis["items"]}
    doubles = items["01-add/doubles"]
    assert (doubles["asked"], doubles["passed"]) == (5, 5 - doubles["failed"])
    named = {name: (one["learners"], one["exact"]) for one in doubles["mistakes"] for name in one["variants"]}
    assert named["wrong-adds-two"] == (2, 2)
    assert all(item["median_seconds"] is None or item["median_seconds"] > 0 for item in items.values())
    assert all("few" in note for note in analysis["notes"])


@pytest.mark.walls
def test_items_as_text_and_as_a_table(small, cards, tmp_path):
    code, out, _ = ladder("cohort", "items", cards, "--out", tmp_path / "items.csv")
    assert code == 0
    assert "Checks that mislead: none found" in out
    assert "2 like wrong-adds-two, 2 exactly" in out
    rows = list(csv.DictReader(io.StringIO((tmp_path / "items.csv").read_text())))
    assert [row["check"] for row in rows] == [check.id for check in catalog.find_level(LEVEL).checks]
    assert {row["flagged"] for row in rows} == {"no"}
    assert all(row["why_no_discrimination"].endswith("it takes 10") for row in rows)


def test_a_check_that_misleads_stands_first_and_no_cell_is_a_formula():
    level = a_level(["odd", *"abcdef"])
    cards = [
        a_card(
            level,
            f"l{row}",
            {"odd": "fail" if row > 9 else "pass"} | dict.fromkeys("abcdef", "pass" if row > 9 else "fail"),
        )
        for row in range(20)
    ]
    analysis = analyse(level, [dataclasses.replace(card, checks=_titled(card.checks)) for card in cards])
    text = as_text(analysis)
    assert "work/odd: discrimination -1.00 (-1.00 to -1.00), look at it" in text
    assert "! odd" in text
    (row, *_) = csv.DictReader(io.StringIO(as_csv([analysis])))
    assert (row["flagged"], row["title"][0]) == ("yes", "T")


def _titled(checks):
    return tuple(dataclasses.replace(check, title="=1+1") for check in checks)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("items",), "name scorecards"),
        (("items", "1"), "name scorecards"),
        (("items", "9"), "no level"),
        (("items", "1", "nowhere.json"), "nowhere.json: there is no such file"),
        (("items", "--ledger", "nowhere.db"), "there is no ledger"),
        (("likeness",), "name an INBOX"),
        (("likeness", "nowhere"), "there is no such folder"),
        (("likeness", "--cohort", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_cannot_be_used_is_one_line(small, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = ladder("cohort", *arguments)
    assert (code, out) == (2, "")
    assert said in err and err.count("\n") == 1


def test_likeness_lists_who_to_look_at_and_says_that_it_is_no_verdict(inbox, tmp_path):
    code, out, err = ladder("cohort", "likeness", inbox, "--out", tmp_path / "likeness.csv")
    assert code == 0
    assert "never a verdict" in out and all(line in out for line in NO_VERDICT)
    assert "tool: ada and bela" in out
    assert "extra.py, lines" in out and "~ more.py" not in out and "~ tool/more.py" in out
    assert "dora" in err and err.startswith("left out: ")
    assert "return" not in out and "sums" not in out  # places, not code
    rows = list(csv.DictReader(io.StringIO((tmp_path / "likeness.csv").read_text())))
    assert {row["what_this_is"] for row in rows} == {"likeness to look at, not a verdict"}
    assert any(row["kind"] == "pair" and row["learners"] == "ada, bela" and float(row["share"]) > 0.5 for row in rows)


def test_a_cohort_is_what_its_ledger_counts(level, inbox, tmp_path, monkeypatch):
    Key.new().write(tmp_path / "cohort.key")
    file = tmp_path / "cohort.toml"
    file.write_text('format = 1\nname = "autumn"\nkey = "cohort.key"\n')
    cohort = settings.read(file)
    with open_ledger(cohort.ledger, cohort.name) as ledger:
        collect(found_in(inbox), cohort, Store(cohort.store), ledger)
        card = a_card(level, "ada", {check.name: "pass" for check in level.checks})
        arrival = next(ledger.entries(learner="ada"))
        card = dataclasses.replace(card, submission_digest=arrival.body["tree_digest"])
        ledger.add_scorecard(card, key="job", arrival=arrival.digest)
    code, out, _ = ladder("cohort", "likeness", "--cohort", file, "--level", "1", "--json")
    assert code == 0
    (found,) = json.loads(out)["levels"]
    assert found["learners"] == 3
    assert ["ada", "bela"] in [pair["learners"] for pair in found["pairs"]]
    code, out, _ = ladder("cohort", "items", "--cohort", file, "--json")
    assert code == 0
    assert json.loads(out)[0]["learners"] == 1
    assert ladder("cohort", "items", "--ledger", cohort.ledger, "--json")[:2] == (0, out)
    monkeypatch.chdir(tmp_path)
    assert ladder("cohort", "items", "--json")[:2] == (0, out)
