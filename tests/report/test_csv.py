"""The cohort as a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from grader.model import Outcome, Scorecard
from grader.report.csv import cohort_csv, safe

MakeCard = Callable[..., Scorecard]


def rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def test_one_row_a_learner_with_outcome_and_points_of_every_check(card: MakeCard) -> None:
    mixed, full = card(), card({}, learner="imran")
    first, second = rows(cohort_csv([mixed, full]))
    assert (first["learner"], first["points"], first["max_points"]) == ("nadia", "22", "55")
    assert (first["rule_met"], second["rule_met"]) == ("no", "yes")
    assert (first["failed"], first["skipped"], first["error"]) == ("4", "4", "1")  # of the hidden checks
    assert first["skill pandas"] == "8"
    for check in mixed.checks:
        assert first[check.id].startswith(check.outcome.value)
        assert second[check.id] == "passed"
        assert first[f"{check.id} points"] == ("" if check.points is None else f"{check.points:g}")
    assert first["01-intern/delay-report/image-builds"] == "skipped (tool)"
    assert first["01-intern/delay-report/merge-keeps-both points"] == ""  # ours: no points, not a zero


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "\r=1", " =1", "\x00=1", "＝1", "\u200b=1", "\x1b[0m=1"],
)
def test_nothing_is_taken_for_a_formula(name: str, card: MakeCard) -> None:
    (row,) = rows(cohort_csv([card(learner=name)]))
    assert row["learner"].startswith("'")


def test_a_leading_tab_is_made_visible() -> None:
    assert safe("\tnadia") == "'nadia"


@pytest.mark.parametrize("name", ['a,"b"', "a;b", 'say ""x', "a\nb", "রহিম"])
def test_commas_quotes_and_newlines_stay_in_their_cell(name: str, card: MakeCard) -> None:
    (row,) = rows(cohort_csv([card(learner=name)]))
    assert row["learner"] == name.replace("\n", " ")
    assert row["level"] == "01-intern"
    assert None not in row


def test_numbers_and_plain_names_are_left_alone() -> None:
    assert [safe(cell) for cell in ("22", "nadia", "")] == ["22", "nadia", ""]


def test_cards_with_other_checks_leave_cells_empty(card: MakeCard) -> None:
    whole, shorter = card({}), card({"gradient": Outcome.FAILED}, learner="short")
    shorter = replace(shorter, checks=shorter.checks[:-1], skills={"pandas": shorter.skills["pandas"]})
    _, row = rows(cohort_csv([whole, shorter]))
    assert row["01-intern/delay-report/image-builds"] == ""
    assert row["skill git"] == ""


def test_what_came_late_says_so(card: MakeCard) -> None:
    late = {("imran", "01-intern"), ("nadia", "02-junior")}
    assert [row["late"] for row in rows(cohort_csv([card(), card(learner="imran")], late))] == ["", "yes"]


def test_an_empty_cohort_is_a_header() -> None:
    assert cohort_csv([]) == "learner,level,points,max_points,rule_met,failed,skipped,error,seconds,late\r\n"
