"""An MLflow store of a learner's, read as data: parameters, metrics with their steps, tags, data sets, models.

The SQLite file comes from beside hostile code. So it is never opened by MLflow (whose migrations would write to it)
and no model in it is ever loaded: its bytes are put into a file of the judge's own and read with a few fixed
queries, within bounds. Written for the schema of MLflow 3.17; an older one is named, not guessed at.
"""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import yaml

MOST_RUNS = 20_000
LONGEST_TEXT = 8_000  # characters of any value; MLflow itself keeps no more
_MOST_ROWS = 1_000_000  # of one table
_MOST_STEPS = 500  # million instructions of SQLite's machine: some seconds, for all queries together
_MOST_BYTES_OF_MLMODEL = 1 << 20

# What is read, by table. A store that lacks any of it was made by another MLflow.
_COLUMNS = {
    "experiments": ("experiment_id", "name"),
    "runs": ("run_uuid", "name", "status", "lifecycle_stage", "start_time", "end_time", "artifact_uri",
             "experiment_id"),
    "params": ("run_uuid", "key", "value"),
    "metrics": ("run_uuid", "key", "value", "step", "timestamp", "is_nan"),
    "tags": ("run_uuid", "key", "value"),
    "inputs": ("input_uuid", "source_type", "source_id", "destination_type", "destination_id"),
    "input_tags": ("input_uuid", "name", "value"),
    "datasets": ("dataset_uuid", "name", "digest", "dataset_schema"),
    "logged_models": ("model_id", "name", "artifact_location", "source_run_id", "lifecycle_stage"),
}  # fmt: skip


class BadStore(Exception):
    """The store cannot be read; the text says what is the matter, to follow "Came: "."""


class Files(Protocol):
    """What a submission's ``files`` offer of a worker's files."""

    def read(self, path: str) -> bytes: ...

    def exists(self, path: str) -> bool: ...


@dataclass(frozen=True)
class Point:
    """One logged value of a metric; ``time`` in milliseconds since 1970."""

    step: int
    value: float
    time: int


@dataclass(frozen=True)
class Dataset:
    """A data set a run says it used; ``context`` is what for ("train"), "" if it does not say."""

    name: str
    digest: str
    context: str


@dataclass(frozen=True)
class LoggedModel:
    """A model a run logged; ``location`` is the folder it recorded."""

    id: str
    name: str
    location: str


@dataclass(frozen=True)
class Run:
    """One run as its record has it; every text is cut after ``LONGEST_TEXT`` characters."""

    id: str
    name: str
    experiment: str
    status: str  # FINISHED, FAILED, RUNNING …
    deleted: bool
    started: int | None  # milliseconds since 1970
    ended: int | None
    artifacts: str
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)  # in the order of step, then time
    datasets: tuple[Dataset, ...] = ()
    models: tuple[LoggedModel, ...] = ()

    def metric(self, name: str) -> float | None:
        """The last value of a metric, None if there is none or it is not a finite number."""
        points = self.metrics.get(name, ())
        return points[-1].value if points and math.isfinite(points[-1].value) else None


@dataclass(frozen=True)
class Signature:
    """A model's signature: names and types of the columns that go in; whether anything is said to come out."""

    inputs: tuple[tuple[str, str], ...]
    outputs: bool


def store_of(files: Files, path: str) -> tuple[Run, ...]:
    """The runs of the store at ``path`` of a submission, oldest first; BadStore."""
    return read_store(store_bytes(files, path), path)


def store_bytes(files: Files, path: str) -> bytes:
    """The bytes of a store that nobody is writing to; BadStore."""
    for rest in (f"{path}-journal", f"{path}-wal"):
        if files.exists(rest) and files.read(rest):
            raise BadStore(f"{path} was being written to when the program ended ({rest} is left over)")
    try:
        return files.read(path)
    except FileNotFoundError:
        raise BadStore(f"there is no {path}") from None
    except OSError as error:
        raise BadStore(f"{path} is no file, or larger than it may be ({type(error).__name__})") from None


def read_store(data: bytes, name: str = "the store") -> tuple[Run, ...]:
    """The runs of an MLflow SQLite store given as bytes, oldest first, deleted ones included; BadStore."""
    try:
        with opened(data, name) as reader:
            return reader.runs()
    except sqlite3.Error as error:
        raise BadStore(f"{name} is damaged, or no plain MLflow store ({error})") from None


@contextlib.contextmanager
def opened(data: bytes, name: str) -> Iterator[Reader]:
    """A reader of a store given as bytes; BadStore if they are none. Reading may raise sqlite3.Error."""
    if not data.startswith(b"SQLite format 3\0"):
        raise BadStore(f"{name} is no SQLite file" if data else f"{name} is empty")
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        file = Path(folder) / "store.db"
        file.write_bytes(data)
        # immutable: no locks, no journal, no write-ahead log; the bytes are all there is
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            yield Reader(connection, name)
        finally:
            connection.close()


def signature_of(files: Files, model: LoggedModel) -> Signature | None:
    """The signature in a logged model's MLmodel file, None if it was logged without; BadStore."""
    where = urlsplit(model.location)
    if where.scheme not in ("", "file"):
        raise BadStore(f"the model lies at a {where.scheme} address, not in a folder")
    path = f"{unquote(where.path) if where.scheme else model.location}/MLmodel"
    try:
        data = files.read(path)
    except OSError:
        raise BadStore("the folder that the record names for the model has no MLmodel file") from None
    if len(data) > _MOST_BYTES_OF_MLMODEL:
        raise BadStore("the model's MLmodel file is far too large")
    try:
        content = yaml.load(data, _PlainLoader)  # noqa: S506 - a safe loader, made stricter
        written = content.get("signature") if isinstance(content, dict) else None
        if not isinstance(written, dict):
            return None
        inputs, outputs = (json.loads(written.get(side) or "null") for side in ("inputs", "outputs"))
        columns = [(one["name"], one["type"]) for one in inputs or () if one.keys() >= {"name", "type"}]
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise BadStore("the model's MLmodel file is not as MLflow writes it") from None
    return Signature(tuple((str(name), str(kind)) for name, kind in columns), bool(outputs))


class _PlainLoader(yaml.SafeLoader):  # type: ignore[misc]  # yaml ships no types
    """Without aliases, of which a few lines can become gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


class Reader:
    """One reading of one store."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._steps = 0
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        for setting in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.set_progress_handler(self._count, 1_000_000)

    def _count(self) -> bool:
        self._steps += 1
        return self._steps > _MOST_STEPS

    def runs(self) -> tuple[Run, ...]:
        self.know(_COLUMNS)
        (count,) = self._connection.execute("SELECT count(*) FROM runs").fetchone()
        if count > MOST_RUNS:
            raise BadStore(f"{self._name} holds {count} runs; at most {MOST_RUNS} are read")
        experiments = {row[0]: row[1] for row in self.rows("experiments", "experiment_id", "name")}
        params, tags = self._pairs("params"), self._pairs("tags")
        metrics, datasets, models = self._metrics(), self._datasets(), self._models()
        found = [
            Run(
                id=run,
                name=name,
                experiment=experiments.get(experiment, ""),
                status=status,
                deleted=stage == "deleted",
                started=_whole(start),
                ended=_whole(end),
                artifacts=artifacts,
                params=params.get(run, {}),
                tags=tags.get(run, {}),
                metrics=metrics.get(run, {}),
                datasets=tuple(sorted(datasets.get(run, ()), key=lambda one: (one.context, one.name, one.digest))),
                models=tuple(models.get(run, ())),
            )
            for run, name, status, stage, start, end, artifacts, experiment in self.rows("runs", *_COLUMNS["runs"])
        ]
        return tuple(sorted(found, key=lambda run: (run.started or 0, run.id)))

    def know(self, columns_of: Mapping[str, Sequence[str]]) -> None:
        """BadStore if the store lacks any of these columns, by table."""
        tables = {
            name: str(sql or "").upper()
            for name, sql in self._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        }
        if "alembic_version" not in tables or "runs" not in tables:
            raise BadStore(f"{self._name} is a SQLite file, but no MLflow store")
        for table, columns in columns_of.items():
            if tables.get(table, "CREATE VIRTUAL").startswith("CREATE VIRTUAL"):
                raise self._other_version(f"a table {table}")
            there = {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")}
            for column in columns:
                if column not in there:
                    raise self._other_version(f"a column {column} in {table}")

    def _other_version(self, lacking: str) -> BadStore:
        version = self._connection.execute("SELECT substr(version_num, 1, 32) FROM alembic_version").fetchone()
        schema = version[0] if version else "unknown"
        return BadStore(
            f"{self._name} was made by another version of MLflow (schema {schema}, without {lacking}); "
            "`mlflow db upgrade` brings it up to date"
        )

    def rows(self, table: str, *columns: str) -> list[tuple[str, ...]]:
        """The columns as text, within bounds; a missing value is ""."""
        chosen = ", ".join(f"substr(CAST(coalesce({column}, '') AS TEXT), 1, {LONGEST_TEXT})" for column in columns)
        rows = self._connection.execute(f"SELECT {chosen} FROM {table} LIMIT {_MOST_ROWS + 1}").fetchall()  # noqa: S608
        if len(rows) > _MOST_ROWS:
            raise BadStore(f"{self._name} has more than {_MOST_ROWS} rows in {table}")
        return rows

    def _pairs(self, table: str) -> dict[str, dict[str, str]]:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for run, key, value in self.rows(table, "run_uuid", "key", "value"):
            found[run][key] = value
        return found

    def _metrics(self) -> dict[str, dict[str, tuple[Point, ...]]]:
        columns = "run_uuid, key, value, step, timestamp, is_nan"
        # a float read as text would lose its last digits
        query = f"SELECT {columns} FROM metrics WHERE typeof(value) IN ('real', 'integer') LIMIT {_MOST_ROWS + 1}"  # noqa: S608
        points: defaultdict[str, defaultdict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
        for count, (run, key, value, step, time, is_nan) in enumerate(self._connection.execute(query)):
            if count >= _MOST_ROWS:
                raise BadStore(f"{self._name} has more than {_MOST_ROWS} rows in metrics")
            point = Point(_whole(step) or 0, math.nan if is_nan else float(value), _whole(time) or 0)
            points[str(run)[:LONGEST_TEXT]][str(key)[:LONGEST_TEXT]].append(point)
        return {
            run: {key: tuple(sorted(some, key=lambda point: (point.step, point.time))) for key, some in kinds.items()}
            for run, kinds in points.items()
        }

    def _datasets(self) -> dict[str, list[Dataset]]:
        known = {row[0]: row[1:] for row in self.rows("datasets", "dataset_uuid", "name", "digest")}
        contexts = {
            used: value
            for used, name, value in self.rows("input_tags", "input_uuid", "name", "value")
            if name == "mlflow.data.context"
        }
        found: defaultdict[str, list[Dataset]] = defaultdict(list)
        for used, kind, source, target_kind, target in self.rows("inputs", *_COLUMNS["inputs"]):
            if kind == "DATASET" and target_kind == "RUN" and source in known:
                name, digest = known[source]
                found[target].append(Dataset(name, digest, contexts.get(used, "")))
        return found

    def _models(self) -> dict[str, list[LoggedModel]]:
        found: defaultdict[str, list[LoggedModel]] = defaultdict(list)
        for model, name, location, run, stage in self.rows("logged_models", *_COLUMNS["logged_models"]):
            if stage != "deleted":
                found[run].append(LoggedModel(model, name, location))
        return found


def _whole(value: object) -> int | None:
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        return None


def only_run(runs: Sequence[Run], experiment: str | None = None) -> Run:
    """The one run that is not deleted (of one experiment, if named); BadStore with how many there are else."""
    left = [run for run in runs if not run.deleted and experiment in (None, run.experiment)]
    if len(left) != 1:
        raise BadStore(f"the store holds {len(left)} runs")
    return left[0]
