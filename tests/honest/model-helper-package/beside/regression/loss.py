import numpy as np
from scipy.special import expit


def sigmoid(z):
    return expit(np.asarray(z, dtype=np.float64))


def _parts(w, X, y):
    w, X, y = np.asarray(w, float), np.asarray(X, float), np.asarray(y, float)
    try:
        (n, d), (k,), (m,) = X.shape, w.shape, y.shape
    except ValueError:
        raise ValueError("w and y are flat, X is a table") from None
    if n == 0 or m != n or k != d + 1:
        raise ValueError(f"{n} rows, {m} answers, {d} columns, {k} weights")
    return w, X, y


def log_loss(w, X, y, l2=0.0):
    w, X, y = _parts(w, X, y)
    sign = np.where(y > 0, -1.0, 1.0)
    return np.logaddexp(0, sign * (w[0] + X @ w[1:])).mean() + l2 * (w[1:] @ w[1:]) / 2


def gradient(w, X, y, l2=0.0):
    w, X, y = _parts(w, X, y)
    off = (sigmoid(w[0] + X @ w[1:]) - y) / len(y)
    return np.append(off.sum(), off @ X + l2 * w[1:])
