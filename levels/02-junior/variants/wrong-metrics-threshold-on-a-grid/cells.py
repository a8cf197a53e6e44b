# %% cost
def mean_cost(y, said, costs):
    y, said = _both_binary(y, said)
    return float(np.asarray(costs, dtype=float)[y.astype(int), said.astype(int)].mean())


def cheapest_threshold(y, score, costs):
    y, score = _pair(y, score)
    paid = np.asarray(costs, dtype=float)
    grid = np.linspace(0, 1, 101)
    bill = [paid[y.astype(int), (score >= line).astype(int)].mean() for line in grid]
    return float(grid[int(np.argmin(bill))])
