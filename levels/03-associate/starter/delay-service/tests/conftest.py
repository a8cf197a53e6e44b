import warnings
from pathlib import Path

import pandas as pd
import pytest

from delay_service.prepare import prepare
from delay_service.train import train

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def table():
    """A prepared table of some of your flights."""
    flights = pd.read_csv(DATA / "flights.csv").iloc[::4]
    return prepare(flights, pd.read_csv(DATA / "weather.csv"))


@pytest.fixture(scope="session")
def model(table, tmp_path_factory):
    """The file of a model that learned from it."""
    path = tmp_path_factory.mktemp("model") / "model.json"
    train(table, path)
    return path


@pytest.fixture
def ask():
    """Makes a client of the service of a model's file; what the service raises is a 500, as in life."""
    from delay_service.app import create_app

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fastapi.testclient import TestClient

    return lambda path: TestClient(create_app(path), raise_server_exceptions=False)
