"""One month of departures: read from a folder, summed up in rows."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

LATE_AFTER = 30
COLUMNS = ["origin", "airport", "carrier", "flights", "cancelled", "mean_delay", "late_share"]


class BadInput(ValueError):
    """RAW cannot be used; the message is one line."""


@dataclass
class Group:
    """The flights of one carrier at one airport."""

    cancelled: int = 0
    delays: list[int] = field(default_factory=list)

    def row(self) -> list[str]:
        left = len(self.delays)
        numbers = [str(left + self.cancelled), str(self.cancelled)]
        if not left:
            return [*numbers, "", ""]
        late = sum(delay > LATE_AFTER for delay in self.delays)
        return [*numbers, rounded(sum(self.delays), left, "0.1"), rounded(late, left, "0.001")]


def rounded(part: int, whole: int, step: str) -> str:
    return str((Decimal(part) / whole).quantize(Decimal(step), ROUND_HALF_UP))


def table(file: Path, columns: list[str]) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened)
            names = reader.fieldnames or []
            lines = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"cannot read {file}: {problem}") from None
    for column in columns:
        if column not in names:
            raise BadInput(f"{file} has no column {column}")
    return lines


def delays(raw: Path) -> dict[tuple[str, str], Group]:
    """Groups by (origin, carrier)."""
    groups: dict[tuple[str, str], Group] = defaultdict(Group)
    file = raw / "flights.csv"
    for number, line in enumerate(table(file, ["origin", "carrier", "dep_delay"]), 2):
        group = groups[line["origin"], line["carrier"]]
        text = (line["dep_delay"] or "").strip()
        if not text:
            group.cancelled += 1
            continue
        try:
            group.delays.append(int(text))
        except ValueError:
            raise BadInput(f"{file}, line {number}: {text!r} is no number of minutes") from None
    return groups


def rows(raw: Path) -> list[list[str]]:
    names = {line["faa"]: line["name"] for line in table(raw / "airports.csv", ["faa", "name"])}
    groups = delays(raw)
    return [[origin, names.get(origin) or origin, carrier, *groups[origin, carrier].row()] for origin, carrier in sorted(groups)]
