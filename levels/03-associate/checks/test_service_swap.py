"""Hidden checks of delay-service, part service: the model's file comes late, changes, or breaks."""

from __future__ import annotations

import hashlib
import time

import pytest

from grader.judges.kits.http_service import request

FLIGHT = {"time": "2013-10-03T18:45", "origin": "JFK", "dest": "LAX", "carrier": "AA", "distance": 2475, "temp": 61.5,
          "wind_speed": 8.1, "precip": 0.0, "visib": 10.0}

@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_it_starts_before_its_model(desk):
    """Without a model it is there and not ready; when the file comes, it is."""
    service = desk.start(None)
    health, ready = service.get("/health"), service.get("/ready")
    refused = service.post("/predict", {"flights": [FLIGHT]})
    tried = "the service started without a model's file"
    assert health.status == 200, (
        f"Tried: {tried}, and GET /health.\nCame: {health}.\nLook: the process is there, whatever else is missing.")
    for answer, what in ((ready, "GET /ready"), (refused, "POST /predict")):
        assert answer.status == 503 and type(answer.json) is dict and answer.json.get("detail"), (
            f"Tried: {tried}, and {what}.\n"
            f"Came: {answer}.\n"
            "Look: 503 and {\"detail\": why} until there is a model.")
    service.put("/tmp/model/model.json", desk.model())
    desk.wait_ready(service, "the service started without a model's file, then the file moved to its place")
    desk.said(service.post("/predict", {"flights": [FLIGHT]}), 1, "a flight, once the file was there")


@pytest.mark.check(points=5, skill="packaging", part="service",
                   requires=["test_the_model_is_one_file_of_data", "test_the_answer_names_its_model"])
def test_a_new_model_is_taken(desk, draw):
    """A model moved over the old one answers soon, wholly, and no request fails in between.

    The other model is the learner's own with another base score, so that the judge knows what it answers.
    """
    service = desk.serving()
    rows = desk.later(20, draw)
    first = desk.model()
    before = desk.chances(service, rows, "20 flights, before a new model comes")
    known = {hashlib.sha256(first).hexdigest(): before}
    for chance in (draw.uniform(0.25, 0.4), draw.uniform(0.04, 0.08)):
        data, by = desk.shifted(first, chance)
        name = hashlib.sha256(data).hexdigest()
        known[name] = desk.moved(before, by)
        service.put("/tmp/model/model.json", data)
        _until_taken(desk, service, rows, name, known)
    ready = service.get("/ready")
    assert type(ready.json) is dict and ready.json.get("model") == name, (
        "Tried: GET /ready after a new model's file had been taken.\n"
        f"Came: {ready}.\n"
        "Look: it names the file that answers now.")


def _until_taken(desk, service, rows, name, known):
    """Ask again and again until the model ``name`` answers; every answer has to be wholly one model's."""
    tried = "20 flights, again and again, while another model's file was moved over the first one"
    until = time.monotonic() + 8.0
    while True:
        answers = service.ask([request("POST", "/predict", desk.asked(rows))] * 4, at_once=4)
        for answer in answers:
            model, chances = desk.said(answer, len(rows), tried)
            assert model in known, (
                f"Tried: {tried}.\n"
                "Came: an answer that names a model which is none of these files.\n"
                "Look: the SHA-256 is that of the bytes the model was read from.")
            assert all(abs(a - b) <= 1e-4 for a, b in zip(chances, known[model], strict=True)), (
                f"Tried: {tried}.\n"
                "Came: an answer that names one file, and whose chances are not that model's.\n"
                "Look: take model and name together, once for each request; is anything remembered from before?")
        if model == name:
            return
        assert time.monotonic() < until, (
            f"Tried: {tried}.\n"
            "Came: the old model still answers after several seconds.\n"
            "Look: who looks at the file again, and when? Its time and inode change with os.replace.")
        time.sleep(0.2)


@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_a_new_model_is_taken"])
def test_a_broken_file_changes_nothing(desk, draw):
    """A file that is no model leaves the model before it in service."""
    service = desk.serving()
    rows = desk.later(10, draw)
    first = desk.model()
    name = hashlib.sha256(first).hexdigest()
    before = desk.chances(service, rows, "10 flights")
    broken = {"half of a model": first[: len(first) // 2], "an empty file": b"", "an empty object": b"{}"}
    for what in draw.sample(sorted(broken), 3):
        service.put("/tmp/model/model.json", broken[what])
        for _ in range(4):
            time.sleep(0.25)
            tried = f"10 flights after {what} was moved over the model's file"
            model, chances = desk.said(service.post("/predict", desk.asked(rows)), 10, tried)
            assert model == name and desk.same(chances, before), (
                f"Tried: {tried}.\n"
                "Came: other chances, or another name.\n"
                "Look: read the new file wholly before the old model is let go.")
    data, by = desk.shifted(first, draw.uniform(0.25, 0.4))
    new = hashlib.sha256(data).hexdigest()
    service.put("/tmp/model/model.json", data)
    _until_taken(desk, service, rows, new, {name: before, new: desk.moved(before, by)})
