"""Learn from a prepared table: ``python -m delay_service.train prepared.csv model.json``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pandas as pd
from xgboost import XGBClassifier

from delay_service.features import features, known_words
from delay_service.model import ATTRIBUTE
from delay_service.params import section


def train(table: pd.DataFrame, model: Path) -> None:
    """Learn from every row of a prepared table, and write the file ``model``."""
    known = known_words(table)
    chosen = section("train")
    learner = XGBClassifier(
        n_estimators=chosen["trees"], max_depth=chosen["depth"], learning_rate=chosen["rate"],
        subsample=chosen["share"], random_state=chosen["seed"], n_jobs=1,
    )  # fmt: skip
    learner.fit(features(table, known), table["late"])
    booster = learner.get_booster()
    booster.set_attr(**{ATTRIBUTE: json.dumps(known)})
    beside = model.with_name(f"{model.name}.{os.getpid()}.json")  # nobody may see half of a file
    booster.save_model(beside)
    beside.replace(model)


def main(argv: list[str]) -> int:
    table, model = argv
    train(pd.read_csv(table), Path(model))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
