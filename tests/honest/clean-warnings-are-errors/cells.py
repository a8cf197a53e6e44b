# %% after setup
import warnings

warnings.filterwarnings("error")
np.seterr(all="raise")
pd.set_option("mode.copy_on_write", True)
pd.set_option("display.max_rows", 7, "display.precision", 2)
pd.options.mode.chained_assignment = "raise"
pd.options.display.float_format = "{:,.1f}".format
np.set_printoptions(precision=1, suppress=True)

# %% clean
def clean(export, stations):
    lacking = [name for name in EXPORT if name not in export.columns]
    if lacking:
        raise ValueError(f"{lacking=}")
    table = export.copy(deep=False)
    for name in ("carrier", "origin", "dest", "tailnum"):
        table[name] = tidy_codes(table[name])
    table["date"] = parse_dates(table["date"])
    table["cancelled"] = (table["dep_time"] == "") & (table["dep_delay"] == "")
    table["sched_minute"], table["dep_minute"] = parse_clock(table["sched_dep"]), parse_clock(table["dep_time"])
    delay = to_numbers(table["dep_delay"])
    table["dep_delay"] = delay.mask(~delay.between(-60, 1440))
    units = table[["origin"]].join(stations.set_index("station"), on="origin")
    table["temp_c"] = to_celsius(to_numbers(table["temp"]), units["temperature"])
    table["wind_kt"] = to_knots(to_numbers(table["wind"]), units["wind"])
    table["pressure_hpa"] = to_numbers(table["pressure"])
    table = table[~table.duplicated(["date", "carrier", "flight", "origin"])]
    return table[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)
