# %% tidy-codes
def tidy_code(text):
    code = text.strip().upper()
    return None if code in ("", "N/A") else code


def tidy_codes(codes):
    return pd.Series([tidy_code(text) for text in codes], index=codes.index, dtype="string")


# %% parse-dates
from datetime import datetime
from functools import lru_cache


@lru_cache(maxsize=None)
def one_date(text):
    if "/" in text:
        day, month, year = text.split("/")
        return datetime(int(year), int(month), int(day))
    if " " in text:
        return datetime.strptime(text, "%d %b %Y")
    return datetime.strptime(text, "%Y-%m-%d")


def parse_dates(dates):
    return pd.Series([one_date(text) for text in dates], index=dates.index, dtype="datetime64[ns]")


# %% to-numbers
def one_number(text):
    if text in ("N/A", ""):
        return None
    number = float(text)
    return None if number == -999 else number


def to_numbers(text):
    return pd.Series([one_number(each) for each in text], index=text.index, dtype="float64")


# %% parse-clock
def one_clock(text):
    if text in ("N/A", ""):
        return None
    return (int(text[:-2]) * 60 + int(text[-2:])) % 1440


def parse_clock(clock):
    return pd.Series([one_clock(text) for text in clock], index=clock.index, dtype="Int64")


# %% units
CELSIUS = {"C": lambda temp: temp, "F": lambda temp: (temp - 32) / 1.8}
KNOTS = {"kt": lambda speed: speed, "mph": lambda speed: speed * KNOTS_PER_MPH}


def convert(values, units, known):
    unknown = set(units) - set(known)
    if unknown:
        raise ValueError(f"not a unit here: {unknown}")
    return pd.Series([known[u](v) for v, u in zip(values, units)], index=values.index, dtype="float64")


def to_celsius(temp, unit):
    return convert(temp, unit, CELSIUS)


def to_knots(speed, unit):
    return convert(speed, unit, KNOTS)


# %% clean
def clean(export, stations):
    lacking = [name for name in EXPORT if name not in export.columns]
    if lacking:
        raise ValueError("the export lacks " + ", ".join(lacking))
    warm = {name: CELSIUS[unit] for name, unit in zip(stations["station"], stations["temperature"])}
    windy = {name: KNOTS[unit] for name, unit in zip(stations["station"], stations["wind"])}
    seen, rows = set(), []
    for line in zip(*(export[name].tolist() for name in EXPORT)):
        record, date, carrier, flight, origin, dest, tailnum, due, left, delay, temp, wind, pressure = line
        date, carrier, origin = one_date(date), tidy_code(carrier), tidy_code(origin)
        key = (date, carrier, flight, origin)
        if key in seen:
            continue
        seen.add(key)
        minutes = one_number(delay)
        possible = minutes is not None and -60 <= minutes <= 1440
        temp, wind = one_number(temp), one_number(wind)
        rows.append((
            int(record), date, carrier, int(flight), origin, tidy_code(dest), tidy_code(tailnum),
            one_clock(due), one_clock(left), int(minutes) if possible else None, left == "" and delay == "",
            None if temp is None else warm[origin](temp), None if wind is None else windy[origin](wind),
            one_number(pressure),
        ))
    columns = zip(*rows)
    return pd.DataFrame({name: pd.array(values, dtype=dtype) if dtype in ("Int64", "string")
                         else pd.Series(values, dtype=dtype)
                         for (name, dtype), values in zip(COLUMNS.items(), columns)})


# %% find-defects
def find_defects(export):
    report = {"repeated": [], "carrier": [], "sentinel": [], "impossible_delay": []}
    seen = set()
    for line in zip(*(export[name].tolist() for name in EXPORT)):
        fields = dict(zip(EXPORT, line))
        record = int(fields["record"])
        carrier = tidy_code(fields["carrier"])
        key = (one_date(fields["date"]), carrier, fields["flight"], tidy_code(fields["origin"]))
        if key in seen:
            report["repeated"].append(record)
        seen.add(key)
        if carrier != fields["carrier"]:
            report["carrier"].append(record)
        if any(fields[name].split(".")[0] == "-999" for name in ("temp", "wind", "pressure")):
            report["sentinel"].append(record)
        if fields["dep_delay"] not in ("", "N/A") and not -60 <= int(fields["dep_delay"]) <= 1440:
            report["impossible_delay"].append(record)
    return {name: sorted(records) for name, records in report.items()}
