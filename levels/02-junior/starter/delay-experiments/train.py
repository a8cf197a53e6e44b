"""Train one model and score it: ``python train.py [options]``, ``--help`` lists them.

README.md says what a run has to leave in the MLflow store. So far it leaves nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from delay_experiments import data, model


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
    train = data.read(Path(chosen.data), data.months(chosen.train))
    test = data.read(Path(chosen.data), data.months(chosen.test))
    if chosen.rows:
        train = train.iloc[np.random.permutation(len(train))[: chosen.rows]]
    fitted = model.build(chosen.model, chosen.C, chosen.trees, chosen.depth)
    fitted.fit(train[data.FEATURES], train[data.LABEL])
    chances = fitted.predict_proba(test[data.FEATURES])[:, 1]
    print(f"auc {roc_auc_score(test[data.LABEL], chances):.4f}")
    print(f"log loss {log_loss(test[data.LABEL], chances):.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
