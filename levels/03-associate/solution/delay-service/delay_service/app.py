"""The service. README.md says what it answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field

from delay_service.model import Model
from delay_service.shelf import Shelf

FORMAT = "%Y-%m-%dT%H:%M"


def _time(text: str) -> str:
    datetime.strptime(text, FORMAT)
    return text


class Flight(BaseModel):
    """A flight that is asked for. A reading that is null was not taken."""

    time: Annotated[str, Field(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"), AfterValidator(_time)]
    origin: Literal["EWR", "JFK", "LGA"]
    dest: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    carrier: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]
    distance: Annotated[float, Field(gt=0, le=6000, allow_inf_nan=False)]
    temp: Annotated[float, Field(ge=-60, le=140, allow_inf_nan=False)] | None = None
    wind_speed: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)] | None = None
    precip: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)] | None = None
    visib: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] | None = None


class Asked(BaseModel):
    """The flights of one request."""

    flights: Annotated[list[Flight], Field(min_length=1, max_length=1000)]


class Answer(BaseModel):
    """A chance for each flight, in their order, all by one model."""

    model: str
    chances: list[float]


class Ready(BaseModel):
    """The SHA-256 of the model's file."""

    model: str


class Wrong(BaseModel):
    """What is wrong about one field of a request."""

    field: str
    why: str


class Refused(BaseModel):
    """Why there is no answer."""

    detail: list[Wrong] | str


REFUSED: dict[str, Any] = {"description": "What is no flight", "model": Refused}
NO_MODEL: dict[str, Any] = {"description": "There is no model yet", "model": Refused}


def create_app(model: Path) -> FastAPI:
    """The service of the model in the file ``model``, which may not be there yet."""
    app = FastAPI(title="Delay service")
    shelf = Shelf(model)

    def current() -> Model:
        found = shelf.model()
        if found is None:
            raise HTTPException(503, shelf.why)
        return found

    @app.exception_handler(RequestValidationError)
    def refused(_: Request, error: RequestValidationError) -> JSONResponse:
        # Without the value that was sent: it may be NaN or half a character, which no JSON can say.
        said = [Wrong(field=".".join(map(str, one["loc"])), why=one["msg"]) for one in error.errors()]
        return JSONResponse(Refused(detail=said).model_dump(), 422)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready", responses={503: NO_MODEL})
    def ready() -> Ready:
        return Ready(model=current().digest)

    @app.post("/predict", responses={422: REFUSED, 503: NO_MODEL})
    def predict(asked: Asked) -> Answer:
        now = current()
        table = pd.DataFrame([flight.model_dump() for flight in asked.flights])
        return Answer(model=now.digest, chances=now.chances(table).astype(float).tolist())

    return app
