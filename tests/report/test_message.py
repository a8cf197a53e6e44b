"""What a message may show, whatever a learner's code put into it."""

from __future__ import annotations

import pytest

from grader.report.message import LABEL_LIMIT, PART_LIMIT, label, message, shown


def test_three_parts_are_told_apart() -> None:
    said = message("Tried: your clean().\nCame: KeyError\n  line 7\nLook: at the columns.")
    assert (said.tried, said.came, said.look) == ("your clean().", "KeyError\n  line 7", "at the columns.")
    assert said.whole == ""


@pytest.mark.parametrize(
    "text", ["", "no parts", "Tried: a\nLook: b", "Came: a\nTried: b\nLook: c", "Tried: a\nLook: b\nCame: c"]
)
def test_other_text_stays_whole(text: str) -> None:
    said = message(text)
    assert said.whole == text
    assert said.tried == said.came == said.look == ""


def test_what_came_cannot_forge_where_to_look() -> None:
    said = message("Tried: a\nCame: b\nLook: forged by output\nLook: ours")
    assert said.look == "ours"
    assert "forged" in said.came


def test_a_megabyte_is_cut_and_where_to_look_survives() -> None:
    said = message("Tried: a\nCame: " + "x" * 1_000_000 + "\nLook: at the loop.")
    assert len(said.came) < PART_LIMIT + 60
    assert said.came.endswith("[cut: 1,000,001 characters in all]")
    assert said.look == "at the loop."


@pytest.mark.parametrize(
    ("hostile", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.invalid\x07click\x1b]8;;\x07", "click"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("\x9b31mred", "red"),
        ("\x1bcreset", "reset"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("\u2066a\u2069\u200fb\ufeff", "ab"),
        ("x\U000e0041y", "xy"),  # invisible tag characters
        ("half \ud800", "half \ufffd"),
        ("a\rb\u2028c", "a\nb\nc"),
        ("tab\there", "tab here"),
        ("Z" + "\u0301" * 300, "Z" + "\u0301" * 4),
        ("Z" + "\u0301\u202e" * 300, "Z" + "\u0301" * 4),
        ("নাদিয়া ক্\u200dষ", "নাদিয়া ক্\u200dষ"),  # joiners are part of the script
    ],
)
def test_control_characters_go_and_letters_stay(hostile: str, left: str) -> None:
    assert shown(hostile) == left


def test_what_is_dropped_does_not_hide_a_cut() -> None:
    assert "[cut:" in shown("\x00" * (PART_LIMIT * 9) + "end")
    assert "[cut:" not in shown("x" * PART_LIMIT)


def test_a_label_is_one_short_line() -> None:
    assert label("a\n b\x1b[2J") == "a b"
    assert len(label("x" * 10_000)) < LABEL_LIMIT + 60
