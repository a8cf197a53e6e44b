# %% parse-dates
def parse_dates(dates):
    found = pd.Series(pd.NaT, index=dates.index, dtype="datetime64[ns]")
    for layout in ("%Y-%m-%d", "%d %b %Y", "%m/%d/%Y", "%d/%m/%Y"):
        found = found.fillna(pd.to_datetime(dates, format=layout, errors="coerce"))
    if found.isna().any():
        raise ValueError(f"not a date: {dates[found.isna()].iloc[0]!r}")
    return found
