"""What can be set: the sections of params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[1] / "params.yaml"


def section(name: str) -> dict[str, Any]:
    """The parameters of one stage, by name."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))[name]
    return found
