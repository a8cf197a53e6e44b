"""Entries and what ties each to the one ahead of it: the digest of its canonical JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

_FIELDS = ("at", "body", "by", "cohort", "key", "kind", "learner", "level", "number", "previous")  # sorted
START = "0" * 64  # what the first entry has for a digest ahead of it


class Kind(StrEnum):
    """What an entry records."""

    ARRIVAL = "arrival"
    SCORECARD = "scorecard"
    REVIEW = "review"
    APPROVAL = "approval"
    REVERT = "revert"
    DECISION = "decision"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. ``body`` is JSON; ``digest`` is over all the other fields."""

    number: int
    cohort: str
    kind: Kind
    learner: str
    level: str
    at: str  # ISO 8601, UTC, microseconds
    by: str
    key: str
    body: Mapping[str, Any]
    previous: str
    digest: str


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces, ASCII only; ValueError where JSON cannot say it exactly."""
    _must_be_json(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def digest(fields: Mapping[str, Any], body: str) -> str:
    """64 hex digits: sha256 of the canonical JSON of an entry's fields other than the digest.

    ``body`` is the body's canonical JSON, which takes its place in ``fields``: no large body is written out twice.
    """
    texts = {name: body if name == "body" else canonical(fields[name]) for name in _FIELDS}
    whole = ",".join(f'"{name}":{texts[name]}' for name in _FIELDS)
    return hashlib.sha256(f"{{{whole}}}".encode("ascii")).hexdigest()


def stamp(now: datetime, ahead: str) -> str:
    """When an entry is made: ``now`` as text, or the time of the entry ahead if the clock went backwards."""
    return max(now.isoformat(timespec="microseconds"), ahead)


def check(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str | None, Mapping[str, Any] | None]]:
    """Follow a cohort's rows, in order of number: for each fault a line and no row, for each readable row its body.

    Yields ``(fault, None)`` or ``(None, row with body as JSON)``.
    """
    number, previous, at = 0, START, ""
    for row in rows:
        name = f"entry {row['number']}"
        if row["number"] != number + 1:
            yield f"{name}: comes after entry {number}; what was between them is not there", None
        elif row["previous"] != previous:
            yield f"{name}: does not follow the entry ahead of it", None
        if row["at"] < at:
            yield f"{name}: is dated before the entry ahead of it", None
        number, previous, at = row["number"], row["digest"], row["at"]
        try:
            body = json.loads(row["body"])
            exact = canonical(body) == row["body"]
        except (ValueError, RecursionError):
            yield f"{name}: its body is not JSON", None
            continue
        fields = {**row, "body": body}
        if not exact or digest(row, row["body"]) != row["digest"]:
            yield f"{name}: was changed, its digest is not that of what it says", None
        if not isinstance(body, dict) or row["kind"] not in set(Kind):
            yield f"{name}: is of no kind this ladder knows", None
            continue
        yield None, fields


def _must_be_json(value: object) -> None:
    # json.dumps would turn a number used as a key into text, and a tuple into a list: what is read back must be equal
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"a key of a JSON object is text, not {key!r}")
            _must_be_json(item)
    elif isinstance(value, list):
        for item in value:
            _must_be_json(item)
    elif not (value is None or isinstance(value, str | bool | int | float)):
        raise ValueError(f"JSON has no {type(value).__name__}")
