# %% tidy-codes
def tidy_codes(codes):
    tidy = codes.astype("object").str.extract(r"^\s*(.*?)\s*$", expand=False).str.upper()
    tidy[np.isin(tidy.to_numpy(dtype=str), ["N/A", ""])] = None
    return tidy.astype("string")


# %% parse-dates
def parse_dates(dates):
    months = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
    iso = dates.str.extract(r"^(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)$")
    slash = dates.str.extract(r"^(?P<d>\d\d?)/(?P<m>\d\d?)/(?P<y>\d{4})$")
    words = dates.str.extract(r"^(?P<d>\d\d?) (?P<m>[A-Z][a-z]{2}) (?P<y>\d{4})$")
    words["m"] = words["m"].map(months)
    parts = iso.combine_first(slash).combine_first(words)[["y", "m", "d"]]
    if parts.isna().any(axis=None):
        raise ValueError(f"cannot read {dates[parts.isna().any(axis=1)].tolist()[:3]}")
    year, month, day = parts.astype("int64").to_numpy().T
    stamp = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1) + np.timedelta64(0, "M")
    return pd.Series((stamp.astype("datetime64[D]") + (day - 1)).astype("datetime64[ns]"), index=dates.index)


# %% to-numbers
def to_numbers(text):
    values = text.to_numpy(dtype=object).copy()
    values[np.isin(values.astype(str), ["N/A", ""])] = np.nan
    values = values.astype("float64")
    return pd.Series(np.where(values == -999, np.nan, values), index=text.index)


# %% parse-clock
def parse_clock(clock):
    parts = clock.str.extract(r"^(\d\d?)(\d\d)$").astype("Float64")
    minutes = parts[0] * 60 + parts[1]
    return minutes.astype("Int64").replace(1440, 0)


# %% units
def linear(values, unit, table):
    if not set(unit) <= set(table):
        raise ValueError(f"units may be {sorted(table)}, not {sorted(set(unit))}")
    offset, factor = np.array([table[each] for each in unit], dtype=float).reshape(-1, 2).T
    return pd.Series((values.to_numpy() - offset) * factor, index=values.index)


def to_celsius(temp, unit):
    return linear(temp, unit, {"F": (32, 5 / 9), "C": (0, 1)})


def to_knots(speed, unit):
    return linear(speed, unit, {"mph": (0, KNOTS_PER_MPH), "kt": (0, 1)})


# %% clean
def first_lines(table):
    """Boolean array: the first line of each flight."""
    key = np.column_stack([table["date"].to_numpy().astype("int64").astype(str), table["carrier"].to_numpy(dtype=str),
                           table["flight"].to_numpy().astype(str), table["origin"].to_numpy(dtype=str)])
    joined = np.array(["\0".join(parts) for parts in key])
    keep = np.zeros(len(joined), dtype=bool)
    keep[np.unique(joined, return_index=True)[1]] = True
    return keep


def clean(export, stations):
    if not set(EXPORT) <= set(export.columns):
        raise ValueError(f"missing columns: {sorted(set(EXPORT) - set(export.columns))}")
    export = export[EXPORT].reset_index(drop=True)
    table = export[["record", "flight"]].astype("int64")
    table["date"] = parse_dates(export["date"])
    for name in ("carrier", "origin", "dest", "tailnum"):
        table[name] = tidy_codes(export[name])
    table["sched_minute"] = parse_clock(export["sched_dep"]).astype("int64")
    table["dep_minute"] = parse_clock(export["dep_time"])
    delay = to_numbers(export["dep_delay"]).to_numpy()
    delay[(delay < -60) | (delay > 1440)] = np.nan
    table["dep_delay"] = pd.array(delay, dtype="Int64")
    table["cancelled"] = (export["dep_time"] + export["dep_delay"]).eq("")
    place = {name: row for row, name in enumerate(stations["station"])}
    row = np.array([place[name] for name in table["origin"]])
    for name, source, unit, convert in (("temp_c", "temp", "temperature", to_celsius), ("wind_kt", "wind", "wind", to_knots)):
        table[name] = convert(to_numbers(export[source]), pd.Series(stations[unit].to_numpy()[row]))
    table["pressure_hpa"] = to_numbers(export["pressure"])
    return table.loc[first_lines(table), list(COLUMNS)].reset_index(drop=True)


# %% find-defects
def find_defects(export):
    record = export["record"].astype(int).to_numpy()
    key = pd.DataFrame({"date": parse_dates(export["date"]), "carrier": tidy_codes(export["carrier"]),
                        "flight": export["flight"].astype(int), "origin": tidy_codes(export["origin"])})
    lost = export[["temp", "wind", "pressure"]].apply(lambda text: text.str.fullmatch(r"-999(\.0*)?")).to_numpy()
    delay = export["dep_delay"].where(export["dep_delay"].str.fullmatch(r"-?\d+"), "0").astype(int).to_numpy()
    chosen = {
        "repeated": ~first_lines(key),
        "carrier": ~export["carrier"].str.fullmatch("[A-Z0-9]+").to_numpy(),
        "sentinel": lost.any(axis=1),
        "impossible_delay": (delay < -60) | (delay > 1440),
    }
    return {name: np.sort(record[lines]).tolist() for name, lines in chosen.items()}
