# %% metrics
def _checked(y, values, binary):
    y, values = [float(v) for v in np.asarray(y, dtype=float).tolist()] if np.ndim(y) == 1 else None, values
    if y is None or np.ndim(values) != 1:
        raise ValueError("one-dimensional lists are needed")
    values = [float(v) for v in values]
    if not y or len(y) != len(values):
        raise ValueError("lists of the same length are needed, with at least one row")
    if any(v not in (0.0, 1.0) for v in y) or (binary and any(v not in (0.0, 1.0) for v in values)):
        raise ValueError("entries must be 0 or 1")
    if any(v != v or v in (float("inf"), float("-inf")) for v in values):
        raise ValueError("every score must be a finite number")
    return y, values


def auc(y, score):
    y, score = _checked(y, score, False)
    pairs = sorted(zip(score, y))
    below, wins, at = 0, 0.0, 0
    while at < len(pairs):
        end = at
        late = on_time = 0
        while end < len(pairs) and pairs[end][0] == pairs[at][0]:
            late += pairs[end][1] == 1.0
            on_time += pairs[end][1] == 0.0
            end += 1
        wins += late * (below + on_time / 2)
        below += on_time
        at = end
    positives = sum(y)
    if positives == 0 or below == 0:
        raise ValueError("one kind of flight only")
    return float(wins / (positives * below))


def accuracy(y, said):
    y, said = _checked(y, said, True)
    return sum(a == b for a, b in zip(y, said)) / len(y)


def f1(y, said):
    y, said = _checked(y, said, True)
    hits = sum(a * b for a, b in zip(y, said))
    some = sum(y) + sum(said)
    return 2 * hits / some if some else float("nan")

# %% interval
def interval(metric, y, values, groups=None, draws=300, seed=0, level=0.95):
    by_name = {"auc": _weighted_auc, "accuracy": _weighted_accuracy, "f1": _weighted_f1}
    if metric not in by_name:
        raise ValueError(f"unknown metric {metric}")
    y, values = np.asarray(y, dtype=float), np.asarray(values, dtype=float)
    found = [by_name[metric](y, values, weight) for weight in _weights(len(y), groups, draws, seed)]
    found = sorted(value for value in found if value == value)
    if 2 * len(found) < draws:
        raise ValueError("too few draws have an answer")
    return float(np.quantile(found, (1 - level) / 2)), float(np.quantile(found, 1 - (1 - level) / 2))


def _weights(rows, groups, draws, seed):
    """How often each row is in each draw."""
    if rows == 0:
        raise ValueError("no rows")
    labels = np.arange(rows) if groups is None else pd.factorize(np.asarray(groups))[0]
    if len(labels) != rows:
        raise ValueError("a label for each row is needed")
    rng, kinds = np.random.default_rng(seed), int(labels.max()) + 1
    for _ in range(draws):
        yield np.bincount(rng.integers(kinds, size=kinds), minlength=kinds)[labels].astype(float)


def _weighted_auc(y, score, weight):
    order = np.argsort(score, kind="stable")
    y, score, weight = y[order], score[order], weight[order]
    begins = np.flatnonzero(np.concatenate([[True], score[1:] != score[:-1]]))
    late = np.add.reduceat(weight * y, begins)
    on_time = np.add.reduceat(weight * (1 - y), begins)
    total = late.sum() * on_time.sum()
    return (late * (np.cumsum(on_time) - on_time / 2)).sum() / total if total else float("nan")


def _weighted_accuracy(y, said, weight):
    return (weight * (y == said)).sum() / weight.sum()


def _weighted_f1(y, said, weight):
    some = (weight * (y + said)).sum()
    return 2 * (weight * y * said).sum() / some if some else float("nan")

# %% cost
def mean_cost(y, said, costs):
    y, said = _checked(y, said, True)
    return float(sum(costs[int(a)][int(b)] for a, b in zip(y, said)) / len(y))


def cheapest_threshold(y, score, costs):
    y, score = _checked(y, score, False)
    best = running = sum(costs[int(late)][0] for late in y)
    line = float("inf")
    flights = sorted(zip(score, y), reverse=True)
    for at, (value, late) in enumerate(flights):
        running += costs[int(late)][1] - costs[int(late)][0]
        if running < best and (at + 1 == len(flights) or flights[at + 1][0] < value):
            best, line = running, value
    return line

# %% saving
def saving(y, old, new, costs, groups, draws=300, seed=0):
    gain = np.array([1000.0 * (costs[int(a)][int(b)] - costs[int(a)][int(c)]) for a, b, c in zip(y, old, new)])
    found = [(gain * weight).sum() / weight.sum() for weight in _weights(len(gain), groups, draws, seed)]
    return {"saving": float(gain.mean()), "low": float(np.quantile(found, 0.025)), "high": float(np.quantile(found, 0.975))}

# %% chaining
def forward_folds(months, first_test=4):
    months = [int(month) for month in months]
    folds = []
    for month in sorted(set(months)):
        past = [at for at, other in enumerate(months) if other < month]
        if month >= first_test and past:
            test = [at for at, other in enumerate(months) if other == month]
            folds.append((month, np.array(past), np.array(test)))
    return folds


def out_of_fold(flights, first_test=4):
    table = flights.reset_index(drop=True)
    parts = [pd.Series(np.nan, index=table.index)]
    for month, rows in table.groupby("month"):
        past = table[table["month"] < month]
        if month >= first_test and len(past):
            model = new_model()
            model.fit(past[FEATURES], past["late"])
            parts.append(pd.Series(model.predict_proba(rows[FEATURES])[:, 1], index=rows.index))
    return pd.concat(parts).groupby(level=0).max().to_numpy()

# %% baseline
def wall_table(learn, flights):
    counts = {}
    for origin, hour, late in zip(learn["origin"], learn["hour"], learn["late"]):
        cell = counts.setdefault((origin, hour), [0, 0])
        cell[0] += late
        cell[1] += 1
    overall = sum(cell[0] for cell in counts.values()) / len(learn)
    cells = (counts.get(place) for place in zip(flights["origin"], flights["hour"]))
    return np.array([cell[0] / cell[1] if cell else overall for cell in cells], dtype=float)
