# %% confusion
def confusion(y_true, y_pred):
    counts = np.zeros((2, 2), dtype=int)
    for truth, said in zip(y_true, y_pred):
        counts[int(truth), int(said)] += 1
    return counts
