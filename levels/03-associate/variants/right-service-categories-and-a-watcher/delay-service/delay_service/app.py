"""The service. README.md says what it answers."""

import json
import threading
import time
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, Optional

import pandas as pd
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator

from delay_service.score import Scorer


class Flight(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)
    time: str
    origin: Literal["EWR", "JFK", "LGA"]
    dest: str
    carrier: str
    distance: float = Field(gt=0, le=6000)
    temp: Optional[float] = Field(None, ge=-60, le=140)
    wind_speed: Optional[float] = Field(None, ge=0, le=200)
    precip: Optional[float] = Field(None, ge=0, le=20)
    visib: Optional[float] = Field(None, ge=0, le=10)

    @field_validator("time")
    @classmethod
    def local_time(cls, text):
        try:
            when = datetime.strptime(text, "%Y-%m-%dT%H:%M")
        except ValueError:
            when = None
        if when is None or not (text.isascii() and len(text) == 16 and 2000 <= when.year <= 2099):
            raise ValueError("a local time of the years 2000 to 2099, like 2013-10-03T18:45")
        return text

    @field_validator("dest", "carrier")
    @classmethod
    def code(cls, text, info):
        length = {"dest": 3, "carrier": 2}[info.field_name]
        fits = text.isascii() and text.isalnum() and text == text.upper() and len(text) == length
        if not fits or (info.field_name == "dest" and not text.isalpha()):
            raise ValueError(f"{length} capital letters")
        return text


class Flights(BaseModel):
    flights: list[Flight] = Field(min_length=1, max_length=1000)


class Chances(BaseModel):
    model: str
    chances: list[float]


class Watcher(threading.Thread):
    """Has the model of the file, and looks at the file four times a second."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.scorer, self.bytes = path, None, None
        self.look()

    def look(self):
        try:
            data = self.path.read_bytes()
            if data != self.bytes:
                self.bytes = data
                json.loads(data)  # XGBoost ends the whole process over some files that are none
                self.scorer = Scorer(data)
        except Exception as error:
            print(f"no new model: {type(error).__name__}", flush=True)

    def run(self):
        while True:
            time.sleep(0.25)
            self.look()


def create_app(model):
    watcher = Watcher(model)

    @asynccontextmanager
    async def watched(app):
        watcher.start()
        yield

    app = FastAPI(title="Delay service", lifespan=watched)
    why = {"content": {"application/json": {"schema": {"type": "object", "properties": {"detail": {"type": "string"}}}}}}
    no_model = JSONResponse({"detail": "there is no model yet"}, status_code=503)

    @app.exception_handler(RequestValidationError)
    async def refuse(request, error):
        lines = ["/".join(str(part) for part in one["loc"]) + ": " + one["msg"] for one in error.errors()]
        return JSONResponse({"detail": "; ".join(lines)}, status_code=422)

    @app.get("/health")
    async def health():
        return {"alive": True}

    @app.get("/ready", responses={503: {"description": "no model"} | why})
    async def ready() -> dict[str, str]:
        return {"model": watcher.scorer.name} if watcher.scorer else no_model

    @app.post("/predict", responses={422: {"description": "no flights"} | why, 503: {"description": "no model"} | why})
    async def predict(body: Flights) -> Chances:
        scorer = watcher.scorer
        if scorer is None:
            return no_model
        rows = pd.DataFrame({name: [getattr(one, name) for one in body.flights] for name in Flight.model_fields})
        return {"model": scorer.name, "chances": [float(chance) for chance in scorer.chances(rows)]}

    return app
