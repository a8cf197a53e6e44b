# %% trees
def fit_trees(flights, stop_from, score_from):
    """Gradient-boosted trees that learn on the learn block and stop on the stop block.

    flights: a table with `record`, `sched`, FEATURES and `late`, of all days; any order, any index; it is left as it
    was. Nothing of days from score_from on may have any effect. Rows in another order give the same model.
    Returns an object with
      .rounds   the number of trees that answer (int): as many as had the smallest log loss on the stop block
      .losses   a list of floats: the mean log loss on the stop block after 1, 2, ... trees, up to PATIENCE rounds
                beyond the best, or MOST_ROUNDS
      .chances(flights)   a float for each flight of a table with FEATURES, row for row: one or many, in any order,
                with gaps, with airlines that were never seen. A flight's chance does not depend on its neighbours.
    Begin with the settings TREES; others are allowed.
    """
    flights = flights.sort_values("record")
    learn, stop, _ = blocks(flights, stop_from, score_from)
    categories = {column: sorted(flights[column].iloc[learn].unique()) for column in CATEGORIES}
    seen = {}
    data = [
        xgboost.DMatrix(_encoded(flights.iloc[rows], categories), label=flights["late"].iloc[rows], nthread=1)
        for rows in (learn, stop)
    ]
    booster = xgboost.train(
        {**TREES, "subsample": 0.8, "colsample_bytree": 0.7, "eta": 0.05, "eval_metric": "logloss"}, data[0], MOST_ROUNDS, evals=[(data[1], "stop")],
        early_stopping_rounds=PATIENCE, evals_result=seen, verbose_eval=False,
    )
    booster = booster[: booster.best_iteration + 1]
    booster.set_attr(categories=json.dumps(categories), losses=json.dumps(seen["stop"]["logloss"]))
    return Trees(booster)


def _encoded(flights, categories):
    numbers = flights[NUMERIC].to_numpy(dtype=float)
    kinds = [flights[[column]].to_numpy() == np.array(names, dtype=object) for column, names in categories.items()]
    return np.hstack([numbers, *kinds])


class Trees:
    """A booster cut to its best rounds, with what it needs to read a flight among its attributes."""

    def __init__(self, booster):
        self.booster = booster
        self.categories = json.loads(booster.attr("categories"))
        self.losses = json.loads(booster.attr("losses"))
        self.rounds = booster.num_boosted_rounds()

    def chances(self, flights):
        rows = xgboost.DMatrix(_encoded(flights, self.categories), nthread=1)
        return self.booster.predict(rows).astype(float)


# %% saving
def to_bytes(trees):
    """What `fit_trees` returned as the bytes of one JSON or UBJ file, with all that is needed to answer."""
    return bytes(trees.booster.save_raw("json"))


def from_bytes(data):
    """The trees of these bytes: `.chances` answers as it did before, `.rounds` says the same.

    Raises ValueError if the bytes are no such file, or only the first part of one.
    """
    return Trees(xgboost.Booster(model_file=bytearray(data)))


# %% margins
from sklearn.isotonic import IsotonicRegression
from sklearn.svm import LinearSVC


class Straight:
    """A straight margin on columns scaled by rank-free numbers, and a curve of steps."""

    def __init__(self, past, drawn, middle):
        self.middle = past[NUMERIC].median()
        self.spread = past[NUMERIC].quantile(0.9) - past[NUMERIC].quantile(0.1)
        self.spread[self.spread == 0] = past[NUMERIC].std()
        self.names = {column: sorted(set(past[column])) for column in CATEGORIES}
        self.machine = LinearSVC(C=0.1, class_weight="balanced", random_state=0, tol=1e-6, max_iter=20000)
        self.machine.fit(self.columns(drawn), drawn["late"])
        self.curve = IsotonicRegression(y_min=0.005, y_max=0.995, out_of_bounds="clip")
        self.curve.fit(self.machine.decision_function(self.columns(middle)), middle["late"])

    def columns(self, flights):
        scaled = ((flights[NUMERIC] - self.middle) / self.spread).fillna(0.0).to_numpy(dtype=float)
        words = [np.equal.outer(flights[column].to_numpy(), np.array(names, dtype=object))
                 for column, names in self.names.items()]
        return np.hstack([scaled, *words])

    def chances(self, flights):
        return self.curve.predict(self.machine.decision_function(self.columns(flights)))


def fit_margins(flights, stop_from, score_from, most=2000, seed=0):
    """A support vector machine with chances."""
    flights = flights.sort_values("record")
    learn, stop, _ = blocks(flights, stop_from, score_from)
    order = np.random.default_rng(seed).choice(len(learn), min(most, len(learn)), replace=False)
    return Straight(flights.iloc[learn], flights.iloc[learn[np.sort(order)]], flights.iloc[stop])


# %% difference
def difference(y, one, other, days, metric="log_loss", draws=300, seed=0):
    """How much better `one` is than `other` on the same flights, with a 95 % interval by whole days.

    y: n entries, 0 or 1. one, other: n chances each. days: n labels; flights with the same label are drawn together, as
    many labels as there are, with replacement. All are matched by position (lists, arrays, Series).
    metric: "log_loss" (the loss of other minus the loss of one; chances are first clipped to 1e-15 ... 1 - 1e-15) or "auc"
    (that of one minus that of other; ties count one half). Above 0 where `one` is better.
    Returns a dict of three floats: "difference" on the flights as they are, "low" and "high", the 2.5 % and 97.5 % points
    of `draws` draws. The same seed gives the same interval. Draws with one kind of flight only are left out for "auc".
    Raises ValueError if the lengths differ, for no flights, for an unknown metric, and for "auc" with one kind of flight.
    """
    y, one, other = (np.asarray(part, dtype=float) for part in (y, one, other))
    if metric not in ("log_loss", "auc") or len(y) == 0 or not (len(y) == len(one) == len(other) == len(days)):
        raise ValueError(f"{metric!r} for {len(y)}, {len(one)}, {len(other)} flights and {len(days)} labels")
    if metric == "auc" and len(np.unique(y)) < 2:
        raise ValueError("one kind of flight only: there is no pair to compare")
    names, at = np.unique(np.asarray(days), return_inverse=True)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))[at]
        if metric == "log_loss" or 0 < (times * y).sum() < times.sum():
            found.append(_better(y, one, other, metric, times))
    low, high = np.quantile(found, [0.025, 0.975])
    return {"difference": float(_better(y, one, other, metric, np.ones(len(y)))), "low": float(low), "high": float(high)}


def _better(y, one, other, metric, times):
    """By how much `one` is better if each flight counts as often as `times` says."""
    if metric == "auc":
        return _auc(y, one, times) - _auc(y, other, times)
    return float(np.average(_loss(y, other) - _loss(y, one), weights=times))


def _loss(y, chance):
    chance = np.clip(chance, 1e-15, 1 - 1e-15)
    return -np.where(y == 1, np.log(chance), np.log1p(-chance))


def _auc(y, score, times):
    _, place = np.unique(score, return_inverse=True)
    yes, no = np.bincount(place, times * y), np.bincount(place, times * (1 - y))
    return float((yes * (np.cumsum(no) - no / 2)).sum() / (yes.sum() * no.sum()))
