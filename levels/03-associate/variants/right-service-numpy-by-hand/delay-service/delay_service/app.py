"""The service. README.md says what it answers."""

import threading
from datetime import datetime
from typing import Annotated, Literal

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, FiniteFloat, StringConstraints

from delay_service.score import Reader, by_rows


def within(low, high):
    def check(value):
        if value is None or (type(value) in (int, float) and low <= value <= high):
            return value
        raise ValueError(f"a number from {low} to {high}, or null")

    return BeforeValidator(check)


def when(value):
    try:
        known = datetime.strptime(value, "%Y-%m-%dT%H:%M").strftime("%Y-%m-%dT%H:%M")
    except (TypeError, ValueError):
        known = None  # the message would repeat the value, which may be no text
    if known != value or value is None:
        raise ValueError("a time like 2013-10-03T18:45")
    if not "2000" <= value[:4] <= "2099":
        raise ValueError("years 2000 to 2099")
    return value


class Flight(BaseModel):
    time: Annotated[str, BeforeValidator(when)]
    origin: Literal["EWR", "JFK", "LGA"]
    dest: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    carrier: Annotated[str, StringConstraints(pattern="^[A-Z0-9]{2}$")]
    distance: Annotated[FiniteFloat, within(0.001, 6000)]
    temp: Annotated[float | None, within(-60, 140)] = None
    wind_speed: Annotated[float | None, within(0, 200)] = None
    precip: Annotated[float | None, within(0, 20)] = None
    visib: Annotated[float | None, within(0, 10)] = None


class Request(BaseModel):
    flights: list[Flight]


class Name(BaseModel):
    model: str


class Chances(Name):
    chances: list[float]


class No(BaseModel):
    detail: str


def create_app(model):
    app = FastAPI()
    reader = Reader(model)
    one_reads = threading.Lock()

    def current():
        with one_reads:
            return reader.fresh()

    @app.exception_handler(RequestValidationError)
    def say(request, error):
        first = error.errors()[0]
        field = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "body")
        return JSONResponse({"detail": f"{field}: {first['msg']}"}, 422)

    @app.get("/health")
    def health():
        return Response("fine")

    @app.get("/ready", response_model=Name, responses={503: {"model": No}})
    def ready():
        now = current()
        return JSONResponse({"model": now[0]} if now else {"detail": "no model"}, 200 if now else 503)

    @app.post("/predict", response_model=Chances, responses={422: {"model": No}, 503: {"model": No}})
    def predict(request: Request):
        now = current()
        if not now:
            return JSONResponse({"detail": "no model"}, 503)
        if not 1 <= len(request.flights) <= 1000:
            return JSONResponse({"detail": "flights: from 1 to 1000 of them"}, 422)
        rows = [flight.model_dump() for flight in request.flights]
        return {"model": now[0], "chances": [float(one) for one in by_rows(now, rows)]}

    return app
