"""Hidden checks of delay-experiments, part compare: which runs compare.py lists, in which order."""

from __future__ import annotations

import csv
import io

import pytest

COLUMNS = ["test", "place", "run", "auc", "log_loss", "again"]


@pytest.mark.check(points=3, skill="tracking", part="compare")
def test_runs_are_compared_on_the_same_test_data(submission, to_compare, number):
    """Runs are ranked among those that were scored on the same data."""
    rows = _rows(submission, to_compare)
    for digest, order in to_compare["groups"].items():
        listed = sorted((row for row in rows if row["test"] == digest), key=lambda row: number(row["place"]) or 0)
        places = [row["place"] for row in listed]
        assert len(listed) >= len(order) and places == [str(place) for place in range(1, len(listed) + 1)], (
            "Tried: compare.py on a store with runs on two sets of test months.\n"
            f"Came: the places {', '.join(places) or 'none'} for one of the two, which has {len(order)} runs or more.\n"
            "Look: `place` counts from 1 within each digest of test data.")
        known = [row["run"] for row in listed if row["run"] in order]
        tied = set(to_compare["tie"])
        assert [run for run in known if run not in tied] == [run for run in order if run not in tied], (
            "Tried: compare.py on a store with runs on two sets of test months.\n"
            "Came: within one of the two the runs are not in the order of their auc.\n"
            "Look: best first; are these numbers, or texts?")
        wrong = [row for row in listed if row["run"] in order and number(row["auc"]) != to_compare["auc"][row["run"]]]
        assert not wrong, (
            "Tried: compare.py on a store with runs on two sets of test months.\n"
            "Came: an auc that is not the one in the store.\n"
            "Look: not rounded, and the last value that was logged.")


@pytest.mark.check(points=2, skill="tracking", part="compare",
                   requires=["test_runs_are_compared_on_the_same_test_data"])
def test_only_finished_runs_compete(submission, to_compare):
    """Runs that failed, still run, were deleted or have no finite metric are not in the table."""
    rows = _rows(submission, to_compare)
    expected = [run for order in to_compare["groups"].values() for run in order]
    known = [*expected, to_compare["without_test_data"]]
    others = [row["run"] for row in rows if row["run"] not in known]
    assert len(rows) >= len(expected) and not others, (
        "Tried: compare.py on a store in which some runs failed, still run, were deleted or have no finite auc.\n"
        f"Came: {len(others)} of those are in the table.\n"
        "Look: run.info.status, and what NaN does to a sort.")


@pytest.mark.check(points=1, skill="tracking", part="compare",
                   requires=["test_runs_are_compared_on_the_same_test_data"])
def test_a_run_without_test_data_competes_with_nobody(submission, to_compare):
    """A run that does not name its test data is not in the table, however good it says it is."""
    rows = _rows(submission, to_compare)
    expected = [run for order in to_compare["groups"].values() for run in order]
    assert len(rows) >= len(expected) and to_compare["without_test_data"] not in {row["run"] for row in rows}, (
        "Tried: compare.py on a store with a run that names no test data.\n"
        "Came: it is in the table.\n"
        "Look: without the digest of what it was scored on, its auc is a number about nothing.")


@pytest.mark.check(points=1, skill="tracking", part="compare",
                   requires=["test_runs_are_compared_on_the_same_test_data"])
def test_of_equals_the_earlier_comes_first(submission, to_compare):
    """Of two runs with the same metric the one that started earlier comes first."""
    rows = {row["run"]: int(row["place"]) for row in _rows(submission, to_compare)}
    first, second = to_compare["tie"]
    assert rows[second] - rows[first] == 1, (
        "Tried: compare.py on a store with two runs of the same auc.\n"
        "Came: the later one is in front of the earlier one, or somebody stands between them.\n"
        "Look: a sort by two things: auc downwards, start_time upwards. MLflow lists the newest first.")


@pytest.mark.check(points=2, skill="tracking", part="compare",
                   requires=["test_runs_are_compared_on_the_same_test_data"])
def test_what_cannot_be_made_again_is_marked(submission, to_compare):
    """Runs that their record is not enough for are marked, and only those."""
    rows = _rows(submission, to_compare)
    expected = [run for order in to_compare["groups"].values() for run in order]
    marks = {row["run"]: row["again"] for row in rows if row["run"] in expected}
    odd = sorted(set(marks.values()) - {"yes", "no"})
    assert not odd, (
        "Tried: compare.py on a store with complete and incomplete records.\n"
        f"Came: again = {odd[0]!r}.\n"
        "Look: yes or no.")
    wrong = [run for run, mark in marks.items() if (mark == "no") != (run in to_compare["cannot_be_made_again"])]
    assert not wrong, (
        "Tried: compare.py on a store with complete and incomplete records.\n"
        f"Came: {len(wrong)} of {len(marks)} runs have the wrong mark.\n"
        "Look: the eight parameters, two digests, a commit, and code that was that of the commit.")


@pytest.mark.check(points=1, skill="tracking", part="compare",
                   requires=["test_runs_are_compared_on_the_same_test_data"])
def test_a_store_that_is_not_there_is_not_made(submission, to_compare):
    """A store that is not there is refused in one line, and not made."""
    _rows(submission, to_compare)
    done = submission.run(["python", "compare.py", "--store", "sqlite:///stores/nowhere.db"])
    said = done.stderr.decode("utf-8", "replace").strip()
    assert done.returncode == 2 and len(said.splitlines()) == 1 and "nowhere.db" in said, (
        "Tried: compare.py on a store that is not there.\n"
        f"Came: exit code {done.returncode} and {len(said.splitlines())} lines on stderr.\n"
        "Look: main()'s docstring in compare.py.")
    assert not submission.files.exists("stores/nowhere.db"), (
        "Tried: compare.py on a store that is not there.\n"
        "Came: now it is there.\n"
        "Look: MLflow makes a store when it is asked for one; look for the file first.")


def _rows(submission, to_compare) -> list[dict[str, str]]:
    """The rows compare.py writes about the store of the check; fails the check if it is no such table."""
    submission.files.write("stores/compare.db", to_compare["store"])
    done = submission.run(["python", "compare.py", "--store", "sqlite:///stores/compare.db"])
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    assert done.returncode == 0, (
        "Tried: compare.py on a store with twenty runs.\n"
        f"Came: exit code {done.returncode} ({lines[-1][:200] if lines else 'nothing on stderr'}).\n"
        "Look: runs of every kind are in a store: failed ones, and ones with half a record.")
    table = csv.DictReader(io.StringIO(done.stdout.decode("utf-8", "replace"), newline=""))
    assert table.fieldnames == COLUMNS, (
        "Tried: compare.py on a store with twenty runs.\n"
        f"Came: a table with the columns {', '.join(table.fieldnames or []) or '(none)'}.\n"
        "Look: the README, and that nothing else is printed to standard output.")
    rows = list(table)
    ids = [row["run"] for row in rows]
    assert len(set(ids)) == len(ids) and all(isinstance(value, str) for row in rows for value in row.values()), (
        "Tried: compare.py on a store with twenty runs.\n"
        "Came: a run that is there twice, or a line with too few or too many fields.\n"
        "Look: a run names two data sets; it is still one run.")
    return rows
