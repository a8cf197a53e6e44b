# %% saving
def saving(y, old, new, costs, groups, draws=300, seed=0):
    (y, old), (_, new) = _both_binary(y, old), _both_binary(y, new)
    paid = np.asarray(costs, dtype=float)
    each = 1000 * (paid[y.astype(int), new.astype(int)] - paid[y.astype(int), old.astype(int)])
    found = [each[rows].mean() for rows in _drawn(_members(len(y), groups), draws, seed)]
    low, high = np.quantile(found, [0.025, 0.975])
    return {"saving": float(each.mean()), "low": float(low), "high": float(high)}
