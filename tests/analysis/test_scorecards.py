import dataclasses
import json

import pytest

from grader.analysis import scorecards
from grader.errors import InputError
from grader.ledger import Kind, open_ledger
from grader.scoring import to_json, to_line

from .simulated import a_card, a_level

LEVEL = a_level(["a", "b"])
ADA = a_card(LEVEL, "ada", {"a": "pass", "b": "fail"})
BELA = a_card(LEVEL, "bela", {"a": "fail", "b": "pass"})


def test_scorecards_are_read_from_lines_documents_and_what_out_leaves(tmp_path):
    lines = tmp_path / "cards.jsonl"
    lines.write_text(f"{to_line(ADA)}\n\n{to_line(BELA)}\n")
    assert scorecards.read([lines]) == [ADA, BELA]
    out = tmp_path / "out"
    for card in (ADA, BELA):
        (out / card.learner).mkdir(parents=True)
        (out / card.learner / "07-sim.json").write_text(json.dumps(to_json(card), indent=2))
        (out / card.learner / "07-sim.html").write_text("<p>")
    (out / "unfinished.json").write_text('{"left": []}')
    assert scorecards.read([out]) == [ADA, BELA]
    assert scorecards.read([out / "ada" / "07-sim.json", lines]) == [ADA, ADA, BELA]


FAULTS = {
    "empty": ("", "is empty"),
    "no JSON": ("points: 3", "not JSON"),
    "another document": ('{"a": 1}', "scorecard"),
    "one bad line": (f"{to_line(ADA)}\n{{}}\n", "scorecard"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_file_without_a_scorecard_is_one_line_that_names_it(tmp_path, what):
    text, said = FAULTS[what]
    file = tmp_path / "cards.json"
    file.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        scorecards.read([file])
    assert "cards.json" in str(caught.value) and "\n" not in str(caught.value)


def test_no_scorecard_at_all_is_said(tmp_path):
    (tmp_path / "pages").mkdir()
    with pytest.raises(InputError, match="no scorecard here"):
        scorecards.read([tmp_path / "pages"])
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        scorecards.read([tmp_path / "bytes.json"])


def test_of_a_ledger_the_standing_scorecards_count_and_errors_are_not_forgotten(tmp_path):
    """A scorecard with an error of ours never stands; without it the share of errors would always be nothing."""
    broken = a_card(LEVEL, "cem", {"a": "error", "b": "pass"})
    regraded = dataclasses.replace(BELA, checks_digest="sha256:later", points=2.0)
    with open_ledger(tmp_path / "ledger.db") as ledger:
        with pytest.raises(InputError, match="holds no scorecard"):
            scorecards.counted(ledger)
        for card in (ADA, BELA, broken):
            body = {"counts": True, "tree_digest": card.submission_digest}
            ledger.append(
                Kind.ARRIVAL, learner=card.learner, level=card.level, by="ladder", key=card.learner, body=body
            )
            ledger.add_scorecard(card, key=f"job {card.learner}", arrival=None)
        ledger.add_scorecard(regraded, key="regrade", arrival=None, stands=False)
        found = scorecards.counted(ledger)
    assert sorted(found, key=lambda card: card.learner) == [ADA, BELA, broken]
