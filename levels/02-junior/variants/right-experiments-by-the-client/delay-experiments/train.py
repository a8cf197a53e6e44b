"""Train one model and score it: ``python train.py [options]``, ``--help`` lists them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.models import infer_signature
from scipy.stats import rankdata

from delay_experiments import data, model, record

RECORDED = ["model", "C", "trees", "depth", "rows", "train", "test", "seed"]


def options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train one model of late departures and score it.")
    parser.add_argument("--model", choices=model.MODELS, default="logistic")
    parser.add_argument("--C", type=float, default=1.0, help="logistic: inverse penalty")
    parser.add_argument("--trees", type=int, default=40, help="forest: how many")
    parser.add_argument("--depth", type=int, default=6, help="forest: how many levels at most")
    parser.add_argument("--rows", type=int, default=0, help="train on this many rows, drawn at random; 0: on all")
    parser.add_argument("--train", default="1-6", help="months to train on")
    parser.add_argument("--test", default="7-8", help="months to score on")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn at random")
    parser.add_argument("--data", default="data", help="folder of the months' files")
    parser.add_argument("--store", default="sqlite:///mlflow.db", help="the MLflow store")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    chosen = options(argv)
    try:
        plan = Plan(chosen)
    except data.BadInput as problem:
        sys.stderr.write(f"train.py: {problem}\n")
        return 2
    mlflow.set_tracking_uri(chosen.store)
    client = MlflowClient()
    known = client.get_experiment_by_name("late-departures")
    experiment = known.experiment_id if known else client.create_experiment("late-departures")
    run = client.create_run(experiment).info.run_id
    client.log_batch(run, params=[Param(name, str(getattr(chosen, name))) for name in RECORDED], tags=plan.tags())
    client.log_inputs(run, plan.inputs())
    try:
        scores, table, fitted = plan.carry_out()
        now = int(time.time() * 1000)
        client.log_batch(run, metrics=[Metric(name, value, now, step) for name, value, step in scores])
        client.log_text(run, table, "predictions.csv")
        with mlflow.start_run(run_id=run):
            mlflow.sklearn.log_model(
                fitted,
                name="model",
                signature=infer_signature(plan.test[data.FEATURES].head(50), np.array([0.5])),
                serialization_format="cloudpickle",
                pip_requirements=["scikit-learn"],
            )
    except BaseException:
        client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run, "FINISHED")
    return 0


class Plan:
    """Everything a run needs, checked before it starts."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.folder = Path(chosen.data)
        self.months = {use: data.months(getattr(chosen, use)) for use in ("train", "test")}
        for month in self.months["train"]:
            if month in self.months["test"]:
                raise data.BadInput(f"--train and --test both name month {month}")
        self.train = data.read(self.folder, self.months["train"])
        self.test = data.read(self.folder, self.months["test"])
        self.commit, self.dirty = record.git_state(Path(__file__).resolve().parent)

    def tags(self) -> list[RunTag]:
        return [RunTag("git.commit", self.commit), RunTag("git.dirty", ("no", "yes")[self.dirty])]

    def inputs(self) -> list[DatasetInput]:
        made = []
        for use, table in (("train", self.train), ("test", self.test)):
            source = mlflow.data.from_pandas(table, name=f"{use} months", digest=record.digest(self.folder, self.months[use]))
            made.append(DatasetInput(source._to_mlflow_entity(), [InputTag("mlflow.data.context", use)]))
        return made

    def carry_out(self):
        chosen, train = self.chosen, self.train
        for_rows, for_forest = np.random.SeedSequence(chosen.seed).spawn(2)
        if chosen.rows:
            train = train.sample(min(chosen.rows, len(train)), random_state=np.random.default_rng(for_rows))
        seed = int(for_forest.generate_state(1)[0])
        fitted = model.build(chosen.model, chosen.C, chosen.trees, chosen.depth, seed)
        fitted.fit(train[data.FEATURES], train[data.LABEL])
        late = self.test[data.LABEL].to_numpy()
        chance = fitted.predict_proba(self.test[data.FEATURES])[:, list(fitted.classes_).index(1)]
        given = np.where(late == 1, chance, 1 - chance)
        scores = [("auc", _auc(late, chance), 0), ("log_loss", float(-np.log(given).mean()), 0)]
        for month in self.months["test"]:
            here = (self.test["month"] == month).to_numpy()
            scores.append(("auc_by_month", _auc(late[here], chance[here]), month))
        lines = [f"{flight},{float(value)!r}" for flight, value in zip(self.test["flight"], chance)]
        return scores, "\n".join(["flight,chance", *lines, ""]), fitted


def _auc(late: np.ndarray, chance: np.ndarray) -> float:
    """The share of pairs of a late and a punctual flight in which the late one has the higher chance."""
    ranks = rankdata(chance)
    positives = int(late.sum())
    wins = ranks[late == 1].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * (len(late) - positives)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
