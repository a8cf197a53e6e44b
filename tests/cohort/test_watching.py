import io

from rich.console import Console

from grader.cohort.watching import Pace, Watching, span
from grader.model import CheckResult, Outcome


def test_the_pace_is_that_of_the_latest_and_tells_what_is_left():
    now = [0.0]
    pace = Pace(60, lambda: now[0])
    assert pace.text() == ""
    for _ in range(10):
        now[0] += 60
        pace.done()
    assert pace.text() == "1.0 a minute, 50 min left"
    for _ in range(40):
        now[0] += 6
        pace.done()
    assert pace.text() == "10.0 a minute, 60 s left"
    for _ in range(10):
        pace.done()
    assert "left" not in pace.text()


def test_a_clock_that_stands_still_gives_no_rate():
    pace = Pace(2, lambda: 5.0)
    pace.done()
    assert pace.text() == ""


def test_spans():
    spans = {0.4: "0 s", 119: "119 s", 121: "2 min", 7000: "117 min", 12000: "3 h 20 min"}
    assert {seconds: span(seconds) for seconds in spans} == spans


def test_plain_lines_count_what_was_done_before():
    said = io.StringIO()
    with Watching(Console(file=said, width=200), 3, already=1) as watching:
        watching.done("[bold]ann")
        watching.done("ben")
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("graded 2 of 3 ([bold]ann) after 0 s")
    assert lines[1].startswith("graded 3 of 3 (ben)")


def test_on_a_terminal_a_name_is_no_markup():
    said = io.StringIO()
    with Watching(Console(file=said, width=200, force_terminal=True), 1) as watching:
        watching.result(
            "[/x]", CheckResult("c", "e", None, "counts rows", "s", Outcome.PASSED, None, 1, 1, "", 0, True)
        )
    assert "[/x]: counts rows" in said.getvalue()


def test_one_submission_needs_no_line():
    said = io.StringIO()
    with Watching(Console(file=said, width=200), 1) as watching:
        watching.done("ann")
    assert said.getvalue() == ""


def test_a_terminal_gets_a_bar():
    said = io.StringIO()
    with Watching(Console(file=said, width=200, force_terminal=True), 2) as watching:
        watching.done("ann")
    assert "1/2" in said.getvalue()
