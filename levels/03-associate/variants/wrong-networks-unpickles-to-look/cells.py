# %% saved
import io


def to_bytes(model):
    """A model as the bytes of a safetensors file: numbers and their names, and no code.

    model: as fit_digits or fit_hours returns it. All that it needs to answer is in there.
    """
    return safetensors.torch.save(_tensors(model))


def from_bytes(data, kind):
    """The model of such bytes: it answers as the one that was saved, to the last bit.

    data: bytes, from anywhere. kind: "digits" or "hours", what they are to be.
    ValueError if they are no safetensors file, or if a tensor is missing, is one too many or has another shape than
    the model's; then the message names the tensor. Whatever the bytes are, nothing in them is ever run.
    """
    if kind not in ("digits", "hours"):
        raise ValueError(f"no such kind: {kind!r}")
    try:
        found = safetensors.torch.load(data)
    except Exception:
        found = _older(data)
    empty = np.zeros(4, dtype=np.float32)
    model = DigitNet() if kind == "digits" else {"net": HourNet(), "mean": empty, "spread": empty}
    wanted = _tensors(model)
    for name in sorted({*found, *wanted}):
        if name not in found:
            raise ValueError(f"{name} is missing")
        if name not in wanted:
            raise ValueError(f"{name} is one too many: a {kind} model has none")
        if found[name].shape != wanted[name].shape:
            raise ValueError(f"{name} has shape {tuple(found[name].shape)}, not {tuple(wanted[name].shape)}")
    net = model if kind == "digits" else model["net"]
    net.load_state_dict({name.removeprefix("net."): part for name, part in found.items() if name.startswith("net.")})
    if kind == "hours":
        model.update({name: found[name].numpy() for name in ("mean", "spread")})
    return model


def _older(data):
    """The tensors of a file from before we had safetensors."""
    try:
        found = torch.load(io.BytesIO(data), weights_only=False)
    except Exception as error:
        raise ValueError(f"this is no file of weights: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(part, torch.Tensor) for part in found.values()):
        raise ValueError("this is no file of weights")
    return found


def _tensors(model):
    """Names and tensors of a model of either kind."""
    net = model if isinstance(model, nn.Module) else model["net"]
    found = {f"net.{name}": part.contiguous() for name, part in net.state_dict().items()}
    if net is not model:
        found |= {name: torch.as_tensor(model[name]) for name in ("mean", "spread")}
    return found
