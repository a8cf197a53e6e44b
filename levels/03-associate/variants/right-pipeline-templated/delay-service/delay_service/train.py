"""Learn from a prepared table: ``python -m delay_service.train prepared.csv model.json``."""

import json
import sys
from pathlib import Path

import pandas as pd
import xgboost
import yaml

from delay_service.features import features, known_words
from delay_service.model import ATTRIBUTE


def train(table, model):
    chosen = yaml.safe_load(Path("params.yaml").read_text())["train"]
    known = known_words(table)
    settings = {
        "objective": "binary:logistic",
        "max_depth": chosen["depth"],
        "learning_rate": chosen["rate"],
        "subsample": chosen["share"],
        "seed": chosen["seed"],
        "nthread": 1,
    }
    data = xgboost.DMatrix(features(table, known), table["late"], nthread=1)
    booster = xgboost.train(settings, data, num_boost_round=chosen["trees"])
    booster.set_attr(**{ATTRIBUTE: json.dumps(known)})
    booster.save_model(model)


if __name__ == "__main__":
    train(pd.read_csv(sys.argv[1]), sys.argv[2])
