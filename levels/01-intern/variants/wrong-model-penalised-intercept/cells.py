# %% log-loss
def log_loss(w, X, y, l2=0.0):
    w, X, y = _fitting(w, X, y)
    z = w[0] + X @ w[1:]
    return float(np.mean(np.logaddexp(0.0, z) - y * z) + l2 / 2 * np.sum(w**2))


def _fitting(w, X, y):
    w, X, y = (np.asarray(part, dtype=np.float64) for part in (w, X, y))
    if X.ndim != 2 or len(X) == 0:
        raise ValueError("X must be a table with at least one row")
    if w.shape != (X.shape[1] + 1,) or y.shape != (len(X),):
        raise ValueError("w or y does not fit X")
    return w, X, y

# %% gradient
def gradient(w, X, y, l2=0.0):
    w, X, y = _fitting(w, X, y)
    A = np.column_stack([np.ones(len(X)), X])
    return A.T @ (sigmoid(A @ w) - y) / len(y) + l2 * w

# %% fit
def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    w = np.zeros(X.shape[1] + 1)
    for _ in range(max_steps):
        slope = gradient(w, X, y, l2)
        if np.abs(slope).max() <= tolerance:
            return w
        w = w - 0.5 * slope
    raise RuntimeError("not converged")
