"""One run, from the options to the record."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from sklearn.metrics import log_loss, roc_auc_score

from delay_experiments import data, model, record

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.double if name in data.NUMBERS else DataType.string, name) for name in data.FEATURES]),
    outputs=Schema([ColSpec(DataType.double)]),
)


def prepare(options: dict) -> dict:
    """The months' tables and digests; raises BadInput if the options ask for what cannot be."""
    folder = Path(options["data"])
    months = {use: data.months(options[use]) for use in ("train", "test")}
    if shared := set(months["train"]).intersection(months["test"]):
        raise data.BadInput(f"months {sorted(shared)}: to train on, or to score on?")
    return {use: (data.read(folder, some), record.digest(folder, some)) for use, some in months.items()}


def carry_out(options: dict, prepared: dict, commit: str, dirty: bool) -> None:
    mlflow.set_tracking_uri(options["store"])
    mlflow.set_experiment("late-departures")
    with mlflow.start_run(run_name=f"{options['model']} {options['seed']}"):
        for name in ("model", "C", "trees", "depth", "rows", "train", "test", "seed"):
            mlflow.log_param(name, options[name])
        mlflow.set_tag("git.commit", commit)
        mlflow.set_tag("git.dirty", "yes" if dirty else "no")
        for use, (table, digest) in prepared.items():
            mlflow.log_input(mlflow.data.from_pandas(table, digest=digest), context=use)
        train, test = prepared["train"][0], prepared["test"][0]
        random = np.random.RandomState(options["seed"] % 2**32)
        if 0 < options["rows"] < len(train):
            train = train.loc[random.choice(train.index, options["rows"], replace=False)]
        fitted = model.build(
            options["model"], options["C"], options["trees"], options["depth"], random_state=random.randint(2**31)
        ).fit(train[data.FEATURES], train[data.LABEL])
        table = test[["flight", "month", data.LABEL]].copy()
        table["chance"] = fitted.predict_proba(test[data.FEATURES])[:, 1]
        mlflow.log_metrics(scores(table))
        for month in sorted(table["month"].unique()):
            here = table[table["month"] == month]
            mlflow.log_metric("auc_by_month", scores(here)["auc"], step=int(month))
        with TemporaryDirectory() as folder:
            file = Path(folder) / "predictions.csv"
            table.to_csv(file, columns=["flight", "chance"], index=False)
            mlflow.log_artifact(str(file))
        mlflow.sklearn.log_model(
            fitted, name="model", signature=SIGNATURE, serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
        )


def scores(table) -> dict[str, float]:
    return {
        "auc": float(roc_auc_score(table[data.LABEL], table["chance"])),
        "log_loss": float(log_loss(table[data.LABEL], table["chance"])),
    }
