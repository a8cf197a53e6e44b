"""What a run promises, tried from outside: run with plain ``pytest``."""

import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

ROOT = Path(__file__).parents[1]


def train(folder, *options):
    command = [sys.executable, "train.py", "--store", f"sqlite:///{folder}/mlflow.db", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The record of one run with options of its own."""
    folder = tmp_path_factory.mktemp("store")
    done = train(folder, "--C", "0.5", "--train", "4-6", "--test", "7,8")
    assert done.returncode == 0, done.stderr
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name("late-departures")
    assert experiment is not None, "the experiment late-departures"
    (run,) = client.search_runs([experiment.experiment_id])
    return run


def test_the_options_are_recorded(run):
    assert run.info.status == "FINISHED"
    assert {name: run.data.params.get(name) for name in ("C", "train", "seed")} == {"C": "0.5", "train": "4-6", "seed": "0"}


def test_the_metrics_are_recorded(run):
    assert 0.5 < run.data.metrics["auc"] < 1
    assert {"log_loss", "auc_by_month"} <= run.data.metrics.keys()


def test_the_data_and_the_code_are_recorded(run):
    contexts = {tag.value for used in run.inputs.dataset_inputs for tag in used.tags}
    assert contexts == {"train", "test"}
    assert len(run.data.tags["git.commit"]) == 40
    assert run.data.tags["git.dirty"] in ("yes", "no")


def test_a_month_on_both_sides_is_refused(tmp_path):
    done = train(tmp_path, "--train", "1-7", "--test", "7-8")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
