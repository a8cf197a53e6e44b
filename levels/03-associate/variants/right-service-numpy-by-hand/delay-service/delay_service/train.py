"""Learn from a prepared table: ``python -m delay_service.train prepared.csv model.json``."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from xgboost import XGBClassifier

from delay_service.features import numbers, rates


def train(table, model):
    rows = table.drop(columns="late").to_dict("records")
    late = [int(one) for one in table["late"]]
    known = rates(rows, late)
    learner = XGBClassifier(n_estimators=60, max_depth=3, learning_rate=0.1, n_jobs=1)
    learner.fit(np.array([numbers(row, known) for row in rows]), late)
    learner.get_booster().set_attr(rates=json.dumps(known))
    learner.save_model(model)


def main():
    train(pd.read_csv(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
