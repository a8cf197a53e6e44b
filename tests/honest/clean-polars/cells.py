# %% after setup
import polars as pl

MISSING = ["", "N/A"]


def in_polars(series):
    return pl.Series(series.name or "values", series.to_list(), dtype=pl.String)


def as_text(column):
    return pl.when(column.is_in(MISSING)).then(None).otherwise(column)


def number(column):
    parsed = as_text(column).cast(pl.Float64)
    return pl.when(parsed == -999).then(None).otherwise(parsed)


def code(column):
    tidy = column.str.strip_chars().str.to_uppercase()
    return as_text(tidy)


def date(column):
    return pl.coalesce(
        column.str.to_date(layout, strict=False) for layout in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y")
    )


def minutes(column):
    clock = number(column).cast(pl.Int64)
    return (clock // 100 * 60 + clock % 100) % 1440

# %% tidy-codes
def apply(expression, series):
    return pl.DataFrame({"x": in_polars(series)}).select(expression(pl.col("x")).alias("x"))["x"]


def tidy_codes(codes):
    return pd.Series(apply(code, codes).to_list(), index=codes.index, dtype="string")

# %% parse-dates
def parse_dates(dates):
    found = apply(date, dates)
    if found.null_count():
        raise ValueError(f"cannot read {dates[found.is_null().to_numpy()].tolist()}")
    return pd.Series(pd.to_datetime(found.to_list()), index=dates.index).astype("datetime64[ns]")

# %% to-numbers
def to_numbers(text):
    try:
        return pd.Series(apply(number, text).to_numpy(), index=text.index, dtype="float64")
    except pl.exceptions.InvalidOperationError as error:
        raise ValueError(str(error)) from error

# %% parse-clock
def parse_clock(clock):
    return pd.Series(apply(minutes, clock).to_list(), index=clock.index, dtype="Int64")

# %% clean
def clean(export, stations):
    lacking = sorted(set(EXPORT) - set(export.columns))
    if lacking:
        raise ValueError(f"missing: {lacking}")
    units = pl.DataFrame({name: stations[name].to_list() for name in stations.columns})
    lines = pl.DataFrame({name: export[name].to_list() for name in EXPORT}, schema=dict.fromkeys(EXPORT, pl.String))
    delay = number(pl.col("dep_delay"))
    table = (
        lines.with_columns(
            date=date(pl.col("date")),
            **{name: code(pl.col(name)) for name in ("carrier", "origin", "dest", "tailnum")},
            record=pl.col("record").cast(pl.Int64),
            flight=pl.col("flight").cast(pl.Int64),
            sched_minute=minutes(pl.col("sched_dep")),
            dep_minute=minutes(pl.col("dep_time")),
            cancelled=(pl.col("dep_time") == "") & (pl.col("dep_delay") == ""),
            dep_delay=pl.when(delay.is_between(-60, 1440)).then(delay).cast(pl.Int64),
            temp=number(pl.col("temp")), wind=number(pl.col("wind")), pressure_hpa=number(pl.col("pressure")),
        )
        .unique(["date", "carrier", "flight", "origin"], keep="first", maintain_order=True)
        .join(units, left_on="origin", right_on="station", how="left", suffix="_unit", maintain_order="left")
    )
    table = table.with_columns(
        temp_c=pl.when(pl.col("temperature") == "F").then((pl.col("temp") - 32) / 1.8).otherwise(pl.col("temp")),
        wind_kt=pl.when(pl.col("wind_unit") == "mph").then(pl.col("wind") * KNOTS_PER_MPH).otherwise(pl.col("wind")),
    )
    columns = {name: table[name].to_list() for name in COLUMNS}
    columns["date"] = pd.to_datetime(columns["date"])
    return pd.DataFrame(columns).astype(COLUMNS)
