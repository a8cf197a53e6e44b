import pandas as pd

__all__ = ["tidy_codes", "parse_dates", "to_numbers", "parse_clock", "to_celsius", "to_knots"]
MPH = 1609.344 / 1852


def tidy_codes(codes):
    tidy = codes.astype("string").str.strip().str.upper()
    return tidy.mask(tidy.isin(["", "N/A"]))


def parse_dates(dates):
    found = pd.Series(pd.NaT, index=dates.index, dtype="datetime64[ns]")
    for layout in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y"):
        found = found.fillna(pd.to_datetime(dates, format=layout, errors="coerce"))
    if found.isna().any():
        raise ValueError(f"not a date: {dates[found.isna()].iloc[0]!r}")
    return found


def to_numbers(text):
    numbers = pd.to_numeric(text.mask(text.isin(["N/A", ""]))).astype("float64")
    return numbers.mask(numbers == -999)


def parse_clock(clock):
    number = to_numbers(clock)
    return ((number // 100 * 60 + number % 100) % 1440).astype("Int64")


def _known(unit, units):
    if not unit.isin(units).all():
        raise ValueError(f"unknown unit, not one of {units}")


def to_celsius(temp, unit):
    _known(unit, ["F", "C"])
    return temp.where(unit == "C", (temp - 32) * 5 / 9)


def to_knots(speed, unit):
    _known(unit, ["mph", "kt"])
    return speed.where(unit == "kt", speed * MPH)
