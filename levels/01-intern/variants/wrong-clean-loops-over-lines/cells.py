# %% clean
def clean(export, stations):
    lacking = [name for name in EXPORT if name not in export.columns]
    if lacking:
        raise ValueError(f"the export has no column {', '.join(lacking)}")
    units = {line.station: (line.temperature, line.wind) for line in stations.itertuples()}

    def code(text):
        return pd.NA if text.strip() in ("", "N/A") else text.strip().upper()

    def number(text):
        return np.nan if text in ("", "N/A") or float(text) == -999 else float(text)

    def clock(text):
        return pd.NA if text in ("", "N/A") else (int(text[:2]) * 60 + int(text[2:])) % 1440

    rows, seen = [], set()
    for _, line in export.iterrows():
        layout = "%d/%m/%Y" if "/" in line["date"] else "%d %b %Y" if " " in line["date"] else "%Y-%m-%d"
        date = pd.to_datetime(line["date"], format=layout)
        origin = code(line["origin"])
        key = (date, code(line["carrier"]), line["flight"], origin)
        if key in seen:
            continue
        seen.add(key)
        delay, temp, wind = number(line["dep_delay"]), number(line["temp"]), number(line["wind"])
        rows.append({
            "record": int(line["record"]),
            "date": date,
            "carrier": key[1],
            "flight": int(line["flight"]),
            "origin": origin,
            "dest": code(line["dest"]),
            "tailnum": code(line["tailnum"]),
            "sched_minute": clock(line["sched_dep"]),
            "dep_minute": clock(line["dep_time"]),
            "dep_delay": int(delay) if -60 <= delay <= 1440 else pd.NA,
            "cancelled": line["dep_time"] == "" and line["dep_delay"] == "",
            "temp_c": (temp - 32) * 5 / 9 if units[origin][0] == "F" else temp,
            "wind_kt": wind * KNOTS_PER_MPH if units[origin][1] == "mph" else wind,
            "pressure_hpa": number(line["pressure"]),
        })
    return pd.DataFrame(rows).astype(COLUMNS)
