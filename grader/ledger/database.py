"""One database and the patience with it: transactions that are tried again while it does not answer."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from grader.errors import GraderFault, InputError

PATIENCE = 120.0  # seconds without an answer before giving up
SILENCE = 5.0  # seconds without an answer before saying so
LOCK_WAIT = 2.0  # seconds SQLite itself waits for another writer, before that counts as no answer
_WRITES = "ladder_writes"
# what PostgreSQL refuses for good; else it is coming, going or full for the moment
_REFUSALS = ("does not exist", "authentication", "password", "pg_hba.conf", "permission denied", "not permitted")
_DRIVER = "postgresql+psycopg"

T = TypeVar("T")


class Database:
    """A database address and its connections. Thread-safe; after a fork the child opens connections of its own."""

    def __init__(self, address: str | Path, *, patience: float = PATIENCE) -> None:
        self.url = _url(address)
        shown = self.url.set(drivername="postgresql").render_as_string(hide_password=True)
        self.name = str(self.url.database) if self.is_sqlite else shown
        self.patience = patience
        self._engine = _engine(self.url)
        self._owner = os.getpid()
        self._has_answered = False

    @property
    def is_sqlite(self) -> bool:
        """True for a file, False for PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(str(self.url.database))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do ``work`` in one transaction, which sees one moment; it may be done again from the start."""
        return self._patiently(work, writes=False)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do ``work`` in one transaction that may write: on SQLite no other writer is let in between."""
        return self._patiently(work, writes=True)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose(close=os.getpid() == self._owner)

    def _patiently(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        began, pause, said = time.monotonic(), 0.01, False
        while True:
            try:
                with self._connected().connect() as connection:
                    connection = connection.execution_options(**{_WRITES: writes})
                    if not writes and not self.is_sqlite:
                        connection = connection.execution_options(isolation_level="REPEATABLE READ")
                    with connection.begin():
                        result = work(connection)
                self._has_answered = True
                return result
            except DBAPIError as problem:
                fault = _fault(self.name, problem, self._has_answered)
                if fault is not None:
                    raise fault from None
                waited = time.monotonic() - began
                if waited > self.patience:
                    why = f"no answer for {self.patience:g} seconds: {_why(problem)}"
                    raise GraderFault(f"ledger {self.name}: {why}") from None
                if waited > min(SILENCE, self.patience / 2) and not said:
                    said = True
                    left = f"trying again for up to {self.patience:g} seconds"
                    print(f"ledger {self.name}: no answer ({_why(problem)}); {left}", file=sys.stderr, flush=True)
            time.sleep(pause)
            pause = min(pause * 1.6, 1.0)

    def _connected(self) -> Engine:
        if os.getpid() != self._owner:
            # connections are sockets and locks shared with the parent: leave those alone
            self._engine.dispose(close=False)
            self._engine = _engine(self.url)
            self._owner = os.getpid()
        return self._engine


def _url(address: str | Path) -> URL:
    text = str(address)
    if isinstance(address, Path) or "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise InputError("the ledger's address cannot be read; a path or postgresql://… is expected") from None
    if url.drivername in ("postgresql", "postgres", _DRIVER):
        return url.set(drivername=_DRIVER)
    if url.get_backend_name() == "sqlite" and url.database:
        return URL.create("sqlite", database=url.database)
    raise InputError(f"a ledger is a path or postgresql://…, not {url.drivername}://…")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        # a server that is gone without a word must not hold a grader up for longer than a retry
        waits = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 20000}
        return create_engine(url, connect_args=waits, pool_size=4, max_overflow=28, isolation_level="READ COMMITTED")
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own: _on_begin does
    connection.execute("PRAGMA synchronous = FULL")  # what was said to be written survives a power cut
    connection.execute("PRAGMA cache_size = -32768")  # KiB: the indexes of a large ledger do not fit into 2 MiB


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _fault(name: str, problem: DBAPIError, has_answered: bool) -> Exception | None:
    """What a database's error means, or None where trying again may help."""
    why = _why(problem)
    if "file is not a database" in why:
        return InputError(f"{name}: is no ledger (not a SQLite database)")
    if "unable to open database file" in why:
        return InputError(f"{name}: cannot be opened as a ledger")
    if "resolve host" in why and not has_answered:  # mistyped, rather than away
        return InputError(f"ledger {name}: {why}")
    if isinstance(problem, OperationalError):
        if "FATAL" in why and any(word in why for word in _REFUSALS):
            return InputError(f"ledger {name}: {why}")
        return None if _is_passing(problem, why) else GraderFault(f"ledger {name}: {why}")
    if problem.connection_invalidated:
        return None
    return GraderFault(f"ledger {name}: {why}") if type(problem) is DatabaseError else problem


def _is_passing(problem: OperationalError, why: str) -> bool:
    state = getattr(problem.orig, "sqlstate", None)
    if state is not None:  # deadlock, serialization, connection, shutdown, too many connections
        return str(state).startswith(("40", "08", "57P", "53300"))
    if problem.orig is not None and type(problem.orig).__module__.startswith("sqlite3"):
        return "locked" in why or "busy" in why
    return True


def _why(problem: DBAPIError) -> str:
    """The first line of what the driver says that says something; it never holds the password."""
    lines = [line.strip() for line in str(problem.orig).splitlines() if line.strip()]
    told = next((line[line.index("FATAL") :] for line in lines if "FATAL" in line), "".join(lines[:1]))
    return told[:200] or type(problem.orig).__name__
