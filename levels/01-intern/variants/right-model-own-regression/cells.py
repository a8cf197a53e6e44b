# %% make-model
class OwnRegression:
    """Part 1 again, with the columns that part 3 adds: statistics are taken in fit and kept."""

    def fit(self, frame, labels):
        self.middle = frame[NUMERIC].median()
        numbers = frame[NUMERIC].fillna(self.middle)
        self.centre, self.width = numbers.mean(), numbers.std().clip(lower=1e-9)
        self.seen = {name: sorted(frame[name].unique()) for name in CATEGORIES}
        self.weights = fit(self.table(frame), np.asarray(labels), l2=1e-3, tolerance=1e-4, max_steps=5_000)
        return self

    def table(self, frame):
        numbers = (frame[NUMERIC].fillna(self.middle) - self.centre) / self.width
        flags = [(frame[name] == value).to_numpy(float) for name in CATEGORIES for value in self.seen[name]]
        return np.column_stack([numbers.to_numpy(), *flags])

    def predict_proba(self, frame):
        late = predict_proba(self.weights, self.table(frame))
        return np.column_stack([1 - late, late])


def make_model():
    return OwnRegression()
