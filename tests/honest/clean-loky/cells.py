# %% clean
from joblib import Parallel, delayed


def clean(export, stations):
    lacking = sorted(set(EXPORT) - set(export.columns))
    if lacking:
        raise ValueError(f"{lacking}")
    origin, units = tidy_codes(export["origin"]), stations.set_index("station")
    work = {
        "record": (to_numbers, "record"), "date": (parse_dates, "date"), "carrier": (tidy_codes, "carrier"),
        "flight": (to_numbers, "flight"), "dest": (tidy_codes, "dest"), "tailnum": (tidy_codes, "tailnum"),
        "sched_minute": (parse_clock, "sched_dep"), "dep_minute": (parse_clock, "dep_time"),
        "dep_delay": (to_numbers, "dep_delay"), "temp": (to_numbers, "temp"), "wind": (to_numbers, "wind"),
        "pressure_hpa": (to_numbers, "pressure"),
    }
    made = Parallel(n_jobs=2, backend="threading")(delayed(make)(export[name]) for make, name in work.values())
    table = pd.DataFrame(dict(zip(work, made, strict=True))).assign(origin=origin)
    table["dep_delay"] = table["dep_delay"].where(table["dep_delay"].between(-60, 1440))
    table["cancelled"] = (export["dep_time"] == "") & (export["dep_delay"] == "")
    table["temp_c"] = to_celsius(table["temp"], origin.map(units["temperature"]))
    table["wind_kt"] = to_knots(table["wind"], origin.map(units["wind"]))
    table = table[list(COLUMNS)].astype(COLUMNS)
    return table.drop_duplicates(["date", "carrier", "flight", "origin"], ignore_index=True)

# %% my-month
cleaned, defects = Parallel(n_jobs=2)([delayed(clean)(raw, stations), delayed(find_defects)(raw)])
