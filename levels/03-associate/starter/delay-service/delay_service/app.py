"""The service. README.md says what it answers."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI


def create_app(model: Path) -> FastAPI:
    """The service of the model in the file ``model``, which may not be there yet."""
    app = FastAPI(title="Delay service")

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
