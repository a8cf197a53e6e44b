# %% cost
def mean_cost(y, said, costs):
    y, said = _both_binary(y, said)
    return float(np.asarray(costs, dtype=float)[y.astype(int), said.astype(int)].mean())


def cheapest_threshold(y, score, costs):
    y, score = _pair(y, score)
    paid = np.asarray(costs, dtype=float)
    order = np.argsort(-score, kind="stable")
    late = y[order].astype(int)
    change = paid[late, 1] - paid[late, 0]  # by saying "late" of this flight, too
    total = np.concatenate([[0.0], np.cumsum(change)])
    edges = np.concatenate([[np.inf], score[order]])
    possible = np.concatenate([edges[:-1] != edges[1:], [True]])  # a line cannot run between equal scores
    possible[0] = False
    return float(edges[possible][np.argmin(total[possible])])
