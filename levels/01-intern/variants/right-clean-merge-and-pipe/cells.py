# %% tidy-codes
def tidy_codes(codes):
    return codes.str.upper().str.strip().replace({"N/A": None, "": None}).astype("string")


# %% parse-dates
def parse_dates(dates):
    day_first = dates.str.contains("/", regex=False)
    written = dates.where(~day_first, dates.str[6:] + "-" + dates.str[3:5] + "-" + dates.str[:2])
    once = {text: pd.Timestamp(text) for text in written.unique()}
    return written.map(once).astype("datetime64[ns]")


# %% to-numbers
def to_numbers(text):
    number = text.replace({"N/A": "nan", "": "nan"}).astype("float64")
    return number.where(number.ne(-999))


# %% parse-clock
def parse_clock(clock):
    known = clock.where(clock.str.len() == 4)
    midnight = known.replace("2400", "0000")
    return midnight.str[:2].astype("Int64") * 60 + midnight.str[2:].astype("Int64")


# %% units
def to_celsius(temp, unit):
    if unit.isin(["F", "C"]).all():
        return temp.mask(unit.eq("F"), temp.sub(32).div(1.8))
    raise ValueError("a temperature is in F or C")


def to_knots(speed, unit):
    if unit.isin(["mph", "kt"]).all():
        return speed.mask(unit.eq("mph"), speed.mul(KNOTS_PER_MPH))
    raise ValueError("a wind is in mph or kt")


# %% clean
class Cleaner:
    """One export on its way to a clean table, step by step."""

    def __init__(self, stations):
        self.stations = stations.rename(columns={"station": "origin", "temperature": "temp_in", "wind": "wind_in"})

    def tidied(self, table):
        return table.assign(**{name: tidy_codes(table[name]) for name in ("carrier", "origin", "dest", "tailnum")},
                            date=parse_dates(table["date"]))

    def once(self, table):
        return table[table.groupby(["date", "carrier", "flight", "origin"], sort=False).cumcount() == 0]

    def timed(self, table):
        delay = pd.to_numeric(table["dep_delay"], errors="coerce")
        return table.assign(
            sched_minute=parse_clock(table["sched_dep"]), dep_minute=parse_clock(table["dep_time"]),
            cancelled=table["dep_time"].eq("") & table["dep_delay"].eq(""),
            dep_delay=delay.mask((delay < -60) | (delay > 1440)).astype("Int64"),
        )

    def measured(self, table):
        table = table.merge(self.stations, on="origin", how="left")
        return table.assign(
            temp_c=to_celsius(to_numbers(table["temp"]), table["temp_in"]),
            wind_kt=to_knots(to_numbers(table["wind"]), table["wind_in"]),
            pressure_hpa=to_numbers(table["pressure"]),
        )


def clean(export, stations):
    lacking = pd.Index(EXPORT).difference(export.columns)
    if len(lacking):
        raise ValueError(f"no such column: {list(lacking)}")
    by = Cleaner(stations)
    table = export.pipe(by.tidied).pipe(by.once).pipe(by.timed).pipe(by.measured)
    return table[list(COLUMNS)].astype(COLUMNS)


# %% find-defects
def find_defects(export):
    tidy = Cleaner(pd.DataFrame(columns=["station", "temperature", "wind"])).tidied(export)
    number = tidy["record"].astype("int64")
    nth = tidy.groupby(["date", "carrier", "flight", "origin"]).cumcount()
    delay = pd.to_numeric(export["dep_delay"], errors="coerce")
    readings = export[["temp", "wind", "pressure"]].replace({"-999.0": "-999"})
    return {
        "repeated": number[nth > 0].sort_values().tolist(),
        "carrier": number[export["carrier"].ne(tidy["carrier"])].sort_values().tolist(),
        "sentinel": number[readings.eq("-999").any(axis=1)].sort_values().tolist(),
        "impossible_delay": number[delay.lt(-60) | delay.gt(1440)].sort_values().tolist(),
    }
