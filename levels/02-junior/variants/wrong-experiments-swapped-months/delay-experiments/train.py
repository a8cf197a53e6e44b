"""Train one model and score it: ``python train.py [options]``, ``--help`` lists them.

Each run leaves a record in the MLflow store from which it can be made again to the last digit: README.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import mlflow
import numpy as np
import sklearn
from mlflow.models import infer_signature
from sklearn.metrics import log_loss, roc_auc_score

from delay_experiments import data, model, record

EXPERIMENT = "late-departures"
WHERE = {"data", "store"}  # options that say where things lie: not part of what the run is
ROOT = Path(__file__).resolve().parent


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
    """One run; README.md says which exit code means what."""
    chosen = options(argv)
    folder = Path(chosen.data)
    try:
        months = {"train": data.months(chosen.train), "test": data.months(chosen.test)}
        both = sorted(set(months["train"]) & set(months["test"]))
        if both:
            raise data.BadInput(f"month {both[0]} is both to train on and to score on")
        tables = {use: data.read(folder, wanted) for use, wanted in months.items()}
        commit, dirty = record.git_state(ROOT)
    except data.BadInput as problem:
        print(f"train.py: {problem}", file=sys.stderr)
        return 2
    mlflow.set_tracking_uri(chosen.store)
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run():
        mlflow.log_params({name: value for name, value in vars(chosen).items() if name not in WHERE})
        mlflow.set_tags({"git.commit": commit, "git.dirty": "yes" if dirty else "no"})
        for use, table in tables.items():
            digest = record.digest(folder, months[use])
            mlflow.log_input(mlflow.data.from_pandas(table, name=use, digest=digest), context=use)
        _train_and_score(chosen, tables["test"], tables["train"])
    return 0


def _train_and_score(chosen: argparse.Namespace, train, test) -> None:
    rng = np.random.default_rng(chosen.seed)
    if chosen.rows:
        train = train.iloc[rng.permutation(len(train))[: chosen.rows]]
    fitted = model.build(chosen.model, chosen.C, chosen.trees, chosen.depth, chosen.seed)
    fitted.fit(train[data.FEATURES], train[data.LABEL])
    chances = fitted.predict_proba(test[data.FEATURES])[:, 1]
    scored = test[["flight", "month", data.LABEL]].assign(chance=chances)
    mlflow.log_metric("auc", roc_auc_score(scored[data.LABEL], scored["chance"]))
    mlflow.log_metric("log_loss", log_loss(scored[data.LABEL], scored["chance"]))
    for month, rows in scored.groupby("month"):
        mlflow.log_metric("auc_by_month", roc_auc_score(rows[data.LABEL], rows["chance"]), step=int(month))
    mlflow.log_text(scored[["flight", "chance"]].to_csv(index=False), "predictions.csv")
    mlflow.sklearn.log_model(
        fitted,
        name="model",
        signature=infer_signature(test[data.FEATURES], chances),
        skops_trusted_types=["numpy.dtype", "sklearn.tree._tree.Tree"],  # what the file format does not know by itself
        pip_requirements=[f"scikit-learn=={sklearn.__version__}"],  # left to itself, MLflow looks for them for long
    )
    print(f"auc {roc_auc_score(scored[data.LABEL], scored['chance']):.4f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
