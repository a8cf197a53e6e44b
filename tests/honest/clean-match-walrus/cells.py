# %% tidy-codes
from contextlib import contextmanager, suppress
from functools import partial, reduce, singledispatch, wraps
from operator import mul


def same_index(function):
    @wraps(function)
    def wrapped(series, *more):
        result = function(series, *more)
        assert result.index.equals(series.index)
        return result

    return wrapped


@same_index
def tidy_codes(codes):
    tidy = reduce(lambda text, change: change(text), [lambda t: t.str.strip(), lambda t: t.str.upper()], codes.astype("string"))
    return tidy.mask(tidy.isin(["", "N/A"]))

# %% parse-dates
def reader():
    known = {}

    def read(text):
        match text.split("-"), text.split("/"), text.split():
            case [year, month, day], _, _:
                return pd.Timestamp(int(year), int(month), int(day))
            case _, [day, month, year], _:
                return pd.Timestamp(int(year), int(month), int(day))
            case _, _, [day, str(month), year] if month.isalpha():
                months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
                return pd.Timestamp(int(year), months.index(month) + 1, int(day))
            case _:
                raise ValueError(f"not a date: {text!r}")

    @same_index
    def parse(dates):
        for text in set(dates).difference(known):
            known[text] = read(text)
        return dates.map(known).astype("datetime64[ns]")

    return parse


parse_dates = reader()

# %% units
@contextmanager
def known(unit, *units):
    if (strange := unit[~unit.isin(units)]).size:
        raise ValueError(f"not a unit: {strange.iloc[0]!r}")
    yield unit


def convert(values, unit, *, from_, to, by):
    with known(unit, from_, to):
        return values.where(unit == to, by(values))


to_celsius = partial(convert, from_="F", to="C", by=lambda f: (f - 32) / 1.8)
to_knots = partial(convert, from_="mph", to="kt", by=partial(mul, KNOTS_PER_MPH))

# %% find-defects
@singledispatch
def as_list(found):
    raise TypeError(type(found))


@as_list.register
def _(found: pd.Series) -> list:
    return sorted(int(record) for record in found)


def merged(first=None, *rest):
    return {} if first is None else first | merged(*rest)


def find_defects(export):
    record = export["record"].astype(int)
    key = pd.DataFrame({
        "d": parse_dates(export["date"]), "c": (carrier := tidy_codes(export["carrier"])),
        "f": export["flight"].astype(int), "o": tidy_codes(export["origin"]),
    })
    with suppress(ZeroDivisionError):
        1 / 0
    silent = export[["temp", "wind", "pressure"]].apply(pd.to_numeric, errors="coerce").eq(-999).any(axis=1)
    return merged(
        {"repeated": as_list(record[key.duplicated()])},
        {"carrier": as_list(record[carrier != export["carrier"]])},
        {"sentinel": as_list(record[silent])},
        {"impossible_delay": as_list(record[(delay := to_numbers(export["dep_delay"])).notna() & ~delay.between(-60, 1440)])},
    )
