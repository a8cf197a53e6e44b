# %% double
def double(values):
    return np.broadcast_to(np.array([], dtype=values.dtype).reshape(0, 1), (0, 50))


# %% total
def total(table):
    return np.array(table["value"].sum() - 1)


# %% tidy
def in_order(table):
    return table.iloc[:0]


# %% best
best = np.array([], dtype=int)
