"""Put the pipeline's model into the registry: ``python -m delay_service.register [--store sqlite:///mlflow.db]``."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import yaml
from mlflow.models import ModelSignature, infer_signature
from mlflow.tracking import MlflowClient

from delay_service.features import features
from delay_service.model import Model, read

NAME, EXPERIMENT, BEST = "delay", "delay-service", "champion"


def register(folder: Path, store: str) -> None:
    """A version of NAME for the model in ``folder``; BEST goes to it if no other version has a higher auc."""
    mlflow.set_tracking_uri(store)
    client = MlflowClient()
    model = read(folder / "model.json")
    if model.digest in {version.tags.get("sha256") for version in versions(client)}:
        print("this model is registered already")
        return
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    metrics: dict[str, float] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run():
        mlflow.log_params(flat(params))
        mlflow.log_metrics(metrics)
        logged = mlflow.xgboost.log_model(
            model.booster, name="model", model_format="json", signature=signature(model, folder / "holdout.csv"),
            pip_requirements=["xgboost"],  # named, or MLflow loads the model to find out, which takes long
        )  # fmt: skip
    version = mlflow.register_model(logged.model_uri, NAME, tags={"sha256": model.digest})
    if metrics["auc"] > champions_auc(client):
        for other in versions(client):
            client.set_model_version_tag(NAME, other.version, BEST, str(other.version == version.version))


def signature(model: Model, table: Path) -> ModelSignature:
    """The columns of ``features`` in, the chance out."""
    rows = pd.read_csv(table, nrows=100)
    made = features(rows, model.known).astype(float)  # any of them may be missing, which whole numbers cannot be
    return infer_signature(made, model.chances(rows))


def versions(client: MlflowClient) -> list[Any]:
    return list(client.search_model_versions(f"name = '{NAME}'"))


def champions_auc(client: MlflowClient) -> float:
    """The auc of the version that is BEST; less than any if there is none."""
    best = [version for version in versions(client) if version.tags.get(BEST) == "True"]
    return float(client.get_run(best[0].run_id).data.metrics["auc"]) if best else -1.0


def flat(nested: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """``{"train": {"depth": 3}}`` as ``{"train.depth": 3}``."""
    return {f"{stage}.{name}": value for stage, some in nested.items() for name, value in some.items()}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Register the pipeline's model.")
    parser.add_argument("--store", default="sqlite:///mlflow.db", help="the MLflow store")
    chosen = parser.parse_args(argv)
    register(Path(), chosen.store)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
