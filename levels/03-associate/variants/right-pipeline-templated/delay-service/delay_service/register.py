"""Put model.json into the registry."""

import argparse
import hashlib
import json
from pathlib import Path

import mlflow
import yaml
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from xgboost import Booster


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", default="sqlite:///mlflow.db")
    mlflow.set_tracking_uri(parser.parse_args().store)
    client = MlflowClient()
    digest = hashlib.sha256(Path("model.json").read_bytes()).hexdigest()
    try:
        client.create_registered_model("delay")
    except MlflowException:
        pass  # there is one
    there = client.search_model_versions("name='delay'")
    if any(version.tags.get("sha256") == digest for version in there):
        return
    metrics = json.loads(Path("metrics.json").read_text())
    experiment = client.get_experiment_by_name("delay-service")
    number = experiment.experiment_id if experiment else client.create_experiment("delay-service")
    booster = Booster(model_file="model.json")
    takes = Schema([ColSpec("double", name) for name in booster.feature_names])
    gives = Schema([ColSpec("double", "chance")])
    with mlflow.start_run(experiment_id=number) as run:
        for section, values in yaml.safe_load(Path("params.yaml").read_text()).items():
            for name, value in values.items():
                mlflow.log_param(f"{section}.{name}", value)
        for name, value in metrics.items():
            mlflow.log_metric(name, value)
        logged = mlflow.xgboost.log_model(
            booster, name="booster", signature=ModelSignature(takes, gives), pip_requirements=["xgboost"]
        )
    made = client.create_model_version("delay", logged.model_uri, run.info.run_id, tags={"sha256": digest})
    scores = {version.version: client.get_run(version.run_id).data.metrics["auc"] for version in there}
    if not scores or metrics["auc"] > max(scores.values()):
        client.set_registered_model_alias("delay", "champion", made.version)


if __name__ == "__main__":
    main()
