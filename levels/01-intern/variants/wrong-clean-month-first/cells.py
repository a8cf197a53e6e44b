# %% parse-dates
def parse_dates(dates):
    return pd.to_datetime(dates, format="mixed")
