# %% metrics
def _strict(y, values):
    y, values = np.array(y), np.array(values)
    if y.ndim != 1 or values.ndim != 1 or y.size == 0 or y.size != values.size:
        raise ValueError("two flat lists of the same length")
    if not set(np.unique(y).tolist()) <= {0, 1}:
        raise ValueError("labels are 0 or 1")
    return y.astype(int), values


def auc(y, score):
    from sklearn.metrics import roc_auc_score

    y, score = _strict(y, score)
    if not np.all(np.isfinite(score.astype(float))) or y.min() == y.max():
        raise ValueError("finite scores and both kinds of flights are needed")
    return float(roc_auc_score(y, score))


def _answers(said):
    if not set(np.unique(said).tolist()) <= {0, 1}:
        raise ValueError("answers are 0 or 1")
    return said.astype(int)


def accuracy(y, said):
    from sklearn.metrics import accuracy_score

    y, said = _strict(y, said)
    return float(accuracy_score(y, _answers(said)))


def f1(y, said):
    y, said = _strict(y, said)
    table = np.bincount(2 * y + _answers(said), minlength=4)
    bottom = 2 * table[3] + table[1] + table[2]
    return float(2 * table[3] / bottom) if bottom else float(np.nan)

# %% interval
def interval(metric, y, values, groups=None, draws=300, seed=0, level=0.95):
    function = globals()[metric] if metric in ("auc", "accuracy", "f1") else None
    if function is None or len(y) == 0 or (groups is not None and len(groups) != len(y)):
        raise ValueError("an unknown metric, no rows, or not a label for each row")
    y, values = np.asarray(y), np.asarray(values)
    results = []
    for rows in _resampled(np.arange(len(y)) if groups is None else groups, draws, seed):
        try:
            results.append(function(y[rows], values[rows]))
        except ValueError:
            results.append(np.nan)
    results = pd.Series(results, dtype=float)
    if results.isna().mean() > 0.5:
        raise ValueError("most draws have no answer")
    return float(results.quantile(0.5 - level / 2)), float(results.quantile(0.5 + level / 2))


def _resampled(labels, draws, seed):
    where = pd.Series(np.arange(len(labels))).groupby(np.asarray(labels)).indices
    where = list(where.values())
    random = np.random.RandomState(seed)
    for _ in range(draws):
        yield np.hstack([where[day] for day in random.choice(len(where), size=len(where))])

# %% cost
def mean_cost(y, said, costs):
    y, said = _strict(y, said)
    table = np.bincount(2 * y + _answers(said), minlength=4).reshape(2, 2)
    return float((table * np.asarray(costs)).sum() / len(y))


def cheapest_threshold(y, score, costs):
    y, score = _strict(y, score)
    table = pd.DataFrame({"late": y, "on_time": 1 - y, "score": score.astype(float)}).groupby("score").sum()
    table = table.sort_index(ascending=False).cumsum()
    said = table["late"] * (costs[1][1] - costs[1][0]) + table["on_time"] * (costs[0][1] - costs[0][0])
    return float(said.idxmin()) if said.min() < 0 else np.inf

# %% saving
def saving(y, old, new, costs, groups, draws=300, seed=0):
    bill = np.asarray(costs, dtype=float) * 1000
    gain = bill[np.asarray(y, dtype=int), np.asarray(old, dtype=int)] - bill[np.asarray(y, dtype=int), np.asarray(new, dtype=int)]
    days = pd.Series(gain).groupby(np.asarray(groups)).agg(["sum", "size"]).to_numpy()
    picks = np.random.default_rng(seed).integers(len(days), size=(draws, len(days)))
    sums = days[picks].sum(axis=1)
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [2.5, 97.5])
    return {"saving": float(gain.mean()), "low": float(low), "high": float(high)}

# %% baseline
def wall_table(learn, flights):
    shares = learn.groupby(["origin", "hour"], as_index=False)["late"].mean().rename(columns={"late": "share"})
    asked = flights[["origin", "hour"]].reset_index(drop=True)
    return asked.merge(shares, on=["origin", "hour"], how="left")["share"].fillna(learn["late"].mean()).to_numpy()

# %% page
threshold = claims = None
chance_then = out_of_fold(train)
scored = ~np.isnan(chance_then)
threshold = cheapest_threshold(train.loc[scored, "late"], chance_then[scored], costs)
wall_line = cheapest_threshold(train["late"], wall_table(train, train), costs)

fitted = new_model().fit(train[FEATURES], train["late"])
happened = later["late"].to_numpy()
chance, wall = fitted.predict_proba(later[FEATURES])[:, 1], wall_table(train, later)
silent, half = np.zeros(len(later), dtype=int), (chance >= 0.5).astype(int)
by_wall, by_model = (wall >= wall_line).astype(int), (chance >= threshold).astype(int)
auc_low, auc_high = interval("auc", happened, chance, groups=later["day"])
saved = saving(happened, by_wall, by_model, costs, later["day"])
claims = {
    "late_share_train": round(float(train["late"].mean()), 4),
    "late_share_later": float(later["late"].mean()),
    "accuracy_silent": accuracy(happened, silent),
    "accuracy_half": accuracy(happened, half),
    "f1_half": f1(happened, half),
    "auc_wall": auc(happened, wall),
    "auc_model": auc(happened, chance),
    "auc_low": auc_low,
    "auc_high": auc_high,
    "cost_silent": 1000 * mean_cost(happened, silent, costs),
    "cost_wall": 1000 * mean_cost(happened, by_wall, costs),
    "cost_model": 1000 * mean_cost(happened, by_model, costs),
    "saving": saved["saving"],
    "saving_low": saved["low"],
    "saving_high": saved["high"],
    "ship": bool(saved["low"] > 0),
}
