"""What a Dockerfile builds on, read from its text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_ARG = re.compile(r"ARG\s+([A-Za-z_]\w*)=(\S+)\s*$", re.IGNORECASE)
_USE = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|([A-Za-z_]\w*))")
_EXACT = re.compile(r"v?\d+\.\d+")


@dataclass(frozen=True)
class Base:
    """An image that a Dockerfile builds on: its name as it resolves, and whether that always means the same version."""

    name: str
    pinned: bool


def bases(text: str) -> list[Base]:
    """The images that come from elsewhere, in their order; stages of the file itself and ``scratch`` are none."""
    arguments: dict[str, str] = {}
    stages: set[str] = set()
    found: list[Base] = []
    for line in _lines(text):
        if not found and not stages and (argument := _ARG.match(line)):
            arguments[argument[1]] = argument[2].strip("\"'")
        elif stage := _FROM.match(line):
            name = _USE.sub(lambda use: arguments.get(use[1] or use[3], use[2] or ""), stage[1]).strip("\"'")
            if name.lower() not in stages and name.lower() != "scratch":
                found.append(Base(name, _pinned(name)))
            stages.add((stage[2] or f"#{len(stages)}").lower())
    return found


def _pinned(name: str) -> bool:
    """By digest, or by a tag that names at least the minor version."""
    if "@sha256:" in name:
        return True
    tag = name.rpartition("/")[2].partition(":")[2]
    return _EXACT.match(tag) is not None


def _lines(text: str) -> list[str]:
    """Instructions, each on one line, without comments."""
    lines = [line.rstrip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [line.strip() for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines() if line.strip()]
