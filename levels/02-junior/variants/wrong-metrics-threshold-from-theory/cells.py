# %% cost
def mean_cost(y, said, costs):
    y, said = _both_binary(y, said)
    return float(np.asarray(costs, dtype=float)[y.astype(int), said.astype(int)].mean())


def cheapest_threshold(y, score, costs):
    y, score = _pair(y, score)
    paid = np.asarray(costs, dtype=float)
    alarm, miss = paid[0, 1] - paid[0, 0], paid[1, 0] - paid[1, 1]
    return float(alarm / (alarm + miss))
