# %% forecast
LENGTH = 24
SCALE = {}


def fit_hours(hours, until, seed=0, epochs=20):
    """A model that forecasts departures one hour ahead.

    hours: a table as read_hours gives it. until: it learns from rows 0 to until - 1; later rows have no effect on it,
    not even on a mean. epochs: how often it sees them. The same call gives the same model.
    Returns what forecast and to_bytes take: a dict, an object, as you like.
    """
    rows = series(hours[:until])
    SCALE["mean"], SCALE["spread"] = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs, targets = windows((rows - SCALE["mean"]) / SCALE["spread"], LENGTH)
    net = trained(HourNet, inputs[::6], targets[::6], seed, epochs)
    return {"net": net}


def forecast(model, hours, start):
    """How many will leave: one float for each row of hours from `start` on.

    model: as fit_hours returns it. hours: as read_hours gives it, `start` at least 24. The forecast of an hour is made
    from `left` of the rows before it and the timetable (and the clock) up to and with its own. `left` of that hour may
    be nan, since it is not over, and what follows makes no difference.
    """
    rows = (series(hours) - SCALE["mean"]) / SCALE["spread"]
    inputs, _ = windows(rows[start - LENGTH:], LENGTH)
    ahead = outputs(model["net"], inputs)[:, -1]
    return ahead * SCALE["spread"][0] + SCALE["mean"][0]


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
    model = DigitNet() if kind == "digits" else {"net": HourNet()}
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
    return model


def _tensors(model):
    """Names and tensors of a model of either kind."""
    net = model if isinstance(model, nn.Module) else model["net"]
    return {f"net.{name}": part.contiguous() for name, part in net.state_dict().items()}
