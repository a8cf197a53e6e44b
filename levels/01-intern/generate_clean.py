"""One dirty month of departures joined to weather, and what every line of it should become.

Truth comes first: real flights and readings become clean values, and each value is then *spelled* the way a
tired export would spell it. So the notes alone tell every defect apart, and the truth is never a guess.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

MONTHS = (1, 2, 3, 4, 11, 12)  # so cold that °F and °C overlap: no threshold tells them apart
MPH_TO_KNOTS = 1609.344 / 1852
EARLIEST, LATEST = -60, 1440  # minutes; what lies outside is a keying error
EXPORT = ["record", "date", "carrier", "flight", "origin", "dest", "tailnum"]
EXPORT += ["sched_dep", "dep_time", "dep_delay", "temp", "wind", "pressure"]


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write what the learner is given (export, stations, notes, one windy day) and the truth line by line."""
    rng = np.random.default_rng(int(seed, 16))
    month = int(rng.choice(MONTHS))
    stations = _stations(rng)
    flights = _flights(rng, datasets, month)
    _plant_delays(rng, flights)
    export, lines = _lines(rng, _spell(rng, flights, stations))

    data, truth = out / "data", out / "truth"
    data.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    export.to_csv(data / "export.csv", index=False, lineterminator="\n")
    stations.to_csv(data / "stations.csv", index=False, lineterminator="\n")
    (data / "README.txt").write_text(_notes(month, len(export)), encoding="utf-8", newline="\n")
    _windy_day(datasets).to_csv(data / "newark-2013-02-12.csv", index=False, lineterminator="\n")
    lines.to_parquet(truth / "lines.parquet", index=False)
    classes = ("repeated", "carrier", "sentinel", "impossible_delay")
    defects = {name: sorted(lines.loc[lines[f"is_{name}"], "record"].tolist()) for name in classes}
    (truth / "defects.json").write_text(json.dumps(defects, indent=1) + "\n", encoding="utf-8", newline="\n")


def _stations(rng: np.random.Generator) -> pd.DataFrame:
    """Each station's units. One of each kind, and always one station that needs no conversion at all."""
    third = ("F", "kt") if rng.random() < 0.5 else ("C", "mph")
    units = [("F", "mph"), ("C", "kt"), third]
    order = rng.permutation(3)
    return pd.DataFrame(
        [(name, *units[i]) for name, i in zip(("EWR", "JFK", "LGA"), order, strict=True)],
        columns=["station", "temperature", "wind"],
    )


def _flights(rng: np.random.Generator, datasets: Path, month: int) -> pd.DataFrame:
    """About 4,000 real flights of the month with real readings, by schedule; times in minutes of the day."""
    flights = pd.read_parquet(datasets / "flights.parquet")
    flights = flights[flights["month"] == month].reset_index(drop=True)
    weather = pd.read_parquet(datasets / "weather.parquet")
    hours = ["origin", "month", "day", "hour"]
    weather = weather[weather["month"] == month].drop_duplicates(hours)
    flights = flights.merge(weather[[*hours, "temp", "wind_speed", "pressure"]], on=hours, how="left")

    departed = _minute_of_day(flights["dep_time"])
    near_midnight = flights.index[(departed >= 1415) | (departed <= 25)].to_numpy()
    cancelled = flights.index[flights["dep_time"].isna()].to_numpy()
    ordinary = flights.index.difference(near_midnight).difference(cancelled).to_numpy()
    near_midnight = _some(rng, near_midnight, 18, 32)
    cancelled = _some(rng, cancelled, 90, 160)
    ordinary = _some(rng, ordinary, 3700, 4000)
    flights = flights.loc[np.concatenate([near_midnight, cancelled, ordinary])]
    flights = flights.sort_values(["day", "sched_dep_time", "carrier", "flight", "origin"])

    clean = pd.DataFrame(
        {
            "date": pd.to_datetime(flights[["year", "month", "day"]]).to_numpy().astype("datetime64[ns]"),
            "carrier": flights["carrier"].astype(str).to_numpy(),
            "flight": flights["flight"].astype("int64").to_numpy(),
            "origin": flights["origin"].astype(str).to_numpy(),
            "dest": flights["dest"].astype(str).to_numpy(),
            "tailnum": flights["tailnum"].astype(object).to_numpy(),
            "sched_minute": _minute_of_day(flights["sched_dep_time"]).astype("int64").to_numpy(),
            "dep_minute": _minute_of_day(flights["dep_time"]).astype("Int64").array,
            "dep_delay": flights["dep_delay"].astype("Int64").array,
            "cancelled": flights["dep_time"].isna().to_numpy(),
            "temp_f": flights["temp"].to_numpy(),
            "wind_mph": flights["wind_speed"].where(flights["wind_speed"] < 100).to_numpy(),
            "pressure_hpa": flights["pressure"].to_numpy(),
        }
    )
    _plant_midnight(clean)
    return _plant_namesakes(rng, clean)


def _some(rng: np.random.Generator, rows: np.ndarray, low: int, high: int) -> np.ndarray:
    """From ``low`` to ``high - 1`` of the rows, or all of them where there are fewer."""
    return rng.choice(rows, min(int(rng.integers(low, high)), len(rows)), replace=False)


def _minute_of_day(clock: pd.Series) -> pd.Series:
    """HHMM as a number to minutes after midnight; 2400 is 0."""
    return (clock // 100 * 60 + clock % 100) % 1440


def _plant_midnight(flights: pd.DataFrame) -> None:
    """Flights that left within 25 minutes of midnight leave at midnight sharp; the delay moves along."""
    minute = flights["dep_minute"]
    near = ((minute >= 1415) | (minute <= 25)).fillna(False).to_numpy(dtype=bool)
    shift = (minute[near] + 720) % 1440 - 720  # minutes after the nearest midnight
    flights.loc[near, "dep_delay"] = flights.loc[near, "dep_delay"] - shift
    flights.loc[near, "dep_minute"] = 0


def _plant_namesakes(rng: np.random.Generator, flights: pd.DataFrame) -> pd.DataFrame:
    """Give some flights the number of another that leaves the same day from another airport: not a repeat."""
    taken = set(zip(flights["date"], flights["carrier"], flights["flight"], flights["origin"], strict=True))
    by_day = flights.groupby(["date", "carrier"]).indices
    flights["is_namesake"] = False
    planted = 0
    for group in rng.permutation(np.array(list(by_day), dtype=object)):
        rows = by_day[tuple(group)]
        first, second = (rows[0], rows[-1])
        key = (*group, flights.at[first, "flight"], flights.at[second, "origin"])
        if flights.at[first, "origin"] != flights.at[second, "origin"] and key not in taken:
            flights.at[second, "flight"] = flights.at[first, "flight"]
            flights.loc[[first, second], "is_namesake"] = True
            taken.add(key)
            planted += 1
        if planted == 15:
            break
    return flights


def _plant_delays(rng: np.random.Generator, flights: pd.DataFrame) -> None:
    """Some very long waits that are real, and the two ends of the possible range themselves."""
    ordinary = np.flatnonzero(~flights["cancelled"] & (flights["dep_minute"] != 0).fillna(False))
    rows = rng.choice(ordinary, 12, replace=False)
    delays = np.concatenate([[EARLIEST] * 3, [LATEST] * 3, rng.integers(700, LATEST, 6)])
    late = (flights.loc[rows, "sched_minute"].to_numpy() + delays) % 1440
    delays = np.where(late == 0, delays - 1, delays)  # keeps midnight to the flights planted for it
    delays[:3], delays[3:6] = EARLIEST, LATEST
    flights.loc[rows, "dep_delay"] = delays
    flights.loc[rows, "dep_minute"] = (flights.loc[rows, "sched_minute"].to_numpy() + delays) % 1440


def _spell(rng: np.random.Generator, flights: pd.DataFrame, stations: pd.DataFrame) -> pd.DataFrame:
    """Add the text the export writes for each flight (``x_…``); clean values become what that text says."""
    table = flights.copy()
    n = len(table)
    units = table[["origin"]].merge(stations, left_on="origin", right_on="station", how="left")
    in_f, in_mph = (units["temperature"] == "F").to_numpy(), (units["wind"] == "mph").to_numpy()

    # What is written is rounded; the truth is computed from what is written.
    temp = np.where(in_f, table["temp_f"].round(2), ((table["temp_f"] - 32) * 5 / 9).round(1))
    wind = np.where(in_mph, table["wind_mph"].round(2), (table["wind_mph"] * MPH_TO_KNOTS).round(1))
    table["temp_c"] = np.where(in_f, (temp - 32) * 5 / 9, temp)
    table["wind_kt"] = np.where(in_mph, wind * MPH_TO_KNOTS, wind)
    table["is_sentinel"] = False
    for column, written in {"temp_c": temp, "wind_kt": wind, "pressure_hpa": table["pressure_hpa"]}.items():
        lost = rng.random(n) < rng.uniform(0.01, 0.03)
        table.loc[lost, column] = np.nan
        style = rng.choice(["-999", "-999.0", "N/A"], n, p=[0.5, 0.25, 0.25])
        missing = table[column].isna().to_numpy()
        text = np.where(missing, style, pd.Series(written).map("{:.12g}".format).to_numpy())
        table[f"x_{column.split('_')[0]}"] = text
        table["is_sentinel"] |= missing & (style != "N/A")

    table.loc[rng.random(n) < 0.012, "tailnum"] = None
    table["x_tailnum"] = table["tailnum"].where(table["tailnum"].notna(), "N/A")
    table["x_sched_dep"] = table["sched_minute"].map(_clock)
    table["x_dep_time"] = table["dep_minute"].astype(object).map(_clock, na_action="ignore").fillna("")
    table["x_dep_delay"] = table["dep_delay"].astype("string").fillna("").astype(object)
    _lose_departures(rng, table)
    recorded = table[["dep_minute", "dep_delay", "temp_c", "wind_kt", "pressure_hpa"]].notna().all(axis=1)
    table["is_sound"] = recorded & ~table["cancelled"]  # nothing to become missing but perhaps the aircraft
    return table


def _clock(minute: int) -> str:
    return "2400" if minute == 0 else f"{minute // 60:02d}{minute % 60:02d}"


def _lose_departures(rng: np.random.Generator, table: pd.DataFrame) -> None:
    """Keying errors in the delay, and departures of which the time or the delay was not recorded."""
    free = ~table["cancelled"] & (table["dep_minute"] != 0).fillna(False)
    free &= table["dep_delay"].between(EARLIEST + 1, 600).fillna(False)
    sizes = [int(rng.integers(30, 60)), int(rng.integers(12, 24)), int(rng.integers(12, 24))]
    rows = rng.choice(np.flatnonzero(free), sum(sizes), replace=False)
    wrong, no_time, no_delay = np.split(rows, np.cumsum(sizes)[:2])

    late, early = rng.integers(LATEST + 1, 10_000, len(wrong)), rng.integers(-1440, EARLIEST, len(wrong))
    errors = rng.permutation(np.concatenate([late, early]))[: len(wrong)]
    errors[errors == -999] = -998  # -999 is what instruments write, and a delay is not from an instrument
    errors[:6] = [LATEST + 1, EARLIEST - 1] * 3
    table["is_impossible_delay"] = False
    table.loc[wrong, "is_impossible_delay"] = True
    table.loc[wrong, "x_dep_delay"] = [str(e) for e in errors]
    table.loc[wrong, "dep_delay"] = pd.NA
    table.loc[no_delay, "x_dep_delay"] = "N/A"
    table.loc[no_delay, "dep_delay"] = pd.NA
    table.loc[no_time, "x_dep_time"] = "N/A"
    table.loc[no_time, "dep_minute"] = pd.NA


def _lines(rng: np.random.Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The export, all text, and beside it one truth row per line; repeats stand anywhere in the file."""
    n = len(table)
    sent_again = rng.choice(n, int(n * rng.uniform(0.03, 0.06)), replace=False)
    place = np.concatenate([np.arange(n, dtype=float), rng.uniform(0, n, len(sent_again))])
    lines = table.loc[np.concatenate([np.arange(n), sent_again])].copy()
    lines["uid"] = lines.index
    lines["is_retyped"] = (np.arange(len(lines)) >= n) | (rng.random(len(lines)) < 0.015)
    lines = lines.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
    lines["is_repeated"] = lines.duplicated("uid")
    # Sent once and like no other flight, so a check of one column does not also ask for the right key.
    lines["is_once"] = ~lines.duplicated("uid", keep=False) & ~lines["is_namesake"]
    lines["record"] = int(rng.integers(100_000, 800_000)) + np.cumsum(rng.integers(1, 4, len(lines)))

    _spell_dates(rng, lines)
    _spell_codes(rng, lines)
    export = lines[[f"x_{name}" for name in EXPORT if name not in ("record", "flight")]]
    export = export.rename(columns=lambda name: name.removeprefix("x_"))
    export = export.assign(record=lines["record"].astype(str), flight=lines["flight"].astype(str))[EXPORT]
    lines["is_plain"] = _plain(export, lines).astype(bool)
    truth = ["uid", "record", "date", "carrier", "flight", "origin", "dest", "tailnum", "sched_minute"]
    truth += ["dep_minute", "dep_delay", "cancelled", "temp_c", "wind_kt", "pressure_hpa", "date_style"]
    return export, lines[truth + [name for name in lines if name.startswith("is_")]]


def _spell_dates(rng: np.random.Generator, lines: pd.DataFrame) -> None:
    day_first, words = rng.uniform(0.2, 0.3), rng.uniform(0.15, 0.25)
    # One office writes a flight's date, so a line that is sent again keeps its spelling.
    by_flight = rng.choice(["iso", "slash", "words"], len(lines), p=[1 - day_first - words, day_first, words])
    style = by_flight[lines["uid"]]
    iso, slash = lines["date"].dt.strftime("%Y-%m-%d"), lines["date"].dt.strftime("%d/%m/%Y")
    text = lines["date"].dt.day.astype(str) + lines["date"].dt.strftime(" %b %Y")
    lines["date_style"] = style
    lines["x_date"] = np.select([style == "iso", style == "slash"], [iso, slash], text)


def _spell_codes(rng: np.random.Generator, lines: pd.DataFrame) -> None:
    """Spaces around some carriers anywhere; lines that were sent again come in another case as well."""
    n, retyped = len(lines), lines["is_retyped"].to_numpy()
    padded = rng.random(n) < rng.uniform(0.08, 0.15)
    before, after = rng.choice(["", " ", "  "], n), rng.choice([" ", "  ", "   "], n)
    carrier = lines["carrier"].where(~retyped, lines["carrier"].str.lower())
    lines["x_carrier"] = np.where(padded, before + carrier + after, carrier)
    lines["is_carrier"] = padded | retyped
    for column, source in {"origin": "origin", "dest": "dest", "tailnum": "x_tailnum"}.items():
        lower = retyped & (rng.random(n) < 0.7) & (lines[source] != "N/A").to_numpy()
        lines[f"x_{column}"] = lines[source].where(~lower, lines[source].str.lower())


def _plain(export: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """Lines that need nothing but types: no defect, no conversion, nothing missing, plainly written."""
    same = export["temp"] == lines["temp_c"].map("{:.12g}".format)
    same &= export["wind"] == lines["wind_kt"].map("{:.12g}".format)
    tidy = (lines["date_style"] == "iso") & ~lines["is_carrier"] & lines["is_once"]
    values = ["tailnum", "dep_minute", "dep_delay", "temp_c", "wind_kt", "pressure_hpa"]
    usual = lines["dep_minute"].ne(0) & lines["dep_delay"].between(-30, 300)
    return lines["is_sound"] & same & tidy & usual & lines[values].notna().all(axis=1)


def _windy_day(datasets: Path) -> pd.DataFrame:
    """Newark's hourly readings of 12 February 2013 as published, for the worked example."""
    weather = pd.read_parquet(datasets / "weather.parquet")
    day = (weather["month"] == 2) & (weather["day"] == 12) & (weather["origin"] == "EWR")
    return weather.loc[day, ["hour", "temp", "wind_speed"]].sort_values("hour").round(2)


def _notes(month: int, lines: int) -> str:
    name = pd.Timestamp(2013, month, 1).strftime("%B %Y")
    return f"""Field notes to export.csv                                        {name}, {lines} lines

Departures from New York's three airports, a sample of the month, each line joined to the weather
at its airport in the hour of the scheduled departure. Every field is text.

record     Number of the line. Whole, never repeated, never wrong.
date       Day of the scheduled departure. Three offices fill this in, three ways:
             2013-02-07    7 Feb 2013    07/02/2013
           The office that writes slashes writes the day first.
carrier    Carrier code.
flight     Flight number.
origin     Airport of departure, which is also the weather station: EWR, JFK or LGA.
dest       Airport of arrival.
tailnum    The aircraft.
             Codes mean the same in any case and with any spaces around them.
sched_dep  Scheduled departure, local clock, HHMM.
dep_time   Actual departure, local clock, HHMM. Our clocks write midnight as 2400, never 0000.
dep_delay  Minutes from scheduled to actual departure; negative is early. Whole minutes.
             From -60 to 1440, both included, a delay is possible, however odd it looks.
             Outside that it is a keying error, and the true delay is lost.
temp       Air temperature, in the unit that stations.csv gives for the station.
wind       Wind speed, in the unit that stations.csv gives for the station.
pressure   Air pressure at sea level, hPa, the same at every station.

N/A        In any field: not recorded.
-999       In temp, wind or pressure, however it is written: the instrument did not answer.
(empty)    dep_time and dep_delay both empty: the flight was cancelled. Nothing is missing there;
           there was no departure to record. N/A in one of them says that the flight did leave.

Some lines were typed by hand, and some were sent twice. Two lines are the same flight when date,
carrier, flight and origin mean the same; they then agree in everything but their record number.
The line that comes first in the file counts.
"""
