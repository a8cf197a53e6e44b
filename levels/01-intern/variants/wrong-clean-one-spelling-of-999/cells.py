# %% to-numbers
def to_numbers(text):
    return pd.to_numeric(text.mask(text.isin(["N/A", "", "-999"]))).astype("float64")
