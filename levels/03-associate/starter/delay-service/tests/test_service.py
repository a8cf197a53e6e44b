"""What the service promises, asked without a server; the shutdown is tried with one."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from delay_service import score

ROOT = Path(__file__).parents[1]
FLIGHT = {"time": "2013-10-03T18:45", "origin": "JFK", "dest": "LAX", "carrier": "AA", "distance": 2475,
          "temp": 61.5, "wind_speed": 8.1, "precip": 0, "visib": 10}


def test_without_a_model_it_is_there_and_not_ready(ask, tmp_path):
    client = ask(tmp_path / "model.json")
    assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 503
    assert client.post("/predict", json={"flights": [FLIGHT]}).status_code == 503


def test_it_answers_for_each_flight(ask, model):
    answer = ask(model).post("/predict", json={"flights": [FLIGHT, FLIGHT | {"time": "2013-10-03T06:00"}]})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert re.fullmatch("[0-9a-f]{64}", content["model"])
    early, late = content["chances"][1], content["chances"][0]
    assert 0 < min(early, late) and max(early, late) < 1 and early != late


def test_it_answers_as_the_report_does(ask, model, table):
    rows = table.drop(columns="late").dropna().iloc[:10]
    asked = rows.drop(columns="flight").to_dict("records")
    content = ask(model).post("/predict", json={"flights": asked}).json()
    assert content["chances"] == pytest.approx(list(score.chances(str(model), rows)), abs=1e-6)


def test_a_wrong_field_is_named(ask, model):
    answer = ask(model).post("/predict", json={"flights": [FLIGHT, FLIGHT | {"distance": -3}]})
    assert answer.status_code == 422
    assert "distance" in str(answer.json()["detail"])


def test_it_ends_with_exit_code_0(model, tmp_path):
    socket = tmp_path / "s"
    command = [sys.executable, "-m", "delay_service", "--uds", str(socket), "--model", str(model)]
    service = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(300):
            if socket.exists() or service.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(0.5)
        service.send_signal(signal.SIGTERM)
        assert service.wait(20) == 0
    finally:
        service.kill()
