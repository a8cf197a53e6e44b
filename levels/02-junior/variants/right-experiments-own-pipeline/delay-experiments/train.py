"""Train one model and score it: ``python train.py [options]``, ``--help`` lists them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from delay_experiments import model, record, run
from delay_experiments.data import BadInput


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
    chosen = vars(options(argv))
    try:
        prepared = run.prepare(chosen)
        commit, dirty = record.git_state(Path(__file__).parent)
    except BadInput as problem:
        print(problem, file=sys.stderr)
        return 2
    run.carry_out(chosen, prepared, commit, dirty)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
