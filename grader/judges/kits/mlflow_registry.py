"""The registered models in an MLflow store of a learner's, read as data: versions, their tags, aliases.

As in `mlflow_store`, the file comes from beside hostile code: it is never opened by MLflow, and no model is loaded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.judges.kits.mlflow_store import BadStore, Files, LoggedModel, Run, opened, store_bytes

_COLUMNS = {
    "model_versions": ("name", "version", "source", "run_id", "current_stage"),
    "model_version_tags": ("name", "version", "key", "value"),
    "registered_model_aliases": ("name", "alias", "version"),
}


@dataclass(frozen=True)
class Version:
    """One version of a registered model. ``source`` is what it was made from, an address such as `models:/m-4f…`."""

    number: int
    source: str
    run: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def model(self, runs: tuple[Run, ...]) -> LoggedModel | None:
        """The logged model it was made from, None if no run of the store has it."""
        logged = [model for run in runs for model in run.models]
        by_id = [model for model in logged if self.source == f"models:/{model.id}"]
        by_place = [model for model in logged if self.source.rstrip("/") == model.location.rstrip("/")]
        by_run = [model for model in logged if self.source == f"runs:/{self.run}/{model.name}"]
        return next(iter([*by_id, *by_place, *by_run]), None)


@dataclass(frozen=True)
class Registered:
    """A registered model: its versions, lowest number first, and which version each alias names."""

    name: str
    versions: tuple[Version, ...]
    aliases: Mapping[str, int] = field(default_factory=dict)


def registry_of(files: Files, path: str) -> dict[str, Registered]:
    """The registered models, by name, of the store at ``path`` of a submission; BadStore."""
    return read_registry(store_bytes(files, path), path)


def read_registry(data: bytes, name: str = "the store") -> dict[str, Registered]:
    """The registered models, by name, of an MLflow SQLite store given as bytes; BadStore."""
    try:
        with opened(data, name) as reader:
            reader.know(_COLUMNS)
            rows = {table: reader.rows(table, *columns) for table, columns in _COLUMNS.items()}
    except sqlite3.Error as error:
        raise BadStore(f"{name} is damaged, or no plain MLflow store ({error})") from None
    tags: dict[tuple[str, str], dict[str, str]] = {}
    for model, number, key, value in rows["model_version_tags"]:
        tags.setdefault((model, number), {})[key] = value
    versions: dict[str, list[Version]] = {}
    for model, number, source, run, stage in rows["model_versions"]:
        if number.isdecimal() and stage != "Deleted_Internal":
            versions.setdefault(model, []).append(Version(int(number), source, run, tags.get((model, number), {})))
    aliases: dict[str, dict[str, int]] = {}
    for model, alias, number in rows["registered_model_aliases"]:
        if number.isdecimal():
            aliases.setdefault(model, {})[alias] = int(number)
    return {
        model: Registered(model, tuple(sorted(some, key=lambda one: one.number)), aliases.get(model, {}))
        for model, some in versions.items()
    }
