import pytest

from grader.bridge.codec import NotData
from grader.errors import GraderFault
from grader.judges.blame import is_ours
from grader.judges.verdict import Verdict, failed, result, skipped_for, without_tool
from grader.model import Check, Outcome, SkipReason

CHECK = Check("l/e/c", "e", "Title", "k", 2.5, True, "part")


@pytest.mark.parametrize(
    ("verdict", "points", "reason", "waits"),
    [
        (Verdict.passed(), 2.5, None, False),
        (failed("m"), 0, None, True),
        (skipped_for(["One"]), 0, SkipReason.PREREQUISITE, True),
        (without_tool("no docker"), 0, SkipReason.TOOL, True),
        (Verdict.error(ValueError("x")), None, None, False),
    ],
)
def test_points_reason_and_who_waits(verdict, points, reason, waits):
    line = result(CHECK, verdict, 0.12345)
    assert (line.points, line.max_points, line.reason) == (points, 2.5, reason)
    assert verdict.keeps_others_waiting is waits
    assert (line.id, line.part, line.hidden, line.seconds) == ("l/e/c", "part", True, 0.123)


def test_half_a_character_does_not_reach_the_scorecard():
    assert result(CHECK, failed("a\ud800b"), 0).message.encode("utf-8") == b"a?b"


def test_an_error_says_what_happened_and_is_cut():
    line = result(CHECK, Verdict.error(ValueError("x" * 9000)), 0)
    assert line.outcome is Outcome.ERROR
    assert "ValueError" in line.message
    assert len(line.message) <= 2000


@pytest.mark.parametrize(
    "error", [NotData("x"), OSError(), LookupError(), ImportError(), NameError(), GraderFault(), SystemExit()]
)
def test_ours(error):
    assert is_ours(error)


@pytest.mark.parametrize(
    "error", [KeyError(), IndexError(), MemoryError(), TypeError(), ValueError(), AttributeError()]
)
def test_not_ours_once_the_learner_was_asked(error):
    assert not is_ours(error)


def test_an_error_names_the_line_of_the_check():
    code = compile("x = 1\nassert nosuch\n", "<check doubles>", "exec")
    try:
        exec(code, {})  # noqa: S102 - as a judge runs a check
    except NameError as error:
        said = Verdict.error(error).message
    assert said == "The check itself failed in line 2: NameError: name 'nosuch' is not defined"
