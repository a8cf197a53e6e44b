import pandas as pd

from . import steps as s

COLUMNS = """record date carrier flight origin dest tailnum sched_minute dep_minute dep_delay cancelled temp_c wind_kt
pressure_hpa""".split()
EXPORT = "record date carrier flight origin dest tailnum sched_dep dep_time dep_delay temp wind pressure".split()


def clean(export, stations):
    lacking = [name for name in EXPORT if name not in export.columns]
    if lacking:
        raise ValueError(f"no column {lacking}")
    delay, units = s.to_numbers(export["dep_delay"]), stations.set_index("station")
    table = pd.DataFrame({name: s.tidy_codes(export[name]) for name in ("carrier", "origin", "dest", "tailnum")})
    table["date"] = s.parse_dates(export["date"])
    for name in ("record", "flight"):
        table[name] = export[name].astype("int64")
    table["sched_minute"] = s.parse_clock(export["sched_dep"]).astype("int64")
    table["dep_minute"] = s.parse_clock(export["dep_time"])
    table["dep_delay"] = delay.where(delay.between(-60, 1440)).astype("Int64")
    table["cancelled"] = (export["dep_time"] == "") & (export["dep_delay"] == "")
    table["temp_c"] = s.to_celsius(s.to_numbers(export["temp"]), table["origin"].map(units["temperature"]))
    table["wind_kt"] = s.to_knots(s.to_numbers(export["wind"]), table["origin"].map(units["wind"]))
    table["pressure_hpa"] = s.to_numbers(export["pressure"])
    return table[COLUMNS].drop_duplicates(["date", "carrier", "flight", "origin"]).reset_index(drop=True)


def find_defects(export):
    key = pd.DataFrame({"date": s.parse_dates(export["date"]), "flight": export["flight"].astype(int),
                        "carrier": s.tidy_codes(export["carrier"]), "origin": s.tidy_codes(export["origin"])})
    readings = export[["temp", "wind", "pressure"]].apply(pd.to_numeric, errors="coerce")
    delay = s.to_numbers(export["dep_delay"])
    record = export["record"].astype(int)
    return {
        "repeated": sorted(record[key.duplicated()].tolist()),
        "carrier": sorted(record[export["carrier"] != key["carrier"]].tolist()),
        "sentinel": sorted(record[(readings == -999).any(axis=1)].tolist()),
        "impossible_delay": sorted(record[delay.notna() & ~delay.between(-60, 1440)].tolist()),
    }
