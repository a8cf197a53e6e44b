"""A real PostgreSQL for tests: one server a session, an empty ledger a test."""

import itertools
import shutil
import tempfile
import warnings
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from grader.ledger import open_ledger
from grader.ledger.schema import metadata


class Server:
    """One server in a folder of its own, reached by a Unix socket. Other tests' connections end when it stops."""

    def __init__(self, pgserver):
        self._folder = Path(tempfile.mkdtemp(prefix="ladder-postgres-"))
        self._server = pgserver.get_server(self._folder, cleanup_mode=None)
        self._control = pgserver.pg_ctl
        self._names = (f"ledger_{n}" for n in itertools.count())
        for setting in ("fsync", "full_page_writes"):  # no test pulls the plug
            self._do(f"ALTER SYSTEM SET {setting} = off")
        self._do("SELECT pg_reload_conf()")
        open_ledger(self._address("postgres")).close()

    def emptied(self):
        """The address of a database whose ledger has no entries."""
        self._do("TRUNCATE " + ", ".join(metadata.tables))
        return self._address("postgres")

    def without_tables(self):
        """The address of a new database."""
        name = next(self._names)
        self._do(f"CREATE DATABASE {name}")
        return self._address(name)

    def stop(self):
        """As by a crash: every connection is gone."""
        self._control(["-m", "immediate", "-w", "stop"], pgdata=self._folder, user=self._server.system_user)

    def start(self):
        """Start it again where it was."""
        self._server.ensure_postgres_running()

    def close(self):
        """Stop it and remove its folder."""
        self.stop()  # at once: there is nothing to keep
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _address(self, database):
        url = make_url(self._server.get_uri()).set(database=database)
        return url.render_as_string(hide_password=False)

    def _do(self, statement):
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def server():
    """A running server, or None where pgserver has no package (Python 3.13)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own: where to keep a lock file
        try:
            import pgserver
        except ImportError:
            return None
        return Server(pgserver)
