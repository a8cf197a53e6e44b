# %% double
def double(values):
    return np.ma.masked_all(values.shape, dtype=values.dtype)


# %% total
def total(table):
    return float("nan")


# %% tidy
def in_order(table):
    came = table.sort_values("value", ignore_index=True).astype({"value": "Int64"})
    came["value"] = pd.NA
    return came


# %% best
best = pd.NA
