"""What is exported is read by DuckDB and pandas as they come, and says what the ledger says."""

import duckdb
import pandas as pd
import pytest

from grader.errors import InputError
from grader.ledger import Kind, export

LEVEL = "01-intern"
UGLY = [
    '=HYPERLINK("http://example.org","x")',
    "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1",
    "'quoted'", "'", "a,b", 'a"b', "a\nb", "a\r\nb", "a\rb",
    "O'Neil", "名前 🙂", "", " x ", "NULL", "nan", "1e5", "007",
]  # fmt: skip


@pytest.fixture
def address(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def filled(ledger, arrive, card):
    for n, name in enumerate(UGLY):
        made = card(learner=name or "empty", submission=f"sha256:{n}", outcomes="pfse")
        check = made.checks[0].__class__(**{**vars(made.checks[0]), "message": name, "title": name})
        made = made.__class__(**{**vars(made), "checks": (check, *made.checks[1:])})
        ledger.add_scorecard(made, key=f"job {n}", arrival=None)
    arrival = arrive("sha256:aa", learner="nadia")
    stands = ledger.add_scorecard(card(), key="nadia", arrival=arrival.digest)
    body = {"review": "handover", "scorecard": stands.digest, "submission_digest": "sha256:aa", "points": 3}
    body |= {"max_points": 6, "passed": False, "marks": {"readme": {"points": 3, "why": "-1, really"}}}
    ledger.append(Kind.REVIEW, learner="nadia", level=LEVEL, by="Amira", key="r", body=body)
    decided = {"promoted": True, "scorecard": stands.digest, "points": 2.0}
    ledger.append(Kind.DECISION, learner="nadia", level=LEVEL, by="=Amira", key="d", body=decided)
    return ledger


def plain(text):
    """A cell of the CSV as the ledger has it."""
    return text[1:] if text.startswith("'") else text


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_duckdb_reads_every_row_as_it_is(filled, tmp_path, form):
    counts = export.export([filled], tmp_path / "out", form)
    ugly = len(UGLY)
    assert counts == {
        "entries": ugly + 4, "arrivals": 1, "scorecards": ugly + 1, "outcomes": 4 * ugly + 2, "reviews": 1,
        "decisions": 1,
    }  # fmt: skip
    files = {name: str(tmp_path / "out" / f"{name}.{form}") for name in counts}
    with duckdb.connect() as base:
        for name, count in counts.items():
            rows = base.execute(f"SELECT count(*), count(DISTINCT number) FROM '{files[name]}'").fetchone()
            assert rows[0] == count
        told = base.execute(
            f"SELECT learner, message, title FROM '{files['outcomes']}' WHERE position = 0 ORDER BY number"
        ).fetchall()
        # DuckDB takes an empty cell for NULL, quoted or not
        shown = [tuple(plain(cell or "") if form == "csv" else cell for cell in row) for row in told]
        assert shown == [(name or "empty", name, name) for name in UGLY] + [
            ("nadia", "Tried: a, b\nCame: =1+1\nLook: there", "Check 0, “quoted” 🙂")
        ]
        points = base.execute(
            f"SELECT outcome, reason, points, hidden FROM '{files['outcomes']}' WHERE learner = '007' ORDER BY position"
        ).fetchall()
        assert points == [
            ("passed", None, 2.0, True), ("failed", None, 0.0, True), ("skipped", "prerequisite", 0.0, True),
            ("error", None, None, True),
        ]  # fmt: skip
        assert base.execute(f"SELECT learner FROM '{files['scorecards']}' WHERE stands").fetchall() == [("nadia",)]
        first = base.execute(f"SELECT recorded_at, started FROM '{files['scorecards']}' ORDER BY number").fetchone()
        assert [moment.year for moment in first] == [2026, 2026]
        review = base.execute(f"SELECT flagged, passed, marks FROM '{files['reviews']}'").fetchone()
        assert review == (False, False, '{"readme":{"points":3,"why":"-1, really"}}')


def test_pandas_reads_the_same_from_both(filled, tmp_path):
    for form in ("csv", "parquet"):
        export.export([filled], tmp_path, form)
    for name, columns in export.TABLES.items():
        exact = pd.read_parquet(tmp_path / f"{name}.parquet")
        texts = {column: str for column, kind in columns.items() if kind in ("text", "time")}
        table = pd.read_csv(tmp_path / f"{name}.csv", dtype=texts, keep_default_na=False, na_values={})
        assert list(table.columns) == list(exact.columns) == list(columns)
        for column, kind in columns.items():
            if kind == "text":
                assert [plain(cell) for cell in table[column]] == [cell or "" for cell in exact[column]], column
            elif kind == "int":
                assert list(table[column]) == list(exact[column])


def test_no_cell_of_the_csv_starts_a_formula(filled, tmp_path):
    export.export([filled], tmp_path, "csv")
    for name, columns in export.TABLES.items():
        texts = [column for column, kind in columns.items() if kind == "text"]
        table = pd.read_csv(tmp_path / f"{name}.csv", dtype=str, keep_default_na=False, usecols=texts)
        cells = [cell for column in texts for cell in table[column]]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))]


@pytest.mark.parametrize("text", UGLY)
def test_a_safe_cell_gives_its_text_back(text):
    assert plain(export.safe(text)) == text


def test_text_that_no_file_can_hold_is_escaped(ledger, card, tmp_path):
    made = card(outcomes="p")
    check = made.checks[0].__class__(**{**vars(made.checks[0]), "message": "lone \ud800, zero \0"})
    ledger.add_scorecard(made.__class__(**{**vars(made), "checks": (check,)}), key="k", arrival=None)
    assert list(ledger.verify()) == []
    for form in ("csv", "parquet"):
        export.export([ledger], tmp_path, form)
    assert pd.read_csv(tmp_path / "outcomes.csv")["message"][0] == "lone \\ud800, zero ␀"
    assert pd.read_parquet(tmp_path / "outcomes.parquet")["message"][0] == "lone \\ud800, zero \0"


def test_an_empty_ledger_gives_tables_with_columns(ledger, tmp_path):
    assert set(export.export([ledger], tmp_path, "parquet").values()) == {0}
    export.export([ledger], tmp_path, "csv")
    for name, columns in export.TABLES.items():
        assert list(pd.read_parquet(tmp_path / f"{name}.parquet").columns) == list(columns)
        assert list(pd.read_csv(tmp_path / f"{name}.csv").columns) == list(columns)


def test_an_export_again_replaces_the_files_and_leaves_no_drafts(filled, tmp_path):
    out = tmp_path / "out"
    export.export([filled], out, "csv")
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    (out / "outcomes.csv").write_text("old")
    export.export([filled], out, "csv")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert sorted(before) == sorted(f"{name}.csv" for name in export.TABLES)


def test_out_must_be_a_folder(ledger, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        export.export([ledger], tmp_path / "file", "csv")
