"""Put model.json into the registry while it is logged."""

import hashlib
import json
import sys

import mlflow
import xgboost
import yaml


def register(store):
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("delay-service")
    client = mlflow.MlflowClient()
    with open("model.json", "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    for version in client.search_model_versions("name='delay'"):
        if version.tags.get("sha256") == sha256:
            sys.exit(0)
    with open("metrics.json") as file:
        metrics = json.load(file)
    with open("params.yaml") as file:
        params = {f"{stage}.{key}": value for stage, some in yaml.safe_load(file).items() for key, value in some.items()}
    model = xgboost.XGBClassifier()
    model.load_model("model.json")
    names = model.get_booster().feature_names
    rows = xgboost.DMatrix([[float("nan")] * len(names)] * 2, feature_names=names)
    example = dict.fromkeys(names, [0.5, float("nan")])
    import pandas as pd

    signature = mlflow.models.infer_signature(pd.DataFrame(example), model.get_booster().predict(rows))
    with mlflow.start_run(run_name="registered") as run:
        mlflow.log_params(params)
        mlflow.log_metrics(metrics)
        mlflow.xgboost.log_model(
            model, name="delay", signature=signature, registered_model_name="delay", pip_requirements=["xgboost", "pandas"]
        )
    (mine,) = client.search_model_versions(f"run_id='{run.info.run_id}'")
    client.set_model_version_tag("delay", mine.version, "sha256", sha256)
    aliases = client.get_registered_model("delay").aliases
    if "champion" in aliases:
        champion = client.get_model_version("delay", aliases["champion"])
        if client.get_run(champion.run_id).data.metrics["auc"] >= metrics["auc"]:
            return
    client.set_registered_model_alias("delay", "champion", mine.version)


if __name__ == "__main__":
    register(sys.argv[sys.argv.index("--store") + 1] if "--store" in sys.argv else "sqlite:///mlflow.db")
