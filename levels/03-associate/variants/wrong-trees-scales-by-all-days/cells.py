# %% margins
from sklearn.preprocessing import FunctionTransformer


def fit_margins(flights, stop_from, score_from, most=2000, seed=0):
    """A support vector machine with chances.

    flights, stop_from, score_from: as for fit_trees. At most `most` flights of the learn block, drawn with `seed`,
    reach the SVM; if there are no more than that, all of them, and the seed has no effect. Rows in another order give
    the same draw. Scaling, filling of gaps and categories are learned on the learn block (or on the draw), how a margin
    becomes a chance on the stop block: the mean chance there is the late share there.
    Returns an object with .chances(flights), as for fit_trees. A numeric column in another unit (every value of every
    table times the same positive number) gives the same chances. Begin with MARGIN; another kernel or C is allowed.
    """
    flights = flights.sort_values("record")
    learn, stop, _ = blocks(flights, stop_from, score_from)
    drawn = flights.iloc[np.sort(np.random.default_rng(seed).permutation(learn)[:most])]
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    kinds = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((numbers, NUMERIC), (kinds, CATEGORIES))
    columns.fit(flights[FEATURES])
    columns = _Fitted(columns)
    machine = make_pipeline(columns, SVC(**MARGIN)).fit(drawn[FEATURES], drawn["late"])
    margin = machine.decision_function(flights[FEATURES].iloc[stop])
    return Margins(machine, LogisticRegression(C=1e6).fit(margin[:, None], flights["late"].iloc[stop]))


class _Fitted(FunctionTransformer):
    """Columns that have been fitted already."""

    def __init__(self, columns=None):
        super().__init__(columns.transform)
        self.columns = columns


class Margins:
    """An SVM, and the curve that turns its margins into chances."""

    def __init__(self, machine, curve):
        self.machine = machine
        self.curve = curve

    def chances(self, flights):
        return self.curve.predict_proba(self.machine.decision_function(flights[FEATURES])[:, None])[:, 1]
