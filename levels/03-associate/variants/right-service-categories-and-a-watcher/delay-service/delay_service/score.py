"""What a model gives the flights of a table; the service uses the same."""

import hashlib
import json
from pathlib import Path

import xgboost

from delay_service.features import features


class Scorer:
    def __init__(self, data):
        self.name = hashlib.sha256(data).hexdigest()
        self.booster = xgboost.Booster(model_file=bytearray(data))
        self.booster.set_param({"nthread": 1})
        self.categories = json.loads(self.booster.attr("categories"))

    def chances(self, table):
        matrix = xgboost.DMatrix(features(table, self.categories), enable_categorical=True)
        return self.booster.predict(matrix)


def chances(model, table):
    return Scorer(Path(model).read_bytes()).chances(table)
