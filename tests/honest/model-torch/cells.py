# %% sigmoid
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def sigmoid(z):
    return torch.sigmoid(torch.as_tensor(np.asarray(z, dtype=float))).numpy()

# %% log-loss
def tensors(w, X, y):
    w, X, y = (torch.as_tensor(np.array(part, dtype=float)) for part in (w, X, y))
    if X.ndim != 2 or not len(X) or w.shape != (X.shape[1] + 1,) or y.shape != (len(X),):
        raise ValueError(f"{tuple(w.shape)}, {tuple(X.shape)} and {tuple(y.shape)} do not fit")
    return w, X, y


def loss_of(w, X, y, l2):
    z = w[0] + X @ w[1:]
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y) + l2 / 2 * w[1:].square().sum()


def log_loss(w, X, y, l2=0.0):
    return loss_of(*tensors(w, X, y), l2).item()

# %% gradient
def gradient(w, X, y, l2=0.0):
    w, X, y = tensors(w, X, y)
    w.requires_grad_()
    loss_of(w, X, y, l2).backward()
    return w.grad.numpy()

# %% fit
def fit(X, y, l2=L2, tolerance=1e-6, max_steps=20_000):
    X, y = torch.as_tensor(np.array(X, dtype=float)), torch.as_tensor(np.array(y, dtype=float))
    w = torch.zeros(X.shape[1] + 1, requires_grad=True)
    walk = torch.optim.LBFGS([w], max_iter=min(max_steps, 500), tolerance_grad=tolerance / 2, tolerance_change=0,
                             line_search_fn="strong_wolfe")

    def step():
        walk.zero_grad()
        loss = loss_of(w, X, y, l2)
        loss.backward()
        return loss

    walk.step(step)
    step()
    if w.grad.abs().max() > tolerance:
        raise RuntimeError("not at the bottom yet")
    return w.detach().numpy()
