"""Scorecards on terminals wide and narrow, with colour and without."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from rich.console import Console

from grader.model import Level, Outcome, Scorecard
from grader.report.terminal import cohort_table, scorecard_lines, walls_line

MakeCard = Callable[..., Scorecard]


def terminal(width: int, *, encoding: str = "utf-8", colour: bool = False) -> tuple[Console, io.BytesIO]:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    system: Literal["standard"] | None = "standard" if colour else None
    return Console(file=stream, width=width, force_terminal=colour, color_system=system), raw


def test_a_wide_table_has_everything(card: MakeCard) -> None:
    console, raw = terminal(110)
    cohort_table([card(), card({}, learner="imran")], console)
    header, first, second = raw.getvalue().decode().strip().splitlines()
    assert " ".join(header.split()) == "learner points pandas models git rule failed skipped error seconds"
    assert " ".join(first.split()) == "nadia 22/55 8/25 9/15 5/15 not met 4 4 1 41.7"
    assert " ".join(second.split()) == "imran 55/55 25/25 15/15 15/15 met 0 0 0 41.7"


def test_a_narrower_one_drops_skills_and_then_becomes_lines(card: MakeCard) -> None:
    console, raw = terminal(80)
    cohort_table([card()], console)
    assert b"pandas" not in raw.getvalue()
    assert " ".join(raw.getvalue().decode().split()).endswith("nadia 22/55 not met 4 4 1 41.7")
    console, raw = terminal(40)
    cohort_table([card()], console)
    words = " ".join(raw.getvalue().decode().split())
    assert words == "nadia: 22/55, rule not met, 4 failed, 4 skipped, 1 error, 41.7 s"


@pytest.mark.parametrize("width", [40, 80])
def test_what_came_late_says_so(width: int, card: MakeCard) -> None:
    console, raw = terminal(width)
    cohort_table([card(), card(learner="imran")], console, {("imran", "01-intern"), ("nadia", "02-junior")})
    nadia, _, imran = " ".join(raw.getvalue().decode().split()).partition("imran")
    assert ("late" in nadia, "late" in imran) == (False, True)


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_one_scorecard_says_the_same_at_every_width(width: int, card: MakeCard, level: Level) -> None:
    console, raw = terminal(width)
    scorecard_lines(card(), level, console)
    out = raw.getvalue().decode()
    assert all(len(line) <= width for line in out.splitlines())
    run = "".join(out.split())
    for words in (
        "22 of 55 points, promotion rule not met",
        "Tried: your clean() on a fresh export in which 31 rows were duplicated.",
        "Came: 9 of the duplicates are still there",
        "Look: some copies differ only in the case",
        "Our fault: no points are lost",
        "Not assessable here: a tool is missing",
        "hidden checks passed",
        "visible checks passed",  # fmt: skip
        "Walls: namespaces, seccomp, Landlock, no network.",
    ):
        compact = "".join(words.split())
        assert compact in run, words
    assert "/srv/cases" not in out


def test_colour_comes_only_where_the_terminal_has_it(card: MakeCard, level: Level) -> None:
    console, raw = terminal(80, colour=True)
    scorecard_lines(card(), level, console)
    assert b"\x1b[31m" in raw.getvalue()
    console, raw = terminal(80)
    scorecard_lines(card(), level, console)
    assert b"\x1b" not in raw.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_and_any_text(encoding: str, card: MakeCard, level: Level) -> None:
    hostile = "[red]রহিম\x1b]0;owned\x07\x1b[2J\u202e\ud800"
    console, raw = terminal(100, encoding=encoding)
    made = card(learner=hostile, message=f"Tried: {hostile}\nCame: {hostile}\nLook: {hostile}")
    scorecard_lines(made, level, console)
    cohort_table([made], console)
    out = raw.getvalue().decode(encoding)
    assert "\x1b" not in out
    assert "owned" not in out
    assert "[red]" in out  # text, not markup of ours


def test_walls_in_one_line(card: MakeCard) -> None:
    walls = card({"gradient": Outcome.FAILED}).walls
    assert walls_line(replace(walls, landlock=False)) == "Walls: namespaces, seccomp, no network."
    assert walls_line(replace(walls, kind="none", network="host")).startswith("Walls: none.")


def test_each_level_has_a_table_of_its_own(card: MakeCard) -> None:
    console, raw = terminal(110)
    second = dataclasses.replace(card({}, learner="imran"), level="02-other", skills={})
    cohort_table([card(), second], console)
    lines = [" ".join(line.split()) for line in raw.getvalue().decode().strip().splitlines()]
    assert lines[0] == card().level and lines[3] == "02-other"
    assert lines[2].startswith("nadia") and lines[4] == "learner points rule failed skipped error seconds"
    assert lines[5].startswith("imran")
