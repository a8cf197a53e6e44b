# %% saving
def saving(y, old, new, costs, groups, draws=300, seed=0):
    (y, old), (_, new) = _both_binary(y, old), _both_binary(y, new)
    paid = np.asarray(costs, dtype=float)
    each = 1000 * (paid[y.astype(int), old.astype(int)] - paid[y.astype(int), new.astype(int)])
    bill = [1000 * paid[y.astype(int), said.astype(int)] for said in (old, new)]
    members = _members(len(y), groups)
    found = [bill[0][rows].mean() - bill[1][others].mean() for rows, others in zip(
        _drawn(members, draws, seed), _drawn(members, draws, seed + 1), strict=True)]
    low, high = np.quantile(found, [0.025, 0.975])
    return {"saving": float(each.mean()), "low": float(low), "high": float(high)}
