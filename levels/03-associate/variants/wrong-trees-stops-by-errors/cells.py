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
        {**TREES, "eval_metric": ["logloss", "error"]}, data[0], MOST_ROUNDS, evals=[(data[1], "stop")],
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
