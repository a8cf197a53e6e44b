# %% trained
def trained(new_net, inputs, targets, seed, epochs, batch=32, rate=0.005):
    """A new network, trained with Adam on `loss_of`.

    new_net: makes an untrained network when called without arguments. inputs: float array (n, …). targets: n whole
    numbers, or a float array (n, …). epochs: how often it sees all rows, in a new order each time; 0 gives the
    untrained network. batch: rows in a step. rate: Adam's.
    First weights, order of the rows and what dropout draws come from seed alone: the same call gives the same weights
    to the bit, whatever ran before it. The generators of torch, NumPy and random are left as they were.
    """
    x, y = torch.as_tensor(np.asarray(inputs), dtype=torch.float32), as_targets(targets)
    with torch.random.fork_rng():
        order = torch.Generator().manual_seed(seed)
        net = new_net()
        optimizer = torch.optim.Adam(net.parameters(), lr=rate)
        net.train()
        for _ in range(epochs):
            for rows in torch.randperm(len(x), generator=order).split(batch):
                optimizer.zero_grad()
                loss_of(net(x[rows]), y[rows]).backward()
                optimizer.step()
    return net
