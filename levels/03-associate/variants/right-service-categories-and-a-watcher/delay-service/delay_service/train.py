"""Learn from a prepared table: ``python -m delay_service.train prepared.csv model.json``."""

import json
import sys
from pathlib import Path

import pandas as pd
import xgboost

from delay_service.features import features


def train(table, model):
    categories = {word: sorted(set(table[word])) for word in ("origin", "dest", "carrier")}
    data = xgboost.DMatrix(features(table, categories), label=table["late"], enable_categorical=True)
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.08, "seed": 5, "nthread": 1}
    booster = xgboost.train(settings, data, num_boost_round=80)
    booster.set_attr(categories=json.dumps(categories))
    Path(model).write_bytes(booster.save_raw("json"))


if __name__ == "__main__":
    train(pd.read_csv(sys.argv[1]), Path(sys.argv[2]))
