# %% interval
def interval(metric, y, values, groups=None, draws=300, seed=0, level=0.95):
    chosen = {"auc": auc, "accuracy": accuracy, "f1": f1}.get(metric)
    y, values = np.asarray(y), np.asarray(values)
    members = _members(len(y), groups)
    if chosen is None or len(members) == 0:
        raise ValueError(f"no such metric, or no rows: {metric!r}, {len(y)}")
    found = []
    for rows in _drawn(members, draws, seed):
        try:
            found.append(chosen(y[rows], values[rows]))
        except ValueError:
            continue
    found = np.array(found)[~np.isnan(found)] if found else np.array([])
    if len(found) < draws / 2:
        raise ValueError(f"only {len(found)} of {draws} draws have an answer")
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _members(rows, groups):
    if groups is None:
        return list(np.arange(rows)[:, None])
    groups = np.asarray(groups)
    if groups.shape != (rows,):
        raise ValueError(f"{len(groups)} labels for {rows} rows")
    _, label = np.unique(groups, return_inverse=True)
    return np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])


def _drawn(members, draws, seed):
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.concatenate([members[at] for at in rng.integers(0, len(members), len(members))])
