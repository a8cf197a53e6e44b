"""`ladder review` and `ladder promote` as a mentor meets them: prompts, lines, exit codes."""

import json

import pytest
from click.testing import CliRunner

from grader import cli
from grader.ledger import Kind, open_ledger
from grader.model import Outcome
from grader.seeds import Key

COHORT = 'format = 1\nname = "autumn"\nkey = "cohort.key"\nledger = "ledger.db"\nstore = "store"\n'
MARKS = '[readme]\npoints = 3\nwhy = "All there."\n[names]\npoints = 0\nwhy = "x, y, z."\n'


@pytest.fixture
def ladder(tmp_path, monkeypatch, ledger):
    """Runs a command in a cohort's folder; ``typed`` is what the mentor answers."""
    Key.new().write(tmp_path / "cohort.key")
    (tmp_path / "cohort.toml").write_text(COHORT)
    monkeypatch.chdir(tmp_path)

    def run(*words, typed=None):
        return CliRunner().invoke(cli.main, [str(word) for word in words], input=typed)

    return run


def complaint(done, code=2):
    assert done.exit_code == code, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("ladder:")]
    assert "Traceback" not in done.output
    return line


def reviews(ledger):
    return list(ledger.entries(kind=Kind.REVIEW))


# -- review


def test_a_mentor_is_shown_what_each_mark_means_and_is_asked(ladder, second, graded, ledger):
    graded(second)
    done = ladder("review", "ada", "2", "--by", "Grace", typed="2\nIt names the command.\n1\nSome do.\ny\n")
    assert done.exit_code == 0, done.output
    for said in (
        "ada, 02-small: Would you take it over?",
        "Read “A tool that adds” first. Submission sha256:aa",
        "1 of 2  The README says what it is",
        "  3  And knows what comes out",
        "3 of 5: enough, at least 3 are asked.",
    ):
        assert said in done.stderr
    assert done.stdout == "ada, 02-small, handover: 3 of 5 by Grace, enough (at least 3). Entry 3 of the ledger.\n"
    (entry,) = reviews(ledger)
    assert entry.body["marks"]["readme"] == {"points": 2, "why": "It names the command."}
    assert entry.by == "Grace"


def test_a_wrong_answer_is_asked_for_again(ladder, second, graded, ledger):
    graded(second)
    typed = "4\n-1\nmany\n3\n   \n\nBecause.\n0\nx, y, z.\ny\n"
    done = ladder("review", "ada", "2", "--by", "Grace", typed=typed)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("is not in the range") == 2
    (entry,) = reviews(ledger)
    assert entry.body["marks"] == {
        "readme": {"points": 3, "why": "Because."},
        "names": {"points": 0, "why": "x, y, z."},
    }


@pytest.mark.parametrize("typed", ["", "2\n", "2\nWhy.\n1\n", "2\nWhy.\n1\nWhy.\n", "2\nWhy.\n1\nWhy.\nn\n"])
def test_whoever_stops_midway_records_nothing(ladder, second, graded, ledger, typed):
    graded(second)
    done = ladder("review", "ada", "2", "--by", "Grace", typed=typed)
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert reviews(ledger) == []


def test_ctrl_c_records_nothing(ladder, second, graded, ledger, monkeypatch):
    graded(second)
    answers = iter(["2", "Why."])

    def interrupted(*_, **__):
        try:
            return next(answers)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupted)
    done = CliRunner().invoke(cli.main, ["review", "ada", "2", "--by", "Grace"])
    assert done.exit_code == 1
    assert reviews(ledger) == []


def test_marks_come_from_a_file_without_a_question(ladder, second, graded, ledger, tmp_path):
    graded(second)
    (tmp_path / "marks.toml").write_text(MARKS)
    done = ladder("review", "ada", "02-small", "--by", "Grace", "--marks", "marks.toml")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert reviews(ledger)[0].body["points"] == 3
    (tmp_path / "marks.toml").write_text(MARKS.replace("points = 3", "points = 1"))
    done = ladder("review", "ada", "02-small", "--by", "Grace", "--marks", "marks.toml")
    assert done.stdout == "ada, 02-small, handover: 1 of 5 by Grace, not enough (at least 3). Entry 4 of the ledger.\n"
    assert len(reviews(ledger)) == 2


def test_an_earlier_review_is_shown_to_the_next_mentor(ladder, second, graded, marked):
    graded(second)
    marked(second, "Alan", 3, 2)
    done = ladder("review", "ada", "2", "--by", "Grace", typed="2\nWhy.\n1\nWhy.\ny\n")
    assert "Already marked by Alan: 5 of 5." in done.stderr


def test_which_review_where_there_are_several(ladder, levels, graded, ledger, tmp_path):
    from grader import catalog

    file = levels / "02-small" / "level.toml"
    memo = '[[review]]\nid = "memo"\ntitle = "Is it true?"\nexercise = "01-add"\nskill = "numbers"\nminimum = 1\n'
    memo += '[[review.criterion]]\nid = "true"\ntitle = "It is"\npoints = 1\nmarks = ["No", "Yes"]\n'
    file.write_text(file.read_text() + memo)
    graded(catalog.find_level("2"))
    (tmp_path / "marks.toml").write_text('[true]\npoints = 1\nwhy = "It is."\n')
    line = complaint(ladder("review", "ada", "2", "--by", "Grace", "--marks", "marks.toml"))
    assert line.endswith("02-small has several reviews; name one with --review: handover, memo")
    line = complaint(ladder("review", "ada", "2", "--by", "Grace", "--review", "mem", "--marks", "marks.toml"))
    assert line.endswith("02-small has no review 'mem'; there are: handover, memo")
    done = ladder("review", "ada", "2", "--by", "Grace", "--review", "memo", "--marks", "marks.toml")
    assert done.exit_code == 0, done.output
    done = ladder("review", "ada", "2", "--by", "Grace", typed="memo\n0\nIt is not.\ny\n")
    assert done.exit_code == 0, done.output
    assert [entry.body["review"] for entry in reviews(ledger)] == ["memo", "memo"]


def test_a_level_without_a_rubric(ladder, first, graded):
    graded(first)
    assert "01-small has no rubric to review by" in complaint(ladder("review", "ada", "1", "--by", "Grace"))


@pytest.mark.parametrize("command", ["review", "promote"])
def test_whoever_has_no_standing_scorecard_is_one_line(ladder, second, command):
    line = complaint(ladder(command, "bela", "2", "--by", "Grace", typed=""))
    assert "bela, 02-small: no scorecard in" in line
    assert "no level '9'" in complaint(ladder(command, "bela", "9"))


# -- promote


def test_every_line_is_printed_met_or_not_and_why(ladder, second, solved, handed_in, marked):
    handed_in(second, solved(second), outcomes={"doubles": Outcome.FAILED})
    marked(second, "Grace", 1, 1)
    done = ladder("promote", "ada", "2", "--by", "Grace")
    assert done.exit_code == 1, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "ada, 02-small Small: not promoted"
    assert [line[:11].strip() for line in lines[1:13:2]].count("not met") >= 2
    assert "  not met  Reviewed by a mentor: “Would you take it over?” (at least 3 of 5)" in lines
    assert "           Grace gave 2 on 22 November 2026. Grace's marks are 1 short; open are" in done.stdout
    assert "  not met  Promoted from the level below, 01-small" in lines
    assert "  met      No check ended in an error of ours" in lines
    assert "by Grace, entry 4 of the ledger." in done.stdout


def test_the_whole_way_to_a_promotion(ladder, first, second, solved, handed_in, ledger, tmp_path):
    handed_in(first, solved(first))
    assert ladder("promote", "ada", "1", "--by", "Grace").exit_code == 0
    handed_in(second, solved(second))
    assert ladder("promote", "ada", "2", "--by", "Grace").exit_code == 1
    (tmp_path / "marks.toml").write_text(MARKS)
    assert ladder("review", "ada", "2", "--by", "Grace", "--marks", "marks.toml").exit_code == 0
    done = ladder("promote", "ada", "2", "--by", "Grace", "--out", "out")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == "ada, 02-small Small: promoted"
    assert "not met" not in done.stdout
    assert (tmp_path / "out" / "ada" / "02-small" / "excerpts" / "tool.md").is_file()
    again = ladder("promote", "ada", "2", "--by", "Alan", "--out", "out")
    assert again.exit_code == 0
    assert "by Grace, entry" in again.stdout
    assert "nothing has changed since" in again.stdout
    assert len(list(ledger.entries(kind=Kind.DECISION))) == 3
    assert not list(ledger.verify())


def test_a_decision_as_json(ladder, first, solved, handed_in, ledger):
    handed_in(first, solved(first))
    done = ladder("promote", "ada", "1", "--by", "Grace", "--json")
    said = json.loads(done.stdout)
    (entry,) = ledger.entries(kind=Kind.DECISION)
    assert said["promoted"] is True
    assert (said["format_version"], said["entry"], said["at"], said["by"]) == (1, entry.digest, entry.at, "Grace")
    assert said["lines"] == entry.body["lines"]
    assert (said["fresh"], json.loads(ladder("promote", "ada", "1", "--json").stdout)["fresh"]) == (True, False)
    assert said["evidence"] == "evidence/ada/01-small"


def test_a_name_on_the_terminal_moves_no_cursor(ladder, first, ledger, card):
    name = "ada\x1b[2J\u202e"
    ledger.add_scorecard(card(first, name), key="k", arrival=None)
    done = ladder("promote", name, "1", "--by", "Grace")
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output


def test_a_name_is_found_however_its_accents_are_typed(ladder, first, ledger, card):
    ledger.add_scorecard(card(first, "zo\u00eb"), key="k", arrival=None)
    assert ladder("promote", "zoe\u0308", "1", "--by", "Grace").exit_code == 0


# -- where the ledger is


def test_the_ledger_is_found_by_cohort_by_address_or_not(ladder, first, solved, handed_in, tmp_path):
    handed_in(first, solved(first))
    (tmp_path / "cohort.toml").rename(tmp_path / "other.toml")
    assert "there is no cohort.toml here; name the cohort" in complaint(ladder("promote", "ada", "1"))
    assert ladder("promote", "ada", "1", "--cohort", "other.toml").exit_code == 0
    done = ladder("promote", "ada", "1", "--ledger", "ledger.db")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "evidence" / "ada" / "01-small" / "excerpts" / "tool.md").is_file()  # from the store beside it
    both = ("--ledger", "ledger.db", "--cohort", "other.toml")
    assert "--ledger cannot say it too" in complaint(ladder("promote", "ada", "1", *both))
    assert "there is no ledger" in complaint(ladder("promote", "ada", "1", "--ledger", "nowhere.db"))
    assert not (tmp_path / "nowhere.db").exists()


def test_a_ledger_of_several_cohorts_must_be_named(ladder, first, graded, tmp_path, card):
    graded(first)
    with open_ledger(tmp_path / "ledger.db", "spring") as other:
        other.add_scorecard(card(first), key="k", arrival=None)
    line = complaint(ladder("promote", "ada", "1", "--ledger", "ledger.db"))
    assert "holds several cohorts (autumn, spring); name one with --cohort" in line


def test_a_cohort_file_with_a_fault_is_one_line(ladder, first, tmp_path):
    (tmp_path / "cohort.toml").write_text(COHORT + "colour = 1\n")
    assert "unknown key colour" in complaint(ladder("promote", "ada", "1"))
