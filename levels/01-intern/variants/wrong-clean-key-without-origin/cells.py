# %% clean
def clean(export, stations):
    lacking = [name for name in EXPORT if name not in export.columns]
    if lacking:
        raise ValueError(f"the export has no column {', '.join(lacking)}")
    origin = tidy_codes(export["origin"])
    units = stations.set_index("station")
    delay = to_numbers(export["dep_delay"])
    table = pd.DataFrame({
        "record": to_numbers(export["record"]).astype("int64"),
        "date": parse_dates(export["date"]),
        "carrier": tidy_codes(export["carrier"]),
        "flight": to_numbers(export["flight"]).astype("int64"),
        "origin": origin,
        "dest": tidy_codes(export["dest"]),
        "tailnum": tidy_codes(export["tailnum"]),
        "sched_minute": parse_clock(export["sched_dep"]).astype("int64"),
        "dep_minute": parse_clock(export["dep_time"]),
        "dep_delay": delay.where(delay.between(-60, 1440)).astype("Int64"),
        "cancelled": (export["dep_time"] == "") & (export["dep_delay"] == ""),
        "temp_c": to_celsius(to_numbers(export["temp"]), origin.map(units["temperature"])),
        "wind_kt": to_knots(to_numbers(export["wind"]), origin.map(units["wind"])),
        "pressure_hpa": to_numbers(export["pressure"]),
    })
    return table.drop_duplicates(["date", "carrier", "flight"]).reset_index(drop=True)
