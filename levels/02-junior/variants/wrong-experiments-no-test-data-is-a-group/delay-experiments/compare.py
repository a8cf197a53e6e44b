"""Compare the runs of a store: ``python compare.py [--store sqlite:///mlflow.db]``."""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import defaultdict
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

EXPERIMENT = "late-departures"
PARAMS = {"model", "C", "trees", "depth", "rows", "train", "test", "seed"}
COLUMNS = ["test", "place", "run", "auc", "log_loss", "again"]


def main(argv: list[str]) -> int:
    """Write the table that README.md describes to standard output; returns the exit code.

    0  the table is written, even if it has no rows
    2  there is no such store. One line on stderr says which, and none is made.
    """
    parser = argparse.ArgumentParser(description="Compare the runs of a store.")
    parser.add_argument("--store", default="sqlite:///mlflow.db")
    store = parser.parse_args(argv).store
    if store.startswith("sqlite:///") and not Path(store.removeprefix("sqlite:///")).is_file():
        print(f"compare.py: {store}: no such store", file=sys.stderr)
        return 2
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for run in _runs(MlflowClient(store)):
        digest = _digests(run).get("test", "")
        if run.info.status == "FINISHED" and math.isfinite(run.data.metrics.get("auc", math.nan)):
            groups[digest].append(run)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for digest, runs in sorted(groups.items()):
        runs.sort(key=lambda run: (-run.data.metrics["auc"], run.info.start_time))
        for place, run in enumerate(runs, 1):
            numbers = [run.data.metrics["auc"], run.data.metrics.get("log_loss", "")]
            table.writerow([digest, place, run.info.run_id, *numbers, "yes" if _again(run) else "no"])
    return 0


def _runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return []
    found, token = [], None
    while True:
        page = client.search_runs([experiment.experiment_id], max_results=1000, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def _digests(run: Run) -> dict[str, str]:
    """The digests of the data sets a run names, by what they were for."""
    return {
        tag.value: used.dataset.digest
        for used in run.inputs.dataset_inputs
        for tag in used.tags
        if tag.key == "mlflow.data.context"
    }


def _again(run: Run) -> bool:
    """Whether the record has all that it takes to make the run again."""
    tags = run.data.tags
    return (
        PARAMS <= run.data.params.keys()
        and {"train", "test"} <= _digests(run).keys()
        and bool(tags.get("git.commit"))
        and tags.get("git.dirty") == "no"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
