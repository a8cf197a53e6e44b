# %% clean
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    of: str
    make: Callable[[pd.Series], pd.Series] = field(repr=False)

    def __iter__(self) -> Iterator[object]:
        yield from (self.name, self.of, self.make)


def described() -> Iterator[Column]:
    yield from (Column(name, name, lambda text: to_numbers(text).astype("int64")) for name in ("record", "flight"))
    yield from (Column(name, name, tidy_codes) for name in ("carrier", "origin", "dest", "tailnum"))
    yield Column("date", "date", parse_dates)
    yield Column("sched_minute", "sched_dep", lambda clock: parse_clock(clock).astype("int64"))
    yield Column("dep_minute", "dep_time", parse_clock)
    yield Column("pressure_hpa", "pressure", to_numbers)


def plain_columns(export: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    for name, of, make in described():
        yield name, make(export[of])


def delay_columns(export: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    delay = to_numbers(export["dep_delay"])
    yield "dep_delay", delay.where(delay.ge(-60) & delay.le(1440)).astype("Int64")
    yield "cancelled", (export[["dep_time", "dep_delay"]] == "").all(axis=1)


def weather_columns(export: pd.DataFrame, stations: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    units = stations.set_index("station")
    for (name, of), (unit, convert) in zip(
        [("temp_c", "temp"), ("wind_kt", "wind")], [("temperature", to_celsius), ("wind", to_knots)], strict=True
    ):
        yield name, convert(to_numbers(export[of]), tidy_codes(export["origin"]).map(units[unit]))


def clean(export: pd.DataFrame, stations: pd.DataFrame) -> pd.DataFrame:
    lacking = list(itertools.filterfalse(export.columns.__contains__, EXPORT))
    if lacking:
        raise ValueError(" ".join(lacking))
    table = pd.DataFrame(dict(itertools.chain(plain_columns(export), delay_columns(export), weather_columns(export, stations))))
    first = ~table.duplicated(subset=["date", "carrier", "flight", "origin"])
    return table.loc[first, list(COLUMNS)].reset_index(drop=True)
