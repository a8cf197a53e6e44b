# %% log-loss
def log_loss(w, X, y, l2=0.0):
    w, X, y = _fitting(w, X, y)
    p = np.clip(sigmoid(w[0] + X @ w[1:]), 1e-15, 1 - 1e-15)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + l2 / 2 * np.sum(w[1:] ** 2))


def _fitting(w, X, y):
    w, X, y = (np.asarray(part, dtype=np.float64) for part in (w, X, y))
    if X.ndim != 2 or len(X) == 0:
        raise ValueError("X must be a table with at least one row")
    if w.shape != (X.shape[1] + 1,) or y.shape != (len(X),):
        raise ValueError("w or y does not fit X")
    return w, X, y
