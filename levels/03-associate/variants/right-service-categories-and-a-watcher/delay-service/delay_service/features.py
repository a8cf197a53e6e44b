"""What the model sees of a flight."""

import pandas as pd

COLUMNS = ["hour", "weekday", "origin", "dest", "carrier", "distance", "temp", "wind_speed", "precip", "visib"]


def features(table, categories):
    """One row for each row of the table; ``categories`` are those of the words, in the order of training."""
    when = pd.to_datetime(table["time"])
    columns = {"hour": when.dt.hour + when.dt.minute / 60, "weekday": when.dt.dayofweek.astype("int64")}
    for column in COLUMNS[2:]:
        if column in categories:
            columns[column] = pd.Categorical(table[column], categories=categories[column])
        else:
            columns[column] = pd.to_numeric(table[column]).astype("float64")
    return pd.DataFrame(columns, index=table.index)[COLUMNS]
