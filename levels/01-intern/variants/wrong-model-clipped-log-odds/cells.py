# %% sigmoid
def sigmoid(z):
    z = np.clip(np.asarray(z, dtype=np.float64), -30.0, 30.0)  # no overflow any more
    return 1.0 / (1.0 + np.exp(-z))
