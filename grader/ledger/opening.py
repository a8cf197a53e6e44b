"""Opens a ledger: makes a fresh one, brings an older one up to date, refuses what is none or comes from later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from grader.errors import InputError
from grader.ledger.database import PATIENCE, Database
from grader.ledger.schema import REVISION
from grader.ledger.store import Ledger

VERSION_TABLE = "ledger_version"
_UPGRADING = 0x1ADDE2  # PostgreSQL's advisory lock while one process makes or upgrades the tables

_HEADER = b"SQLite format 3\0"


def open_ledger(
    address: str | Path,
    cohort: str = "cohort",
    *,
    create: bool = True,
    patience: float = PATIENCE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Ledger:
    """The ledger at a path (SQLite) or ``postgresql://…``, for one cohort's chain.

    ``patience`` is for how many seconds a database that does not answer is tried again. InputError in one line if
    there is none and ``create`` is false, if it is something else, or if a newer ladder wrote it.
    """
    database = Database(address, patience=patience)
    try:
        _prepare(database, create)
    except BaseException:
        database.close()
        raise
    return Ledger(database, cohort, clock)


def _prepare(database: Database, create: bool) -> None:
    if database.is_sqlite:
        _check_file(database.file, create)
    revision = database.read(_revision)
    if revision == REVISION:
        return
    if revision is None and not create:
        raise InputError(f"{database.name}: holds no ledger")
    if database.is_sqlite and revision is None:
        database.read(lambda connection: _must_be_empty(connection, database.name))
        _set_wal(database)
    database.write(lambda connection: _upgrade(connection, database.name))


def _check_file(file: Path, create: bool) -> None:
    if file.is_dir():
        raise InputError(f"{file}: is a folder, not a ledger")
    if file.exists():
        _check_header(file)
    else:
        if not create:
            raise InputError(f"{file}: there is no ledger")
        if not file.parent.is_dir():
            raise InputError(f"{file}: there is no folder {file.parent} to make the ledger in")


def _check_header(file: Path) -> None:
    # SQLite would take a file of a few bytes for an empty database, and write over it
    try:
        with file.open("rb") as opened:
            header = opened.read(len(_HEADER))
    except OSError as fault:
        raise InputError(f"{file}: cannot be opened as a ledger: {fault.strerror}") from None
    if header not in (b"", _HEADER):
        raise InputError(f"{file}: is no ledger (not a SQLite database)")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar())


def _must_be_empty(connection: Connection, name: str) -> None:
    # A shared PostgreSQL may hold tables of others; a SQLite file with tables of others was named by mistake. Unless
    # another process has made the ledger since we looked.
    if _revision(connection) is None and set(inspect(connection).get_table_names()) - {VERSION_TABLE}:
        raise InputError(f"{name}: is a database of something else, not a ledger")


def _set_wal(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.exec_driver_sql("COMMIT")  # the journal cannot be changed inside a transaction
        connection.exec_driver_sql("PRAGMA journal_mode = WAL").close()
        connection.exec_driver_sql("BEGIN")

    database.read(work)


def _upgrade(connection: Connection, name: str) -> None:
    # Alembic takes a third of a second to import, and a ledger that is up to date never needs it.
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "grader.ledger:migrations")
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
    revision = _revision(connection)  # another process may have been first
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise InputError(f"{name}: was written by a newer ladder (its tables are of version {revision}); update ladder")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    upgrade(config, "head")
