# %% tidy-codes
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, NewType, Protocol, TypedDict, TypeVar, cast, overload

MISSING: Final[frozenset[str]] = frozenset({"", "N/A"})
Minutes = NewType("Minutes", int)
T = TypeVar("T", bound=pd.Series)


class Convert(Protocol):
    def __call__(self, values: pd.Series[float], unit: pd.Series[str]) -> pd.Series[float]: ...


class Reading(NamedTuple):
    column: str
    unit: Literal["temperature", "wind"]
    convert: Convert


def tidy_codes(codes: pd.Series[str]) -> pd.Series[pd.StringDtype]:
    tidy: pd.Series = codes.astype("string").str.strip().str.upper()
    return cast("pd.Series[pd.StringDtype]", tidy.mask(tidy.isin(MISSING)))

# %% clean
def readings() -> dict[str, Reading]:
    return {"temp_c": Reading("temp", "temperature", to_celsius), "wind_kt": Reading("wind", "wind", to_knots)}


def clean(export: pd.DataFrame, stations: pd.DataFrame) -> pd.DataFrame:
    lacking: Sequence[str] = [name for name in EXPORT if name not in export.columns]
    if lacking:
        raise ValueError(f"the export lacks {', '.join(lacking)}")
    table: pd.DataFrame = pd.DataFrame(index=export.index)
    for name in COLUMNS:
        match name:
            case "record" | "flight":
                table[name] = to_numbers(export[name]).astype("int64")
            case "carrier" | "origin" | "dest" | "tailnum":
                table[name] = tidy_codes(export[name])
            case "date":
                table[name] = parse_dates(export[name])
            case "sched_minute" | "dep_minute":
                table[name] = parse_clock(export[{"s": "sched_dep", "d": "dep_time"}[name[0]]]).astype(COLUMNS[name])
            case "dep_delay":
                delay: pd.Series[float] = to_numbers(export[name])
                table[name] = delay.where(delay.between(-60, 1440)).astype("Int64")
            case "cancelled":
                table[name] = (export["dep_time"] + export["dep_delay"]).eq("")
            case "pressure_hpa":
                table[name] = to_numbers(export["pressure"])
            case _:
                column, unit, convert = readings()[name]
                units: Mapping[str, str] = dict(zip(stations["station"], stations[unit], strict=True))
                table[name] = convert(to_numbers(export[column]), table["origin"].map(units))
    return table.drop_duplicates(["date", "carrier", "flight", "origin"], ignore_index=True)

# %% find-defects
class Defects(TypedDict):
    repeated: list[int]
    carrier: list[int]
    sentinel: list[int]
    impossible_delay: list[int]


def find_defects(export: pd.DataFrame) -> Defects:
    key = pd.DataFrame({"date": parse_dates(export["date"]), "flight": export["flight"].astype(int),
                        "carrier": tidy_codes(export["carrier"]), "origin": tidy_codes(export["origin"])})
    delay: pd.Series[float] = to_numbers(export["dep_delay"])

    def at(lines: pd.Series[bool]) -> list[int]:
        return sorted(export["record"].astype(int)[lines].tolist())

    silent = pd.concat([pd.to_numeric(export[n], errors="coerce") == -999 for n in ("temp", "wind", "pressure")], axis=1)
    return Defects(repeated=at(key.duplicated()), carrier=at(key["carrier"] != export["carrier"]),
                   sentinel=at(silent.any(axis=1)), impossible_delay=at((delay < -60) | (delay > 1440)))
