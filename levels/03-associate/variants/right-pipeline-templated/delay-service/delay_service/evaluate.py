"""The five metrics of model.json on holdout.csv."""

import argparse
import json
import math

import numpy as np
import pandas as pd

from delay_service.score import chances


def auc(late, given):
    """The share of pairs of a late and a punctual flight in which the late one has the higher chance; a tie is half."""
    ranks = pd.Series(given).rank().to_numpy()
    n_late = int(late.sum())
    return (ranks[late].sum() - n_late * (n_late + 1) / 2) / (n_late * (len(late) - n_late))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--alarm", type=float, required=True)
    alarm = parser.parse_args().alarm
    rows = pd.read_csv("holdout.csv")
    late = rows.pop("late").to_numpy() == 1
    given = np.clip(chances("model.json", rows).astype(float), 1e-15, 1 - 1e-15)
    called = given >= alarm
    with open("metrics.json", "w") as file:
        json.dump(
            {
                "flights": len(rows),
                "auc": float(auc(late, given)),
                "log_loss": -math.fsum(np.log(np.where(late, given, 1 - given))) / len(rows),
                "caught": float(called[late].sum() / late.sum()),
                "alarms": int(called.sum()),
            },
            file,
            sort_keys=True,
        )


if __name__ == "__main__":
    main()
