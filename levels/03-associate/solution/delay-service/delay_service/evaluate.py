"""Score a model on flights it has not seen: ``python -m delay_service.evaluate model.json holdout.csv metrics.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from delay_service.params import section
from delay_service.score import chances


def evaluate(late: np.ndarray, given: np.ndarray, alarm: float) -> dict[str, float]:
    """The metrics of the chances ``given`` to flights that were ``late`` (1) or not (0)."""
    red = given >= alarm
    return {
        "auc": float(roc_auc_score(late, given)),
        "log_loss": float(log_loss(late, given.astype(float))),
        "flights": len(late),
        "alarms": int(red.sum()),
        "caught": float(red[late == 1].mean()),
    }


def main(argv: list[str]) -> int:
    model, table, target = argv
    rows = pd.read_csv(table)
    found = evaluate(rows["late"].to_numpy(), chances(model, rows.drop(columns="late")), section("evaluate")["alarm"])
    Path(target).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
