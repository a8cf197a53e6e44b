import numpy as np

from . import loss


def fit(X, y, l2=0.01, tolerance=1e-6, max_steps=20_000):
    X = np.asarray(X, float)
    w = np.zeros(X.shape[1] + 1)
    pull = np.diag([0.0] + [l2] * X.shape[1])
    A = np.insert(X, 0, 1.0, axis=1)
    for _ in range(max_steps):
        slope = loss.gradient(w, X, y, l2)
        if abs(slope).max() <= tolerance:
            return w
        p = loss.sigmoid(A @ w)
        w = w - np.linalg.solve((A.T * (p * (1 - p))) @ A / len(A) + pull, slope)
    raise RuntimeError("the steps ran out")
