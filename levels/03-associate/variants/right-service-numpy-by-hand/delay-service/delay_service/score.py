"""A model's file, and the chances it gives."""

import hashlib
import json
from pathlib import Path

import numpy as np
from xgboost import Booster

from delay_service.features import numbers


class Reader:
    """The model of a file; ``fresh`` reads it again if it has changed."""

    def __init__(self, path):
        self.path = Path(path)
        self.now = None
        self._data = None

    def fresh(self):
        try:
            data = self.path.read_bytes()
        except OSError:
            return self.now
        if data == self._data:
            return self.now
        self._data = data
        try:
            booster = Booster(model_file=self._whole(data))
            booster.set_param({"nthread": 1})
            self.now = (hashlib.sha256(data).hexdigest(), booster, json.loads(booster.attr("rates")))
        except Exception as error:
            print("not taken:", str(error).split("\n")[0])
        return self.now

    @staticmethod
    def _whole(data):
        if b"learner" not in data:
            raise ValueError("no model of XGBoost's")
        return bytearray(data)


def by_rows(model, rows):
    _, booster, known = model
    return booster.inplace_predict(np.array([numbers(row, known) for row in rows], dtype=float))


def chances(model, table):
    return np.asarray(by_rows(Reader(model).fresh(), table.to_dict("records")))
