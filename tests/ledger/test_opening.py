import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from grader.errors import InputError
from grader.ledger import open_ledger as open_it
from grader.ledger import opening, schema


def refused(address, words, **options):
    """The one line with which a ledger is not opened."""
    with pytest.raises(InputError) as caught:
        open_it(address, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert words in line
    return line


def test_a_ledger_is_there_again(address, card):
    with open_it(address) as ledger:
        made = ledger.add_scorecard(card(), key="job", arrival=None)
    with open_it(address, create=False) as again:
        assert list(again.entries()) == [made]


def test_a_path_may_be_text_or_a_path_and_have_odd_letters(tmp_path):
    file = tmp_path / "ü 100% #1?" / "led'ger.db"
    file.parent.mkdir()
    for address in (file, str(file), f"sqlite:///{tmp_path / 'b.db'}"):
        open_it(address).close()
    assert file.exists()
    assert (tmp_path / "b.db").exists()


def test_the_address_must_be_of_a_ledger(tmp_path):
    refused(tmp_path / "no" / "ledger.db", f"there is no folder {tmp_path / 'no'}")
    refused(tmp_path / "ledger.db", "there is no ledger", create=False)
    assert not (tmp_path / "ledger.db").exists()
    refused(tmp_path, "is a folder")
    refused("mysql://somebody:secret@host/db", "a ledger is a path or postgresql://…, not mysql")
    refused("postgresql://host:port/x", "cannot be read")
    refused("postgresql://no-such-host.invalid/db", "resolve host")


def test_a_file_that_is_no_database(tmp_path):
    for name, content in (("notes.txt", "Dear diary, " * 500), ("short", "x")):
        (tmp_path / name).write_text(content)
        refused(tmp_path / name, "is no ledger")
        assert (tmp_path / name).read_text() == content


def test_what_another_process_has_just_made_is_no_database_of_something_else(tmp_path):
    with open_it(tmp_path / "ledger.db") as ledger:
        ledger._database.read(lambda connection: opening._must_be_empty(connection, "ledger.db"))


def test_a_database_of_something_else_is_left_alone(tmp_path):
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.commit()
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    refused(tmp_path / "other.db", "is a database of something else")
    refused(tmp_path / "other.db", "holds no ledger", create=False)
    assert (tmp_path / "other.db").read_bytes() == before


def test_an_empty_file_becomes_a_ledger(tmp_path):
    (tmp_path / "ledger.db").touch()
    refused(tmp_path / "ledger.db", "holds no ledger", create=False)
    with open_it(tmp_path / "ledger.db") as ledger:
        assert list(ledger.verify()) == []


def test_a_newer_ledger_is_refused(address, ledger, do):
    do(f"UPDATE {opening.VERSION_TABLE} SET version_num = '9999'")
    line = refused(address, "was written by a newer ladder (its tables are of version 9999)")
    assert "update ladder" in line
    do(f"UPDATE {opening.VERSION_TABLE} SET version_num = '{schema.REVISION}'")
    open_it(address).close()


def test_the_migrations_make_the_tables_the_code_asks_for(ledger):
    def differences(connection):
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": opening.VERSION_TABLE,
                "include_object": lambda _, name, kind, *__: kind != "table" or name.startswith("ledger_"),
            },
        )
        return compare_metadata(context, schema.metadata)

    assert ledger._database.read(differences) == []
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert scripts.get_heads() == [schema.REVISION]


def test_making_the_tables_is_done_whole_or_not_at_all(empty_address, monkeypatch):
    from alembic import command

    def cut_short(config, revision, upgrade=command.upgrade):
        upgrade(config, revision)
        raise RuntimeError("killed")

    monkeypatch.setattr(command, "upgrade", cut_short)
    with pytest.raises(RuntimeError):
        open_it(empty_address)
    monkeypatch.undo()
    refused(empty_address, "holds no ledger", create=False)
    with open_it(empty_address) as ledger:
        assert list(ledger.verify()) == []


def test_a_ledger_that_is_up_to_date_opens_without_alembic(tmp_path):
    open_it(tmp_path / "ledger.db").close()
    asks = "import sys; from grader.ledger import open_ledger; open_ledger(sys.argv[1]).head(); print(*sys.modules)"
    command = [sys.executable, "-c", asks, str(tmp_path / "ledger.db")]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "sqlalchemy" in modules
    assert not [name for name in modules if name.split(".")[0] in ("alembic", "grader.judges", "pandas")]


def test_postgresql_that_says_no_is_one_line(postgres):
    address = postgres.emptied()
    line = refused(address.replace("/postgres?", "/nowhere?"), 'database "nowhere" does not exist')
    refused(address.replace("postgres:", "stranger:secret"), 'role "stranger" does not exist')
    assert "secret" not in refused(address.replace("postgres:", "stranger:secret"), "stranger")
    assert line.startswith("ledger postgresql")


def test_write_ahead_logging_and_full_durability(tmp_path):
    with open_it(tmp_path / "ledger.db") as ledger:
        ask = lambda pragma: ledger._database.read(lambda c: c.exec_driver_sql(f"PRAGMA {pragma}").scalar())  # noqa: E731
        assert ask("journal_mode") == "wal"
        assert ask("synchronous") == 2
