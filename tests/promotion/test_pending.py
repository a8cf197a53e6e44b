"""What the rule asks of a mentor, as the learner reads it before any mentor has marked."""

import dataclasses
import io

import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from grader.model import Outcome
from grader.report.html import feedback_page
from grader.report.terminal import scorecard_lines


def rows(card, level):
    soup = BeautifulSoup(feedback_page(card, level, {}), "html.parser")
    lines = [" ".join(line.get_text(" ").split()) for line in soup.select(".rule li")]
    return lines, soup.select_one(".verdict").get_text()


def printed(card, level):
    console = Console(file=io.StringIO(), width=200)
    scorecard_lines(card, level, console)
    return console.file.getvalue()


def test_a_mentors_part_is_pending_and_not_unmet(second, card):
    lines, verdict = rows(card(second), second)
    assert [line.split(" ")[0] for line in lines] == ["✓", "✓", "✓", "✓", "–", "–"]
    assert lines[4] == (
        "– Pending Asks a mentor: “Would you take it over?” A mentor reads “A tool that adds” and marks: "
        "The README says what it is; Names say what things are. At least 3 of 5 are needed."
    )
    assert lines[5].startswith("– Pending Asks for the level below You are promoted there first")
    assert verdict == "Your submission meets its part of the promotion rule; the rest is for a mentor to see."
    text = printed(card(second), second)
    assert "promotion rule met so far" in text
    assert "pending Asks a mentor: “Would you take it over?”." in text
    assert "not met" not in text


def test_what_is_pending_hides_no_open_line(second, card):
    bad = card(second, outcomes={check.name: Outcome.FAILED for check in second.checks if check.hidden})
    _, verdict = rows(bad, second)
    assert "not met yet: 3 of the 4 lines that a submission can meet are open." in verdict
    assert "promotion rule not met" in printed(bad, second)


def test_without_reviews_nothing_is_pending(first, card):
    lines, verdict = rows(card(first), first)
    assert len(lines) == 4
    assert verdict == "Your submission meets the promotion rule; a mentor decides."
    assert "pending" not in printed(card(first), first)
    assert "promotion rule met\n" in printed(card(first), first)


@pytest.mark.parametrize(("mentors", "words"), [(1, "A mentor reads “A tool that adds” and marks: The"), (2, "2 mentors read “A tool that adds” and mark: The")])  # fmt: skip  # noqa: E501
def test_how_many_mentors_read_it(second, card, mentors, words):
    level = dataclasses.replace(second, reviews=(dataclasses.replace(second.reviews[0], mentors=mentors),))
    assert words in rows(card(level), level)[0][4]
