"""Two of the three stages: ``python -m delay_service.stages prepare`` and ``evaluate``; the third is train.py."""

import json
import sys

import pandas as pd


def prepare():
    from dvc.api import params_show

    from delay_service.prepare import prepare as together

    table = together(pd.read_csv("data/flights.csv"), pd.read_csv("data/weather.csv"))
    kept = pd.to_datetime(table["time"]) >= pd.Timestamp(params_show()["prepare"]["holdout_from"])
    table[~kept].to_csv("learn.csv", index=False)
    table[kept].to_csv("holdout.csv", index=False)


def evaluate():
    from dvc.api import params_show
    from sklearn import metrics

    from delay_service.score import chances

    rows = pd.read_csv("holdout.csv")
    rows["chance"] = chances("model.json", rows.drop(columns="late")).astype("float64")
    red = rows[rows["chance"] >= params_show()["evaluate"]["alarm"]]
    with open("metrics.json", "w") as file:
        json.dump(
            {
                "auc": float(metrics.roc_auc_score(rows["late"], rows["chance"])),
                "log_loss": float(metrics.log_loss(rows["late"], rows["chance"])),
                "flights": int(rows["late"].count()),
                "alarms": int(red["late"].count()),
                "caught": float(red["late"].sum() / rows["late"].sum()),
            },
            file,
        )


if __name__ == "__main__":
    {"prepare": prepare, "evaluate": evaluate}[sys.argv[1]]()
