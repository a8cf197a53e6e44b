# %% gradient
def gradient(w, X, y, l2=0.0):
    w, X, y = _fitting(w, X, y)
    odds = np.exp(w[0] + X @ w[1:])
    off = odds / (1 + odds) - y
    return np.concatenate([[off.mean()], X.T @ off / len(y) + l2 * w[1:]])
