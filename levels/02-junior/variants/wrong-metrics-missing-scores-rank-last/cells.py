# %% metrics
def auc(y, score):
    y, score = _pair(y, score)
    late = y == 1
    n1, n0 = int(late.sum()), int((~late).sum())
    if n1 == 0 or n0 == 0:
        raise ValueError("only one kind of flight: there is no pair to compare")
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    rank = (last - (count - 1) / 2)[place]
    return float((rank[late].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def accuracy(y, said):
    y, said = _both_binary(y, said)
    return float(np.mean(y == said))


def f1(y, said):
    y, said = _both_binary(y, said)
    hit, either = float((y * said).sum()), float((y + said).sum())
    return 2 * hit / either if either else float("nan")


def _pair(y, values):
    y, values = np.asarray(y, dtype=float), np.asarray(values, dtype=float)
    if y.ndim != 1 or y.shape != values.shape or len(y) == 0:
        raise ValueError(f"two lists of the same length are needed, with at least one row: {y.shape}, {values.shape}")
    if not np.isin(y, [0, 1]).all():
        raise ValueError("an entry of y is neither 0 nor 1")
    return y, values


def _both_binary(y, said):
    y, said = _pair(y, said)
    if not np.isin(said, [0, 1]).all():
        raise ValueError("an entry is neither 0 nor 1: choose a threshold first")
    return y, said
