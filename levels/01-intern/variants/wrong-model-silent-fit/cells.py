# %% fit
def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    w, rate = np.zeros(X.shape[1] + 1), 0.5
    for _ in range(max_steps):
        slope = gradient(w, X, y, l2)
        if np.abs(slope).max() <= tolerance:
            break
        w = w - rate * slope
    return w
