# %% confusion
def confusion(y_true, y_pred):
    truth, said = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim != 1 or truth.shape != said.shape:
        raise ValueError("lengths differ")
    if not (np.isin(truth, [0, 1]).all() and np.isin(said, [0, 1]).all()):
        raise ValueError("only 0 and 1")
    kinds = np.unique(np.concatenate([truth, said]))
    return np.array([[int(np.sum((truth == r) & (said == c))) for c in kinds] for r in kinds])
