"""From flights to the rows of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from operator import attrgetter
from statistics import fmean
from typing import NamedTuple, Self

import pandas as pd

LATE_AFTER: int = 30


class Flight(NamedTuple):
    origin: str
    carrier: str
    dep_delay: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    origin: str
    airport: str
    carrier: str
    flights: int
    cancelled: int
    mean_delay: float | None
    late_share: float | None

    @classmethod
    def of(cls, key: tuple[str, str], flights: Iterable[Flight], names: dict[str, str]) -> Self:
        delays = [flight.dep_delay for flight in flights]
        left = [delay for delay in delays if delay is not None]
        return cls(
            origin=key[0], carrier=key[1], airport=names.get(key[0], key[0]),
            flights=len(delays), cancelled=len(delays) - len(left),
            mean_delay=round(fmean(left), 1) if left else None,
            late_share=round(sum(delay > LATE_AFTER for delay in left) / len(left), 3) if left else None,
        )


COLUMNS = [field.name for field in fields(Row)]


def flown(table: pd.DataFrame) -> Iterator[Flight]:
    for line in table[["origin", "carrier", "dep_delay"]].itertuples(index=False):
        yield Flight(line.origin, line.carrier, None if pd.isna(line.dep_delay) else float(line.dep_delay))


def summarise(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    names = dict(zip(airports["origin"], airports["airport"]))
    by = attrgetter("origin", "carrier")
    rows = (Row.of(key, group, names) for key, group in groupby(sorted(flown(flights), key=lambda f: (f.origin, f.carrier)), by))
    return pd.DataFrame([asdict(row) for row in rows], columns=COLUMNS)
