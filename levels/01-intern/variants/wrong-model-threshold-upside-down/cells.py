# %% pick-threshold
def pick_threshold(probabilities, share):
    return float(np.quantile(probabilities, share))
