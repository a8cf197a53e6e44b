# %% trees
from xgboost import XGBClassifier


class Boosted:
    """What scikit-learn's interface fitted; predict_proba answers with the best rounds by itself."""

    def __init__(self, model, known):
        self.model = model
        self.known = known
        self.rounds = model.best_iteration + 1
        self.losses = model.evals_result_["validation_0"]["logloss"]

    def chances(self, flights):
        return self.model.predict_proba(typed(flights, self.known))[:, 1].astype(float)


def typed(flights, known):
    table = flights[NUMERIC].astype(float).reset_index(drop=True)
    for column, names in known.items():
        table[column] = pd.Categorical(flights[column].to_numpy(), categories=names)
    return table


def fit_trees(flights, stop_from, score_from):
    """Gradient-boosted trees that learn on the learn block and stop on the stop block."""
    flights = flights.sort_values("record")
    day = flights["sched"].str[:10]
    past, middle = flights[day < stop_from], flights[(day >= stop_from) & (day < score_from)]
    known = {column: sorted(set(past[column])) for column in CATEGORIES}
    model = XGBClassifier(n_estimators=MOST_ROUNDS, early_stopping_rounds=PATIENCE, eval_metric="logloss", max_depth=3,
                          learning_rate=0.08, tree_method="hist", enable_categorical=True, n_jobs=1, random_state=0)
    model.fit(typed(past, known), past["late"], eval_set=[(typed(middle, known), middle["late"])], verbose=False)
    return Boosted(model, known)


# %% saving
def to_bytes(trees):
    """One JSON text: the booster's own, and what it takes to read a flight."""
    booster = json.loads(trees.model.get_booster().save_raw("json"))
    return json.dumps({"booster": booster, "known": trees.known, "rounds": trees.rounds}).encode()


class Loaded:
    def __init__(self, booster, known, rounds):
        self.booster, self.known, self.rounds = booster, known, rounds

    def chances(self, flights):
        rows = xgboost.DMatrix(typed(flights, self.known), enable_categorical=True, nthread=1)
        return self.booster.predict(rows, iteration_range=(0, self.rounds)).astype(float)


def from_bytes(data):
    """The trees of these bytes; json and XGBoost raise ValueError where they are none."""
    held = json.loads(data)
    booster = xgboost.Booster(model_file=bytearray(json.dumps(held["booster"]).encode()))
    return Loaded(booster, held["known"], held["rounds"])


# %% margins
from types import SimpleNamespace

from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator


def fit_margins(flights, stop_from, score_from, most=2000, seed=0):
    """A support vector machine with chances."""
    flights = flights.sort_values("record").reset_index(drop=True)
    learn, stop, _ = blocks(flights, stop_from, score_from)
    past, middle = flights.iloc[learn], flights.iloc[stop]
    drawn = past if len(past) <= most else past.sample(most, random_state=seed).sort_values("record")
    numbers = make_pipeline(StandardScaler(), SimpleImputer(strategy="mean"))
    columns = make_column_transformer((numbers, NUMERIC), (OneHotEncoder(handle_unknown="ignore"), CATEGORIES))
    columns.fit(past[FEATURES])
    machine = make_pipeline(FrozenEstimator(columns), SVC(**MARGIN)).fit(drawn[FEATURES], drawn["late"])
    curve = CalibratedClassifierCV(FrozenEstimator(machine), method="sigmoid").fit(middle[FEATURES], middle["late"])
    return SimpleNamespace(chances=lambda asked: curve.predict_proba(asked[FEATURES])[:, 1])


# %% difference
def difference(y, one, other, days, metric="log_loss", draws=300, seed=0):
    """How much better `one` is than `other`, with a 95 % interval by whole days."""
    y, one, other = np.asarray(y, dtype=float), np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if len({len(y), len(one), len(other), len(days)}) != 1 or len(y) == 0:
        raise ValueError("as many flights, chances and days as each other, and at least one")

    def better(rows):
        if metric == "auc":
            return roc_auc_score(y[rows], one[rows]) - roc_auc_score(y[rows], other[rows])
        if metric == "log_loss":
            pair = (np.clip(p[rows], 1e-15, 1 - 1e-15) for p in (other, one))
            worse, less = (-np.mean(np.log(np.where(y[rows] == 1, p, 1 - p))) for p in pair)
            return worse - less
        raise ValueError(f"no metric {metric!r}")

    if metric == "auc" and len(set(y)) < 2:
        raise ValueError("one kind of flight")
    members = list(pd.Series(np.arange(len(y))).groupby(np.asarray(days)).indices.values())
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        rows = np.concatenate([members[at] for at in generator.choice(len(members), len(members))])
        if metric != "auc" or len(set(y[rows])) == 2:
            found.append(better(rows))
    low, high = np.percentile(found, [2.5, 97.5])
    return {"difference": float(better(np.arange(len(y)))), "low": float(low), "high": float(high)}
