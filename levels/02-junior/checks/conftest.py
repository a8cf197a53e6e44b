"""What the checks of delay-experiments share: the lab that runs a submission and reads its store as data."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from grader.judges.kits.mlflow_store import BadStore, LoggedModel, Run, Signature, only_run, signature_of, store_of

EXPERIMENT = "late-departures"
NUMBERS = ["hour", "distance", "temp", "wind_speed", "precip", "visib"]
WORDS = ["origin", "carrier"]
SECONDS = 30.0  # the README says 20; a machine that is busy gets some more


@dataclass(frozen=True)
class Record:
    """One run of train.py: what it was asked for and what its store says of it."""

    asked: Mapping[str, str]
    run: Run
    store: str
    tried: str

    def metric(self, name: str) -> float:
        value = self.run.metric(name)
        assert value is not None, (
            f"Tried: {self.tried}, and read the metric {name} in the store.\n"
            "Came: there is none, or it is no finite number.\n"
            "Look: the table of what a run leaves, in the README.")
        return value


class Lab:
    """Runs train.py and compare.py the way the README says, each run with a store of its own."""

    def __init__(self, submission: Any) -> None:
        self._submission = submission
        self._stores = 0
        self._ready = False

    @property
    def files(self) -> Any:
        return self._submission.files

    # -- data

    def months(self, folder: str = "data", n: int = 0) -> dict[int, pd.DataFrame]:
        """Lay draw ``n`` of the months below ``folder``; the tables by month, as the judge has them."""
        tables = {}
        for file in sorted((self._submission.fresh(n).data / "data").glob("2013-*.csv")):
            if folder != "data":
                self.files.write(f"{folder}/{file.name}", file.read_bytes())
            tables[int(file.stem[-2:])] = _table(file.read_bytes())
        return tables

    def month_file(self, month: int, n: int = 0) -> bytes:
        data: bytes = (self._submission.fresh(n).data / "data" / f"2013-{month:02d}.csv").read_bytes()
        return data

    def digest(self, months: list[int], n: int = 0) -> str:
        """What record.digest has to say of these months."""
        return hashlib.sha256(b"".join(self.month_file(month, n) for month in months)).hexdigest()[:32]

    # -- running

    def git_is_whole(self) -> None:
        """A submission comes with commits and without git's index; make it, as a clone has one."""
        if not self._ready:
            self._submission.run(["git", "reset", "-q"])
            self._ready = True

    def start(self, *options: str, script: str = "train.py", data: str = "data") -> tuple[Any, str]:
        """Run train.py with a store without runs; how it ended, and the store's path."""
        self.git_is_whole()
        self._stores += 1
        store = f"stores/{self._stores}.db"
        self.files.write(store, (self._submission.own.truth / "empty.db").read_bytes())
        where = ["--data", data, "--store", f"sqlite:///{store}"]
        return self._submission.run(["python", script, *options, *where], seconds=SECONDS), store

    def train(self, tried: str, script: str = "train.py", data: str = "data", **asked: object) -> Record:
        """One run that has to end well; fails the check if it does not, or leaves no record."""
        options = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
        done, store = self.start(*options, script=script, data=data)
        assert done.returncode == 0, (
            f"Tried: {tried}.\n"
            f"Came: `python {script} {' '.join(options)}` ended with exit code {done.returncode} "
            f"({_last(done.stderr)}).\n"
            "Look: run it like that yourself.")
        run = self.only(store, tried)
        assert run.status == "FINISHED", (
            f"Tried: {tried}.\n"
            f"Came: exit code 0, and a run that is {run.status} in the store.\n"
            "Look: a run that was started has to be ended: a `with` block does it.")
        return Record({name: str(value) for name, value in asked.items()}, run, store, tried)

    def only(self, store: str, tried: str) -> Run:
        """The one run of the experiment in a store."""
        try:
            return only_run(store_of(self.files, store), EXPERIMENT)
        except BadStore as bad:
            raise AssertionError(
                f"Tried: {tried}, and read the experiment {EXPERIMENT} in the store that --store names.\n"
                f"Came: {bad}; one run was expected.\n"
                "Look: mlflow.set_tracking_uri, mlflow.set_experiment, and one start_run for each call of train.py."
            ) from None

    def runs(self, store: str) -> tuple[Run, ...]:
        """Every run of a store; none if it cannot be read."""
        try:
            return store_of(self.files, store)
        except BadStore:
            return ()

    # -- what a run left

    def predictions(self, record: Record, truth: pd.DataFrame) -> pd.DataFrame:
        """``truth`` (flight, month, late) with the chance that the run's predictions.csv gives each flight."""
        path = f"{_local(record.run.artifacts)}/predictions.csv"
        try:
            lines = list(csv.DictReader(io.StringIO(self.files.read(path).decode("utf-8", "replace"), newline="")))
        except OSError:
            lines = []
        chances = {str(line.get("flight")): _number(line.get("chance")) for line in lines}
        assert lines and len(chances) == len(lines) and chances.keys() == set(truth["flight"]), (
            f"Tried: {record.tried}, and read the run's artifact predictions.csv.\n"
            f"Came: {len(lines)} rows for {len(truth)} flights of the test months"
            f"{'' if len(chances) == len(lines) else ', some of them twice'}.\n"
            "Look: one row for each flight of the test months, columns flight and chance; "
            "mlflow.log_text or log_artifact.")
        wrong = [chance for chance in chances.values() if chance is None or not 0 <= chance <= 1]
        assert not wrong, (
            f"Tried: {record.tried}, and read the run's artifact predictions.csv.\n"
            f"Came: {len(wrong)} chances that are no numbers from 0 to 1.\n"
            "Look: predict_proba gives two columns; the second is the chance of being late.")
        return truth.assign(chance=[chances[flight] for flight in truth["flight"]])

    def signature(self, record: Record) -> Signature | None:
        model = self.model(record)
        try:
            return signature_of(self.files, model)
        except BadStore as bad:
            raise AssertionError(
                f"Tried: {record.tried}, and read the signature of its model.\n"
                f"Came: {bad}.\n"
                "Look: mlflow.sklearn.log_model(…, name=\"model\", signature=…) inside the run.") from None

    def model(self, record: Record) -> LoggedModel:
        named = [model for model in record.run.models if model.name == "model"]
        assert len(named) == 1, (
            f"Tried: {record.tried}, and looked for the model it logged.\n"
            f"Came: {len(named)} models under the name model.\n"
            "Look: mlflow.sklearn.log_model(…, name=\"model\") inside the run.")
        return named[0]


def _last(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "nothing on stderr"


def _local(location: str) -> str:
    return location.removeprefix("file://")


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _table(data: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values=[""])


def _fitted(train: pd.DataFrame, test: pd.DataFrame, C: float) -> Any:
    """The chances that the logistic regression of ``model.build`` gives, fitted by the judge."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = ColumnTransformer([("n", numbers, NUMBERS), ("w", OneHotEncoder(handle_unknown="ignore"), WORDS)])
    fitted = make_pipeline(columns, LogisticRegression(C=C, max_iter=2000))
    return fitted.fit(train, train["late"]).predict_proba(test)[:, 1]


@pytest.fixture
def lab(submission: Any) -> Lab:
    return Lab(submission)


@pytest.fixture
def fitted() -> Callable[[pd.DataFrame, pd.DataFrame, float], Any]:
    return _fitted


@pytest.fixture
def last_line() -> Callable[[bytes], str]:
    return _last


@pytest.fixture
def number() -> Callable[[str | None], float | None]:
    return _number


@pytest.fixture
def draw() -> random.Random:
    """Options nobody can guess: other ones in each grading."""
    return random.Random(random.getrandbits(64))


@pytest.fixture
def to_compare(submission: Any) -> dict[str, Any]:
    """What compare.py has to say about the store compare.db, of another draw than the learner's own."""
    case = submission.fresh(1)
    told: dict[str, Any] = json.loads((Path(case.truth) / "compare.json").read_text(encoding="utf-8"))
    return told | {"store": (Path(case.truth) / "compare.db").read_bytes()}
