"""Hidden checks of delay-report, part package: what ``python -m delay_report RAW OUT`` does."""

from __future__ import annotations

import random

import pytest


@pytest.mark.check(points=3, skill="version-control", part="package")
def test_report_gives_every_mean_delay(desk, as_number):
    """The report gives each airline's mean delay at each airport."""
    for n, whose in ((0, "your own month"), (1, "a month you have not seen")):
        month = desk.month(n)
        tried = f"your command on {whose}"
        desk.lay(month, f"months/{n}")
        rows = desk.rows(desk.report(f"months/{n}", f"results/{n}", tried), ["origin", "carrier", "mean_delay"], tried)
        expected = month.left - month.charters
        assert expected <= rows.keys(), (
            f"Tried: {tried}.\n"
            f"Came: {len(expected - rows.keys())} of {len(expected)} pairs of airport and airline have no row.\n"
            "Look: what becomes of the groups between read_flights and the file.")
        wrong = _off(month, rows, expected, as_number)
        assert not wrong, (
            f"Tried: {tried}.\n"
            f"Came: mean_delay is off in {len(wrong)} of {len(expected)} rows; the first is {' '.join(wrong[0])}.\n"
            "Look: the mean is over flights that left; a cancelled flight has no delay, which is not a delay of 0.")


@pytest.mark.check(points=2, skill="version-control", part="package")
def test_same_flights_same_bytes(desk):
    """The same flights give the same bytes, in whatever order they come."""
    month = desk.month(0)
    tried = "your command twice on the same flights"
    desk.lay(month, "months/once")
    once = desk.report("months/once", "results/once", tried)
    desk.months_worth(once, month, tried)
    again = desk.report("months/once", "results/again", tried)
    assert once == again, (
        f"Tried: {tried}.\n"
        "Came: two files that differ.\n"
        "Look: does the report hold the time of the run, or follow the order of a set?")
    tried = "your command on the same flights in another order"
    header, *lines = month.flights.splitlines(keepends=True)
    random.Random(7).shuffle(lines)
    desk.lay(month, "months/shuffled", flights=b"".join([header, *lines]))
    shuffled = desk.report("months/shuffled", "results/shuffled", tried)
    assert once == shuffled, (
        f"Tried: {tried}.\n"
        "Came: another file.\n"
        "Look: the order of the rows; groupby(sort=False) keeps the order in which the groups first appear.")
    rows = list(desk.rows(once, ["origin", "carrier"], tried))
    assert rows == sorted(rows), (
        "Tried: read the order of your report's rows.\n"
        "Came: they are not sorted by origin, then carrier.\n"
        "Look: main()'s docstring.")


@pytest.mark.check(points=2, skill="version-control", part="package")
def test_no_flight_is_lost(desk, as_number):
    """No flight is lost: not the airline NA, not an airport without a name."""
    for n in (0, 2):
        month = desk.month(n)
        tried = "your command on a month with an airline called NA and an airport that airports.csv does not name"
        desk.lay(month, f"months/{n}")
        rows = desk.rows(desk.report(f"months/{n}", f"results/{n}", tried), ["origin", "carrier", "mean_delay"], tried)
        lost = sorted(month.charters - rows.keys())
        assert not lost, (
            f"Tried: {tried}.\n"
            f"Came: no row for {', '.join(' '.join(key) for key in lost)}.\n"
            "Look: what read_csv takes for missing (keep_default_na), and which rows a merge keeps (how).")
        wrong = _off(month, rows, month.charters, as_number)
        assert not wrong, (
            f"Tried: {tried}.\n"
            f"Came: mean_delay of {' '.join(wrong[0])} is off: some of its flights are missing or counted twice.\n"
            "Look: follow these flights from the file to the report.")
        invented = sorted(rows.keys() - month.rows.keys())
        assert not invented, (
            f"Tried: {tried}.\n"
            f"Came: a row for {' '.join(invented[0])!r}, which is not in the export.\n"
            "Look: what your code puts in place of codes it does not know.")


@pytest.mark.check(points=1, skill="version-control", part="package")
def test_empty_month_gives_an_empty_report(desk):
    """A month without flights gives a report with a header and no rows."""
    month = desk.month(0)
    tried = "your command on a month with flights, before the empty one"
    desk.lay(month, "months/full")
    full = desk.report("months/full", "results/full", tried)
    desk.months_worth(full, month, tried)
    tried = "your command on a flights.csv that has its header and no rows"
    desk.lay(month, "months/empty", flights=month.flights.splitlines(keepends=True)[0])
    empty = desk.report("months/empty", "results/empty", tried)
    assert empty.splitlines() == full.splitlines()[:1], (
        f"Tried: {tried}.\n"
        "Came: something else than the usual header alone.\n"
        "Look: read_flights's docstring says what such a file is.")


@pytest.mark.check(points=2, skill="version-control", part="package")
def test_bad_input_is_refused_in_one_line(desk, submission):
    """Input that cannot be used is refused with exit code 2 and one line that names it."""
    month = desk.month(0)
    desk.lay(month, "months/good")
    tried = "your command on a good month, before the bad ones"
    desk.months_worth(desk.report("months/good", "results/good", tried), month, tried)
    header, *lines = month.flights.decode().splitlines()
    columns = header.split(",")
    carrier, delay = columns.index("carrier"), columns.index("dep_delay")
    cut = [",".join(field for i, field in enumerate(line.split(",")) if i != carrier) for line in [header, *lines]]
    desk.lay(month, "months/cut", flights=("\n".join(cut) + "\n").encode())
    desk.lay(month, "months/soon", flights=_with_last_delay(header, lines, delay, "soon"))
    submission.files.write("months/half/airports.csv", month.airports)
    bad = {
        "a RAW folder that is not there": ("months/nowhere", "nowhere"),
        "a RAW folder without flights.csv": ("months/half", "flights.csv"),
        "a flights.csv without the column carrier": ("months/cut", "flights.csv"),
        "a flights.csv with a dep_delay that is a word": ("months/soon", "flights.csv"),
    }
    for what, (raw, named) in bad.items():
        done = desk.run(raw, "results/bad")
        said = done.stderr.decode("utf-8", "replace").strip()
        traceback = ", with a traceback" if "Traceback" in said else ""
        assert done.returncode == 2, (
            f"Tried: your command on {what}.\n"
            f"Came: exit code {done.returncode}{traceback}.\n"
            "Look: what main() returns, and who catches BadInput.")
        assert len(said.splitlines()) == 1, (
            f"Tried: your command on {what}.\n"
            f"Came: exit code 2 and {len(said.splitlines())} lines on stderr.\n"
            "Look: one line, so that it survives a log file.")
        assert named in said, (
            f"Tried: your command on {what}.\n"
            f"Came: a line that does not name it: {said[:120]}\n"
            "Look: put the path into the message; who reads it at night has nothing else.")


@pytest.mark.check(points=1, skill="version-control", part="package")
def test_run_writes_its_report_and_nothing_else(desk, submission):
    """A run writes its report and nothing else, and on bad input nothing at all."""
    month = desk.month(0)
    desk.lay(month, "months/good")
    before = _files(submission)
    tried = "your command on a good month"
    good = desk.report("months/good", "results/deep/good", tried)
    after = _files(submission)
    desk.months_worth(good, month, tried)
    odd = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    assert odd == ["results/deep/good/report.csv"], (
        "Tried: compared all files before and after your command.\n"
        f"Came: it also changed {', '.join(path for path in odd if path != 'results/deep/good/report.csv')}.\n"
        "Look: caches and cleaned copies; RAW belongs to somebody else.")
    header, *lines = month.flights.decode().splitlines()
    soon = _with_last_delay(header, lines, header.split(",").index("dep_delay"), "soon")
    desk.lay(month, "months/soon", flights=soon)
    assert desk.run("months/soon", "results/deep/good").returncode != 0, (
        "Tried: your command on a month whose last delay is a word.\n"
        "Came: exit code 0.\n"
        "Look: read_flights's docstring: what is neither empty nor a whole number is BadInput.")
    kept = _files(submission).get("results/deep/good/report.csv")
    assert kept == good, (
        "Tried: your command on a bad month, with the last good report still in OUT.\n"
        "Came: the good report is gone or changed.\n"
        "Look: read and check everything before you open the report for writing.")
    desk.run("months/soon", "results/new")
    assert not submission.files.list("results/new/**/*"), (
        "Tried: your command on a bad month, with an OUT that is not there yet.\n"
        "Came: files in OUT.\n"
        "Look: read and check everything before you open the report for writing.")


def _off(month, rows, keys, as_number) -> list[tuple[str, str]]:
    """The groups whose mean_delay is further off than one decimal's rounding, whichever way ties go."""
    off = []
    for key in sorted(keys):
        mean = as_number(rows[key]["mean_delay"])
        if mean is None or abs(mean - month.rows[key]["mean_delay"]) > 0.05 + 1e-9:
            off.append(key)
    return off


def _with_last_delay(header: str, lines: list[str], column: int, text: str) -> bytes:
    fields = lines[-1].split(",")
    fields[column] = text
    return ("\n".join([header, *lines[:-1], ",".join(fields)]) + "\n").encode()


def _files(submission) -> dict[str, bytes]:
    """Every file of the repo now, less what Python and git keep for themselves."""
    paths = submission.files.list("**/*")
    ours = [path for path in paths if "__pycache__" not in path and not path.startswith(".git/")]
    return {path: submission.files.read(path) for path in ours}
