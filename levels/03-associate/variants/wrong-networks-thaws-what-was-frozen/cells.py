# %% outputs
def outputs(net, inputs):
    """What a network answers, as a NumPy array with one row for each row of inputs.

    inputs: float array, one row or more. Asked as in use: dropout off, BatchNorm with what it learned, no gradients.
    A row's answer depends on that row alone, and asking leaves the network as it was, the mode of every part included.
    """
    before = net.training
    net.eval()
    try:
        with torch.no_grad():
            parts = torch.as_tensor(np.asarray(inputs), dtype=torch.float32).split(256)
            return torch.cat([net(part) for part in parts]).numpy()
    finally:
        net.train(before)
