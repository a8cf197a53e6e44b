# %% tidy-codes
import pyarrow as pa
import pyarrow.compute as pc


def tidy_codes(codes):
    text = pc.utf8_upper(pc.utf8_trim_whitespace(pa.array(codes, type=pa.string())))
    tidy = pc.if_else(pc.is_in(text, pa.array(["", "N/A"])), pa.scalar(None, pa.string()), text)
    return pd.Series(tidy.to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get).array, index=codes.index, dtype="string")

# %% to-numbers
def to_numbers(text):
    try:
        number = pc.cast(pc.replace_with_mask(
            pa.array(text, type=pa.string()), pc.is_in(pa.array(text, type=pa.string()), pa.array(["", "N/A"])), pa.scalar("nan")), pa.float64())
    except pa.ArrowInvalid as error:
        raise ValueError(str(error)) from None
    number = pd.Series(number.to_numpy(zero_copy_only=False), index=text.index)
    return number.mask(number == -999)

# %% parse-dates
def parse_dates(dates):
    found = pd.Series(pd.NaT, index=dates.index, dtype="timestamp[ns][pyarrow]")
    for layout in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y"):
        found = found.fillna(pd.to_datetime(dates, format=layout, errors="coerce").astype("timestamp[ns][pyarrow]"))
    if found.isna().any():
        raise ValueError(f"not a date: {dates[found.isna()].iloc[0]!r}")
    return found.astype("datetime64[ns]")
