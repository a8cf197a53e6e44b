"""What the checks of delay-service share: the desk that trains the learner's model, starts the service and asks it."""

from __future__ import annotations

import io
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from grader.bridge.faults import LearnerFault
from grader.judges.kits.http_service import Answer, BadService, Service, request

READINGS = ["temp", "wind_speed", "precip", "visib"]
FIELDS = ["time", "origin", "dest", "carrier", "distance", *READINGS]
SOCKET = "/tmp/delay.sock"
MODEL = "/tmp/model/model.json"
SOME = 60  # flights
PATIENCE = 8.0  # seconds for what the README promises in two: a busy machine gets some more
BARE = b"""
import sys, uvicorn
from fastapi import FastAPI

app = FastAPI()

@app.post("/predict")
def predict(asked: dict) -> dict:
    return {"model": "none", "chances": [0.5] * len(asked["flights"])}

uvicorn.run(app, uds=sys.argv[1], access_log=False)
"""  # what a service costs that does nothing: a measure for all others


@dataclass
class Kept:
    """What one check made and the next ones need again: the file that the learner's train.py wrote."""

    model: bytes | None = field(default=None)


def flights(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Flights as the service is asked for them; a missing reading is null."""
    return [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in rows[FIELDS].to_dict("records")
    ]


def asked(rows: pd.DataFrame) -> dict[str, Any]:
    return {"flights": flights(rows)}


def said(answer: Answer, count: int, tried: str) -> tuple[str, list[float]]:
    """The model's name and the chances of an answer that has to be a good one."""
    assert answer.status == 200, (
        f"Tried: {tried}.\n"
        f"Came: {answer}.\n"
        "Look: the second part of the ticket, and what your service says on its standard error.")
    content = answer.json
    fits = type(content) is dict and type(content.get("model")) is str and type(content.get("chances")) is list
    assert fits, (
        f"Tried: {tried}.\n"
        f"Came: 200, and a body that is no object with a text model and a list chances: {answer.text[:100]}.\n"
        "Look: the table of answers in the README.")
    chances = content["chances"]
    assert len(chances) == count, (
        f"Tried: {tried}.\n"
        f"Came: {len(chances)} chances for {count} flights.\n"
        "Look: one chance for each flight, in their order.")
    wrong = [one for one in chances if type(one) not in (int, float) or not 0 <= one <= 1]
    assert not wrong, (
        f"Tried: {tried}.\n"
        f"Came: {str(wrong[0])[:60]!r} among the chances.\n"
        "Look: a chance is a number from 0 to 1.")
    return content["model"], [float(one) for one in chances]


def same(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether chances are the same but for the last digits of 32 bits."""
    return len(one) == len(other) and all(abs(a - b) <= 1e-5 for a, b in zip(one, other, strict=True))


def shifted(model: bytes, chance: float) -> tuple[bytes, float]:
    """The same model with another ``base_score``, and by how much that moves every log-odds.

    So the judge knows what the other model answers without running any.
    """
    content = json.loads(model)
    parameters = content["learner"]["learner_model_param"]
    before = float(str(parameters["base_score"]).strip("[]"))
    parameters["base_score"] = f"[{chance:.6E}]" if "[" in str(parameters["base_score"]) else f"{chance:.6E}"
    return json.dumps(content).encode(), _odds(chance) - _odds(before)


def moved(chances: Sequence[float], by: float) -> list[float]:
    """Chances whose log-odds moved ``by``."""
    return [1 / (1 + math.exp(-(_odds(min(max(one, 1e-9), 1 - 1e-9)) + by))) for one in chances]


def _odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def _last(data: bytes) -> str:
    lines = data.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "nothing on stderr"


def _table(data: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values=[""])


class Desk:
    """Trains, starts and asks one submission, the way the README says."""

    asked = staticmethod(asked)
    said = staticmethod(said)
    same = staticmethod(same)
    shifted = staticmethod(shifted)
    moved = staticmethod(moved)

    def __init__(self, submission: Any, kept: Kept) -> None:
        self.submission = submission
        self._kept = kept

    # -- data

    def table(self, name: str) -> pd.DataFrame:
        """train.csv or later.csv of the truth; what is missing is NaN."""
        return _table((self.submission.own.truth / name).read_bytes())

    def later(self, count: int, draw: random.Random, *, silent: bool = True) -> pd.DataFrame:
        """Some flights of the months that no learner has, one in three without some readings, or all with all."""
        table = self.table("later.csv") if silent else self.table("later.csv").dropna()
        rows = table.sample(count, random_state=draw.randrange(2**32)).reset_index(drop=True)
        for place in range(0, count if silent else 0, 3):
            rows.loc[place, draw.sample(READINGS, draw.randrange(1, 3))] = math.nan
        return rows

    # -- the model

    def model(self) -> bytes:
        """The file of the learner's model, learned from the truth's train.csv."""
        if self._kept.model is None:
            self._kept.model = self.train()
        return self._kept.model

    def train(self) -> bytes:
        self.submission.files.write("/tmp/prepared.csv", (self.submission.own.truth / "train.csv").read_bytes())
        argv = ["python", "-m", "delay_service.train", "/tmp/prepared.csv", "/tmp/trained/model.json"]
        self.submission.run(["mkdir", "-p", "/tmp/trained"])
        done = self.submission.run(argv, seconds=60)
        tried = "python -m delay_service.train on a prepared table"
        assert done.returncode == 0, (
            f"Tried: {tried}.\n"
            f"Came: exit code {done.returncode} ({_last(done.stderr)}).\n"
            "Look: the first part of the ticket; run it like that on your own prepared.csv.")
        try:
            return bytes(self.submission.files.read("/tmp/trained/model.json"))
        except OSError:
            raise AssertionError(
                f"Tried: {tried}, and read the file it was to write.\n"
                "Came: there is no such file.\n"
                "Look: the second argument is the model's file; nothing else has to be written.") from None

    # -- the service

    def start(self, model: bytes | None) -> Service:
        """The service, with the model's file in place before it starts; None: there is no file."""
        self.submission.run(["mkdir", "-p", "/tmp/model"])
        if model is not None:
            self.submission.files.write(MODEL, model)
        argv = ["python", "-m", "delay_service", "--uds", SOCKET, "--model", MODEL]
        try:
            return Service.start(self.submission, argv, SOCKET)
        except BadService as bad:
            raise AssertionError(
                f"Tried: `python -m delay_service --uds … --model …`{'' if model else ', without a model yet'}.\n"
                f"Came: {bad}.\n"
                "Look: start it like that yourself; it has to listen at the socket it is told.") from None

    def bare_seconds(self, sent: Sequence[bytes], at_once: int) -> list[float]:
        """How long the same requests take with a service of our own that looks at none of them; [] if nobody can tell.

        In a worker of its own: whatever goes wrong there is nobody's verdict.
        """
        alone = self.submission.again()
        try:
            alone.files.write("/tmp/bare.py", BARE)
            bare = Service.start(alone, ["python", "/tmp/bare.py", "/tmp/bare.sock"], "/tmp/bare.sock")
            return [answer.seconds for answer in bare.ask(sent, at_once, seconds=20) if answer.status == 200]
        except (Exception, LearnerFault):  # noqa: BLE001 - it is a measure, and no check
            return []
        finally:
            alone.close()

    def serving(self) -> Service:
        """The service with the learner's model, ready."""
        service = self.start(self.model())
        self.wait_ready(service, "the service started with its model's file in place")
        return service

    def wait_ready(self, service: Service, tried: str) -> Answer:
        until = time.monotonic() + PATIENCE
        while True:
            answer = service.get("/ready")
            if answer.status == 200:
                return answer
            assert time.monotonic() < until, (
                f"Tried: {tried}, and GET /ready for some seconds.\n"
                f"Came: {answer}.\n"
                "Look: ready means 200, and no more than two seconds after the file is there.")
            time.sleep(0.1)

    def chances(self, service: Service, rows: pd.DataFrame, tried: str) -> list[float]:
        """The chances of some flights, in requests of SOME at most: who takes no more fails one check, not three."""
        pieces = [rows.iloc[start : start + SOME] for start in range(0, len(rows), SOME)]
        answers = service.ask([request("POST", "/predict", asked(piece)) for piece in pieces])
        chances: list[float] = []
        for piece, answer in zip(pieces, answers, strict=True):
            chances += said(answer, len(piece), tried)[1]
        return chances


@pytest.fixture(scope="session")
def kept() -> Kept:
    return Kept()


@pytest.fixture
def desk(submission: Any, kept: Kept) -> Desk:
    return Desk(submission, kept)


@pytest.fixture
def draw() -> random.Random:
    """Rows nobody can guess: other ones in each grading."""
    return random.Random(random.getrandbits(64))
