# %% sigmoid
import math

import numba


@numba.vectorize(["float64(float64)"])
def one_sigmoid(z):
    if z >= 0:
        return 1.0 / (1.0 + math.exp(-z))
    small = math.exp(z)
    return small / (1.0 + small)


def sigmoid(z):
    return one_sigmoid(np.asarray(z, dtype=np.float64))

# %% log-loss
@numba.njit("float64(float64[::1], float64[:, ::1], float64[::1], float64)")
def added_up(w, X, y, l2):
    total = 0.0
    for i in range(len(X)):
        z = w[0]
        for j in range(X.shape[1]):
            z += X[i, j] * w[j + 1]
        total += max(z, 0.0) + math.log1p(math.exp(-abs(z))) - y[i] * z
    return total / len(X) + l2 / 2 * (w[1:] ** 2).sum()


def checked(w, X, y):
    w, X, y = (np.ascontiguousarray(part, dtype=np.float64) for part in (w, X, y))
    if X.ndim != 2 or len(X) == 0 or w.shape != (X.shape[1] + 1,) or y.shape != (len(X),):
        raise ValueError("shapes")
    return w, X, y


def log_loss(w, X, y, l2=0.0):
    return added_up(*checked(w, X, y), l2)

# %% gradient
def gradient(w, X, y, l2=0.0):
    w, X, y = checked(w, X, y)
    off = sigmoid(w[0] + X @ w[1:]) - y
    return np.r_[off.mean(), off @ X / len(y) + l2 * w[1:]]
