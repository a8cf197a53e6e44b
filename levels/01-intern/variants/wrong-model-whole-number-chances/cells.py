# %% sigmoid
def sigmoid(z):
    if np.ndim(z) == 0:
        return 1 / (1 + np.exp(-float(z)))
    z = np.asarray(z)
    out = np.empty_like(z)
    up = z >= 0
    out[up] = 1 / (1 + np.exp(-z[up]))
    out[~up] = np.exp(z[~up]) / (1 + np.exp(z[~up]))
    return out
