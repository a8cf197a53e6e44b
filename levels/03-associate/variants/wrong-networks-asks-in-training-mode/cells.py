# %% one-batch
def learns_one_batch(net, inputs, targets, seed=0):
    """Whether a network can learn a few rows by heart: the test to run before any training.

    net: a network; it is left exactly as it was. inputs: float array, up to 32 rows. targets: whole numbers (classes)
    or floats, one row each.
    True if, after training on these rows alone, its loss (`loss_of`) on them is below 0.1, asked as `outputs` asks.
    False if not, and also if it cannot be trained at all (no parameters, no gradient, not finite). Takes seconds.
    The generators of torch, NumPy and random are left as they were.
    """
    pupil = copy.deepcopy(net)
    x, y = torch.as_tensor(np.asarray(inputs), dtype=torch.float32), as_targets(targets)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            optimizer = torch.optim.Adam(pupil.parameters(), lr=0.01)
            for _ in range(300):
                pupil.train()
                optimizer.zero_grad()
                loss = loss_of(pupil(x), y)
                loss.backward()
                optimizer.step()
        except (RuntimeError, ValueError):
            return False
    return float(loss.detach()) < 0.1
