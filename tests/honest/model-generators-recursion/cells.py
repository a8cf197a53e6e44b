# %% fit
from collections import deque
from itertools import islice, takewhile


def descent(X, y, l2):
    """Endless: weights, each better than the last; accelerated, restarted whenever it would go up."""
    w = ahead = np.zeros(np.shape(X)[1] + 1)
    rate, momentum = 1.0, 1
    while True:
        yield w
        step = lambda rate: ahead - rate * gradient(ahead, X, y, l2)
        base, slope = log_loss(ahead, X, y, l2), gradient(ahead, X, y, l2)

        def halved(rate):
            if rate < 1e-6 or log_loss(step(rate), X, y, l2) <= base - rate / 2 * slope @ slope + 1e-15:
                return rate
            return halved(rate / 2)

        rate = halved(rate)
        new = step(rate)
        if slope @ (new - w) > 0:
            momentum, ahead = 1, new
        else:
            later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            ahead, momentum = new + (momentum - 1) / later * (new - w), later
        w = new


def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    X, y = np.asarray(X, float), np.asarray(y, float)
    walk = islice(descent(X, y, l2), max_steps)
    for w in walk:
        if np.abs(gradient(w, X, y, l2)).max() <= tolerance:
            return w
    raise RuntimeError(f"not there after {max_steps} steps")
