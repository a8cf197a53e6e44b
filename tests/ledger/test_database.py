"""A database that does not answer is waited for, then given up in one line."""

import sqlite3
import threading

import pytest

from grader.errors import GraderFault
from grader.ledger import Kind, database, open_ledger


def note(ledger, key):
    return ledger.append(Kind.DECISION, learner="a", level="b", by="c", key=key, body={})


@pytest.fixture
def impatient(monkeypatch):
    """Say early that there is no answer."""
    monkeypatch.setattr(database, "SILENCE", 0.05)
    monkeypatch.setattr(database, "LOCK_WAIT", 0.05)


def until(condition, capsys):
    """Read stderr until it says what the test waits for."""
    said, pause = "", threading.Event()
    while condition not in said:
        said += capsys.readouterr().err
        pause.wait(0.02)
    return said


def test_appends_wait_while_postgresql_restarts(postgres, impatient, capsys):
    made = []
    with open_ledger(postgres.emptied()) as ledger:
        first = note(ledger, "before")
        postgres.stop()
        writer = threading.Thread(target=lambda: made.extend(note(ledger, f"during {n}") for n in range(3)))
        try:
            writer.start()
            said = until("no answer", capsys)
        finally:
            postgres.start()
        writer.join()
        assert said.count("no answer") == 1
        assert "trying again for up to 120 seconds" in said
        assert [entry.number for entry in made] == [2, 3, 4]
        assert next(ledger.entries()) == first
        assert list(ledger.verify()) == []


def test_postgresql_that_stays_away_is_one_line(postgres, impatient):
    address = postgres.emptied()
    with open_ledger(address, patience=0.3) as ledger:
        postgres.stop()
        try:
            with pytest.raises(GraderFault, match=r"^ledger postgresql.*: no answer for 0\.3 seconds: [^\n]+$"):
                note(ledger, "k")
            with pytest.raises(GraderFault, match="no answer"):
                open_ledger(address, patience=0.1)
        finally:
            postgres.start()
        assert note(ledger, "k").number == 1


def test_a_locked_file_is_waited_for(tmp_path, impatient, capsys):
    made = []
    with open_ledger(tmp_path / "ledger.db") as ledger:
        other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        writer = threading.Thread(target=lambda: made.append(note(ledger, "k")))
        writer.start()
        said = until("no answer", capsys)
        assert "database is locked" in said
        other.execute("COMMIT")
        other.close()
        writer.join()
        assert [entry.number for entry in made] == [1]


def test_a_file_that_stays_locked_is_one_line(tmp_path, impatient):
    with open_ledger(tmp_path / "ledger.db", patience=0.1) as ledger:
        other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(GraderFault, match=r"ledger\.db: no answer for 0\.1 seconds: database is locked"):
            note(ledger, "k")
        other.close()
        assert note(ledger, "k").number == 1


def test_a_damaged_file_is_one_line(tmp_path):
    file = tmp_path / "ledger.db"
    with open_ledger(file) as ledger:
        for n in range(30):
            note(ledger, str(n))
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with (
        pytest.raises(GraderFault, match=r"ledger\.db: database disk image is malformed"),
        open_ledger(file) as ledger,
    ):
        note(ledger, "k")


def test_what_a_commit_did_before_the_answer_was_lost_is_not_done_twice(postgres, impatient, monkeypatch):
    """The server commits, and is gone before it says so: the append is tried again and finds its entry."""
    from sqlalchemy import event

    with open_ledger(postgres.emptied()) as ledger:
        note(ledger, "before")
        lost = []

        def lose(connection):
            if not lost:
                lost.append(True)
                connection.connection.dbapi_connection.commit()
                postgres.stop()
                postgres.start()

        event.listen(ledger._database._engine, "commit", lose)
        entry = note(ledger, "once")
        assert lost
        assert entry.number == 2
        assert [each.key for each in ledger.entries()] == ["before", "once"]
        assert list(ledger.verify()) == []
