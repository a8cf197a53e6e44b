"""Compare the runs of a store: ``python compare.py [--store sqlite:///mlflow.db]``."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

import pandas as pd

NEEDED = {"model", "C", "trees", "depth", "rows", "train", "test", "seed"}
RUNS = """
SELECT r.run_uuid AS run, r.start_time AS start FROM runs r JOIN experiments e USING (experiment_id)
WHERE e.name = 'late-departures' AND r.status = 'FINISHED' AND r.lifecycle_stage = 'active'
"""
DIGESTS = """
SELECT i.destination_id AS run, t.value AS context, d.digest AS digest
FROM inputs i JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'
JOIN datasets d ON d.dataset_uuid = i.source_id WHERE i.source_type = 'DATASET'
"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", default="sqlite:///mlflow.db")
    file = Path(parser.parse_args(argv).store.removeprefix("sqlite:///"))
    if not file.is_file():
        print(f"no store {file}", file=sys.stderr)
        return 2
    with sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True) as store:
        table = compared(store)
    table.to_csv(sys.stdout, index=False, lineterminator="\n")
    return 0


def compared(store: sqlite3.Connection) -> pd.DataFrame:
    runs = pd.read_sql(RUNS, store)
    digests = pd.read_sql(DIGESTS, store)
    metrics = pd.read_sql("SELECT run_uuid AS run, key, value FROM latest_metrics WHERE is_nan = 0", store)
    params = pd.read_sql("SELECT run_uuid AS run, key FROM params", store).groupby("run")["key"].agg(set)
    tags = pd.read_sql("SELECT run_uuid AS run, key, value FROM tags", store)
    tags = tags.drop_duplicates(["run", "key"]).pivot(index="run", columns="key", values="value")
    used = digests.drop_duplicates(["run", "context"]).pivot(index="run", columns="context", values="digest")
    scores = metrics.drop_duplicates(["run", "key"]).pivot(index="run", columns="key", values="value")
    table = runs.set_index("run").join(used.reindex(columns=["train", "test"])).join(scores.reindex(columns=["auc", "log_loss"]))
    table = table.dropna(subset=["auc", "test"]).sort_values(["test", "auc", "start"], ascending=[True, False, True])
    table["place"] = table.groupby("test").cumcount() + 1
    tags = tags.reindex(index=table.index, columns=["git.commit", "git.dirty"])
    whole = [NEEDED <= params.get(run, set()) for run in table.index]
    whole &= table["train"].notna() & tags["git.commit"].fillna("").ne("") & tags["git.dirty"].eq("no")
    table["again"] = whole.map({True: "yes", False: "no"}) if len(table) else []
    return table.reset_index()[["test", "place", "run", "auc", "log_loss", "again"]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
