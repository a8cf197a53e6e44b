# %% confusion
def confusion(y_true, y_pred):
    truth, said = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim != 1 or truth.shape != said.shape:
        raise ValueError("lengths differ")
    if not (np.isin(truth, [0, 1]).all() and np.isin(said, [0, 1]).all()):
        raise ValueError("only 0 and 1")
    counts = np.zeros((2, 2), dtype=int)
    np.add.at(counts, (said.astype(int), truth.astype(int)), 1)
    return counts
