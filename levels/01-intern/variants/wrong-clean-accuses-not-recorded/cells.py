# %% find-defects
def find_defects(export):
    key = pd.DataFrame({
        "date": parse_dates(export["date"]),
        "carrier": tidy_codes(export["carrier"]),
        "flight": to_numbers(export["flight"]),
        "origin": tidy_codes(export["origin"]),
    })
    readings = export[["temp", "wind", "pressure"]].apply(to_numbers)
    delay = to_numbers(export["dep_delay"])
    at_fault = {
        "repeated": key.duplicated(),
        "carrier": export["carrier"] != key["carrier"],
        "sentinel": readings.isna().any(axis=1),
        "impossible_delay": delay.notna() & ~delay.between(-60, 1440),
    }
    record = to_numbers(export["record"]).astype("int64")
    return {name: sorted(record[lines].tolist()) for name, lines in at_fault.items()}
