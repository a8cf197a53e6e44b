# %% double
def double(values):
    return np.zeros(22_000_000, dtype=np.int64)


# %% total
def total(table):
    return 1 << 40_000_000


# %% tidy
def in_order(table):
    return pd.DataFrame({"station": ["x" * 40] * 900_000, "value": range(900_000)})


# %% best
best = [None] * 4_000_000
