"""Learn from a prepared table: ``python -m delay_service.train prepared.csv model.json``."""

from __future__ import annotations

import sys
from pathlib import Path

import joblib
import pandas as pd
from xgboost import XGBClassifier

from delay_service.features import features


def train(table: pd.DataFrame, model: Path) -> None:
    """Learn from every row of a prepared table, and write the file ``model``."""
    learner = XGBClassifier(n_estimators=120, max_depth=3, learning_rate=0.06, subsample=0.8, n_jobs=1, random_state=0)
    learner.fit(features(table), table["late"])
    joblib.dump(learner, model)


def main(argv: list[str]) -> int:
    table, model = argv
    train(pd.read_csv(table), Path(model))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
