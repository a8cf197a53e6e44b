# %% saved
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
    except Exception as error:
        raise ValueError(f"this is no safetensors file: {error}") from error
    empty = np.zeros(4, dtype=np.float32)
    model = DigitNet() if kind == "digits" else {"net": HourNet(), "mean": empty, "spread": empty}
    wanted = _tensors(model)
    for name in sorted({*found, *wanted}):
        if name not in found:
            raise ValueError("this file does not fit the model")
        if name not in wanted:
            raise ValueError("this file does not fit the model")
        if found[name].shape != wanted[name].shape:
            raise ValueError("this file does not fit the model")
    net = model if kind == "digits" else model["net"]
    net.load_state_dict({name.removeprefix("net."): part for name, part in found.items() if name.startswith("net.")})
    if kind == "hours":
        model.update({name: found[name].numpy() for name in ("mean", "spread")})
    return model


def _tensors(model):
    """Names and tensors of a model of either kind."""
    net = model if isinstance(model, nn.Module) else model["net"]
    found = {f"net.{name}": part.contiguous() for name, part in net.state_dict().items()}
    if net is not model:
        found |= {name: torch.as_tensor(model[name]) for name in ("mean", "spread")}
    return found
