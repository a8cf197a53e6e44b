# %% sigmoid
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    return np.exp(-np.logaddexp(0.0, -z))

# %% log-loss
def log_loss(w, X, y, l2=0.0):
    w, X, y = np.asarray(w, float), np.asarray(X, float), np.asarray(y, float)
    if X.ndim != 2 or X.shape[0] < 1 or w.shape != (1 + X.shape[1],) or y.shape != (X.shape[0],):
        raise ValueError("shapes do not fit")
    side = np.where(y == 1, 1.0, -1.0)
    return float(np.logaddexp(0.0, -side * (X @ w[1:] + w[0])).mean() + 0.5 * l2 * (w[1:] @ w[1:]))

# %% gradient
def gradient(w, X, y, l2=0.0):
    log_loss(w, X, y)  # the same refusals
    w, X, y = np.asarray(w, float), np.asarray(X, float), np.asarray(y, float)
    A = np.column_stack([np.ones(len(X)), X])
    slope = A.T @ (sigmoid(A @ w) - y) / len(A)
    slope[1:] += l2 * w[1:]
    return slope

# %% fit
def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    """Newton's method, halving a step that does not improve."""
    A = np.column_stack([np.ones(len(X)), np.asarray(X, float)])
    bend = np.diag([0.0] + [l2] * (A.shape[1] - 1))
    w = np.zeros(A.shape[1])
    for _ in range(max_steps):
        slope = gradient(w, X, y, l2)
        if np.abs(slope).max() <= tolerance:
            break
        p = sigmoid(A @ w)
        move = np.linalg.solve((A * (p * (1 - p))[:, None]).T @ A / len(A) + bend, slope)
        length = 1.0
        while length > 1e-8 and log_loss(w - length * move, X, y, l2) > log_loss(w, X, y, l2):
            length /= 2
        w = w - length * move
    if np.abs(gradient(w, X, y, l2)).max() > tolerance:
        raise RuntimeError("not there yet")
    return w

# %% weights
from sklearn.impute import SimpleImputer as _Fill
from sklearn.pipeline import make_pipeline as _chain
from sklearn.preprocessing import StandardScaler as _Scale

prepare = _chain(_Fill(strategy="median"), _Scale()).fit(train[NUMERIC])
weights = fit(prepare.transform(train[NUMERIC]), train["late"].to_numpy(), L2)

# %% confusion
def confusion(y_true, y_pred):
    if len(y_true) != len(y_pred):
        raise ValueError("lengths differ")
    counts = np.zeros((2, 2), dtype=int)
    for truth, said in zip(y_true, y_pred):
        if truth not in (0, 1) or said not in (0, 1):
            raise ValueError("only 0 and 1")
        counts[int(truth), int(said)] += 1
    return counts

# %% make-model
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegressionCV


class DeskModel:
    """Rows as dictionaries: a gap or an unseen airline is simply a key that is not there."""

    def fit(self, frame, labels):
        self.middle = frame[NUMERIC].median()
        numbers = frame[NUMERIC].fillna(self.middle)
        self.centre, self.width = numbers.mean(), numbers.std().replace(0, 1)
        self.words = DictVectorizer()
        self.classifier = LogisticRegressionCV(
            Cs=[0.1, 1.0], cv=3, scoring="neg_log_loss", max_iter=500, use_legacy_attributes=False, l1_ratios=(0,))
        rows = self.words.fit_transform(self.rows(frame))
        self.classifier.fit(rows, np.asarray(labels))
        return self

    def rows(self, frame):
        numbers = (frame[NUMERIC].fillna(self.middle) - self.centre) / self.width
        return [
            {**number, **{name: str(value) for name, value in word.items()}}
            for number, word in zip(numbers.to_dict("records"), frame[CATEGORIES].to_dict("records"))
        ]

    def predict_proba(self, frame):
        return self.classifier.predict_proba(self.words.transform(self.rows(frame)))


def make_model():
    return DeskModel()

# %% pick-threshold
def pick_threshold(probabilities, share):
    ranked = np.sort(np.asarray(probabilities))[::-1]
    return float(ranked[max(0, int(round(share * len(ranked))) - 1)])
