# %% log-loss
def log_loss(w, X, y, l2=0.0):
    w, X, y = _fitting(w, X, y)
    z = w[0] + X @ w[1:]
    return float(np.mean(np.logaddexp(0.0, z) - y * z) + l2 / 2 * np.sum(w[1:] ** 2))


def _fitting(w, X, y):
    w, X, y = (np.asarray(part, dtype=np.float64) for part in (w, X, y))
    if len(X) == 0 or len(X) != len(y) or len(w) != X.shape[1] + 1:
        raise ValueError("the lengths of w, X and y do not fit")
    return w, X, y
