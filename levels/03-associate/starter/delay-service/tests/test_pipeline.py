"""What the pipeline promises, in a clone of the last commit with your data beside it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone in which `dvc repro` has been run."""
    folder = tmp_path_factory.mktemp("clone") / "delay-service"
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    shutil.copytree(ROOT / "data", folder / "data")
    subprocess.run(["dvc", "repro", "-q"], cwd=folder, check=True)
    return folder


def test_three_stages_make_four_files():
    with Repo(ROOT) as repo:
        made = {out.fs_path.rsplit("/", 1)[1]: stage.name for stage in repo.index.stages for out in stage.outs}
    expected = {"learn.csv": "prepare", "holdout.csv": "prepare", "model.json": "train", "metrics.json": "evaluate"}
    assert {name: made.get(name) for name in expected} == expected


def test_what_can_be_set_is_in_params():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert set(params["train"]) >= {"trees", "depth", "rate", "share", "seed"}
    assert params["prepare"]["holdout_from"] and 0 < params["evaluate"]["alarm"] < 1


def test_a_clone_makes_everything_and_then_nothing(clone):
    metrics = json.loads((clone / "metrics.json").read_text())
    assert set(metrics) >= {"auc", "log_loss", "flights", "alarms", "caught"}
    assert len((clone / "holdout.csv").read_text().splitlines()) == metrics["flights"] + 1
    again = subprocess.run(["dvc", "repro"], cwd=clone, capture_output=True, text=True, check=True)
    assert "Running stage" not in again.stdout


def test_the_model_is_registered(clone):
    store = f"sqlite:///{clone / 'registry.db'}"
    subprocess.run([sys.executable, "-m", "delay_service.register", "--store", store], cwd=clone, check=True)
    from mlflow import MlflowClient

    (version,) = MlflowClient(store, store).search_model_versions("name = 'delay'")
    assert version.version == 1
