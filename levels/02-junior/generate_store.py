"""Makes MLflow stores: the schema by MLflow itself, the runs through MLflow's own store, both the same every time.

MLflow draws ids and reads the clock for each run. A learner's data must be the same from the same seed, so ids and
times are the generator's own, set where MLflow would make them up.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

EPOCH = 1_380_000_000_000  # milliseconds since 1970: when these stores say they were made


def empty() -> bytes:
    """A store with MLflow's schema and no run in it."""
    kept = Path.home() / "empty-store.db"  # the folder of this process: MLflow takes some seconds to make one
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
            file = Path(folder) / "made.db"
            _store(file, folder).engine.dispose()
            _settle(file, kept)
    return kept.read_bytes()


def filled(experiment: str, runs: Iterable[Mapping[str, Any]], *, others: Sequence[str] = ()) -> bytes:
    """A store with an experiment and these runs; ``others`` names experiments that runs may name with ``experiment``.

    A run is a mapping with ``id`` (32 hex digits), ``name``, ``status``, ``deleted``, ``start`` (ms since 1970),
    ``seconds``, ``params`` (None leaves one out), ``tags`` (likewise, or if empty), ``metrics`` (name to a list of
    (step, value)) and ``datasets`` (a list of (name, digest, context)).
    """
    from mlflow.entities import (
        Dataset,
        DatasetInput,
        InputTag,
        LifecycleStage,
        Metric,
        Param,
        RunStatus,
        RunTag,
    )

    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        file = Path(folder) / "made.db"
        file.write_bytes(empty())
        store = _store(file, folder)
        ids = {name: store.create_experiment(name) for name in (experiment, *others)}
        for number, run in enumerate(runs):
            tags = [RunTag(key, value) for key, value in run["tags"].items() if value]
            params = [Param(key, value) for key, value in run["params"].items() if value is not None]
            metrics = [
                Metric(key, value, run["start"] + int(1000 * run["seconds"]), step)
                for key, points in run["metrics"].items()
                for step, value in points
            ]
            inputs = [
                DatasetInput(Dataset(name, digest, "local", '{"uri": "data"}'), [InputTag("mlflow.data.context", what)])
                for name, digest, what in run["datasets"]
            ]
            with mock.patch("uuid.uuid4", lambda run=run: uuid.UUID(run["id"])):
                store.create_run(ids[run.get("experiment", experiment)], "desk", run["start"], tags, run["name"])
            with mock.patch("uuid.uuid4", _ids(f"{number}/{run['id']}")):
                store.log_batch(run["id"], metrics, params, [])
                store.log_inputs(run["id"], inputs)
            if run["status"] != "RUNNING":
                end = run["start"] + int(1000 * run["seconds"])
                store.update_run_info(run["id"], RunStatus.from_string(run["status"]), end, run["name"])
            if run["deleted"]:
                store.delete_run(run["id"])
        assert LifecycleStage.DELETED == "deleted"
        store.engine.dispose()
        settled = Path(folder) / "settled.db"
        _settle(file, settled)
        return settled.read_bytes()


def _store(file: Path, folder: str) -> Any:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    logging.disable(logging.WARNING)  # MLflow tells of every table it makes
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if not event.contains(Engine, "connect", _without_waiting):
        event.listen(Engine, "connect", _without_waiting)
    return SqlAlchemyStore(f"sqlite:///{file}", folder)


def _without_waiting(connection: Any, record: object) -> None:
    """Not to wait for the disk at each of some hundred commits: what is made here is thrown away if it is not whole."""
    connection.execute("PRAGMA synchronous = OFF")


def _ids(name: str) -> Any:
    """What uuid4 gives while one run is written: the same ids each time."""
    counted = iter(range(1_000_000))
    return lambda: uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{next(counted)}")


def _settle(made: Path, settled: Path) -> None:
    """Take out what depends on the clock and on the folder it was made in; then write it anew, page by page."""
    connection = sqlite3.connect(made)
    with connection:
        connection.execute("UPDATE experiments SET creation_time = ?, last_update_time = ?", (EPOCH, EPOCH))
        connection.execute("UPDATE experiments SET artifact_location = 'mlruns/' || experiment_id")
        connection.execute(
            "UPDATE runs SET artifact_uri = 'mlruns/' || experiment_id || '/' || run_uuid || '/artifacts'"
        )
        connection.execute("UPDATE runs SET deleted_time = end_time WHERE deleted_time IS NOT NULL")
        _in_order(connection)
        # migrations make them in the order of a set
        indices = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        for name, sql in sorted(indices.fetchall()):
            connection.execute(f'DROP INDEX "{name}"')
            connection.execute(sql)
    connection.execute("VACUUM INTO ?", (str(settled),))
    connection.close()


def _in_order(connection: sqlite3.Connection) -> None:
    """Sort each table's constraints: migrations write them in the order of a set, and the order means nothing."""
    connection.execute("PRAGMA writable_schema = ON")
    for table, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        first, *lines, last = sql.split("\n")
        parts = [line.strip().rstrip(",") for line in lines]
        rules = [part for part in parts if part.startswith(("CONSTRAINT ", "CHECK ", "FOREIGN KEY"))]
        columns = [part for part in parts if part and part not in rules]
        if rules and last == ")":
            ordered = "\n".join([first, ", \n".join(f"\t{part}" for part in [*columns, *sorted(rules)]), last])
            connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ? AND type = 'table'", (ordered, table))
    connection.execute("PRAGMA writable_schema = OFF")
