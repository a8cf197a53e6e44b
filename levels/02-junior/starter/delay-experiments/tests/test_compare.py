"""What the comparison promises on a store without runs."""

import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

ROOT = Path(__file__).parents[1]


def compare(store):
    return subprocess.run([sys.executable, "compare.py", "--store", store], cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def empty(tmp_path):
    store = f"sqlite:///{tmp_path}/mlflow.db"
    mlflow.MlflowClient(store).create_experiment("late-departures")
    return store


def test_no_runs_give_a_table_without_rows(empty):
    done = compare(empty)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["test,place,run,auc,log_loss,again"]


def test_no_store_gives_one_line(tmp_path):
    done = compare(f"sqlite:///{tmp_path}/nowhere.db")
    assert done.returncode == 2
    assert "nowhere.db" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "nowhere.db").exists()
