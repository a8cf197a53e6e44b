# %% digit-net
class DigitNet(nn.Module):
    """Strides in place of pooling, and BatchNorm."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.steps = nn.ModuleList([nn.Conv2d(16, 24, 3, stride=2, padding=1), nn.Conv2d(24, 32, 3, stride=2, padding=1)])
        self.last = nn.Linear(32 * 4, 10)

    def forward(self, images):
        seen = torch.relu(self.norm(self.first(images)))
        for step in self.steps:
            seen = torch.relu(step(seen))
        return self.last(seen.reshape(len(seen), -1))


# %% outputs
def outputs(net, inputs):
    """A copy is asked, so that the network itself is never touched."""
    asked = copy.deepcopy(net).eval()
    with torch.inference_mode():
        return asked(torch.from_numpy(np.array(inputs, dtype=np.float32))).numpy().copy()


# %% one-batch
def learns_one_batch(net, inputs, targets, seed=0):
    """Plain gradient descent with momentum, ten times thirty steps; nothing here draws but dropout."""
    pupil = copy.deepcopy(net)
    parts = [part for part in pupil.parameters() if part.requires_grad]
    if not parts:
        return False
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    x, y = torch.from_numpy(np.array(inputs, dtype=np.float32)), as_targets(targets)
    optimizer = torch.optim.SGD(parts, lr=0.1, momentum=0.9)
    try:
        for _ in range(20):
            pupil.train()
            for _ in range(30):
                loss = loss_of(pupil(x), y)
                if not loss.requires_grad or not torch.isfinite(loss):
                    return False
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            if float(loss_of(torch.from_numpy(outputs(pupil, x)), y)) < 0.1:
                return True
        return False
    finally:
        torch.random.set_rng_state(state)


# %% trained
def trained(new_net, inputs, targets, seed, epochs, batch=32, rate=0.005):
    """The caller's generator is put back by hand; the order of the rows is NumPy's, from a generator of its own."""
    state = torch.random.get_rng_state()
    order = np.random.default_rng(seed)
    x, y = torch.from_numpy(np.array(inputs, dtype=np.float32)), as_targets(targets)
    try:
        torch.manual_seed(seed)
        net = new_net()
        optimizer = torch.optim.Adam(net.parameters(), lr=rate)
        net.train()
        for _ in range(epochs):
            rows = order.permutation(len(x))
            for start in range(0, len(rows), batch):
                some = torch.from_numpy(rows[start:start + batch])
                loss = loss_of(net(x[some]), y[some])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
        return net.eval()
    finally:
        torch.random.set_rng_state(state)


# %% digits
def fit_digits(images, labels, seed=0):
    """Eight passes do with BatchNorm."""
    return trained(DigitNet, np.asarray(images, dtype=float).reshape(-1, 1, 8, 8) / 16.0, labels, seed, epochs=8)


def digit_chances(net, images):
    """Softmax by torch."""
    images = np.asarray(images, dtype=float)
    scores = torch.from_numpy(outputs(net, images.reshape(-1, 1, 8, 8) / 16.0))
    return torch.softmax(scores.double(), dim=1).numpy().reshape(*images.shape[:-2], 10)


# %% windows
def windows(rows, length):
    """With views that slide along, and a table in which every row already stands beside its own past."""
    rows = np.asarray(rows)
    beside = np.column_stack([rows[:-1, 0], rows[1:, 1:]])
    slide = np.lib.stride_tricks.sliding_window_view
    inputs = slide(beside, length, axis=0).transpose(0, 2, 1)
    return inputs.copy(), slide(rows[1:, 0], length).copy()


# %% hour-net
class HourNet(nn.Module):
    """Convolutions that look back only: 1, 2, 4 and 8 hours; what is missing on the left is zeros."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(4 if gap == 1 else 16, 16, 2, dilation=gap) for gap in (1, 2, 4, 8))
        self.direct = nn.Linear(4, 1)
        self.last = nn.Linear(16, 1)

    def forward(self, inputs):
        seen = inputs.transpose(1, 2)
        for layer in self.layers:
            seen = nn.functional.gelu(layer(nn.functional.pad(seen, (layer.dilation[0], 0))))
        return (self.last(seen.transpose(1, 2)) + self.direct(inputs)).squeeze(-1)


# %% forecast
class Ahead:
    """A network and the numbers it was scaled with."""

    def __init__(self, net, middle, width):
        self.net, self.middle, self.width = net, middle, width


def fit_hours(hours, until, seed=0, epochs=20):
    """Scaled by median and mean distance from it, windows of a day and a half."""
    rows = series(hours.iloc[:until])
    middle = np.median(rows, axis=0)
    width = np.abs(rows - middle).mean(axis=0) + 0.01
    inputs, targets = windows((rows - middle) / width, 36)
    net = trained(HourNet, inputs[::5], targets[::5], seed, epochs)
    return Ahead(net, middle.astype(np.float64), width.astype(np.float64))


def forecast(model, hours, start):
    """The whole table in one go: the network looks back only, so the hours ahead do no harm."""
    rows = (series(hours) - model.middle) / model.width
    beside = np.column_stack([rows[:-1, 0], rows[1:, 1:]])
    ahead = outputs(model.net, np.nan_to_num(beside)[None])[0, start - 1:]
    return ahead.astype(float) * model.width[0] + model.middle[0]


# %% saved
import json
import struct

NAMES = {"float32": "F32", "float64": "F64", "int64": "I64"}


def _parts(model):
    if isinstance(model, DigitNet):
        return {name: part.numpy() for name, part in model.state_dict().items()}
    return {**{name: part.numpy() for name, part in model.net.state_dict().items()},
            "middle": model.middle, "width": model.width}


def to_bytes(model):
    """Eight bytes with the length of the header, the header as JSON, and then the numbers one after the other."""
    header, body = {}, b""
    for name, part in sorted(_parts(model).items(), key=lambda one: (-one[1].itemsize, one[0])):
        raw = np.ascontiguousarray(part).tobytes()
        header[name] = {"dtype": NAMES[part.dtype.name], "shape": list(part.shape),
                        "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def from_bytes(data, kind):
    """Read what to_bytes writes."""
    model = {"digits": DigitNet, "hours": lambda: Ahead(HourNet(), np.zeros(4), np.ones(4))}[kind]()
    wanted = _parts(model)
    try:
        long = struct.unpack("<Q", data[:8])[0]
        header, body = json.loads(data[8:8 + long].decode()), data[8 + long:]
        header.pop("__metadata__", None)
        ends = [entry["data_offsets"] for entry in header.values()]
        complete = max(end for _, end in ends) == len(body)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"no file of this format: {error}") from error
    if not complete:
        raise ValueError("the file is not whole")
    if missing := sorted(wanted.keys() - header.keys()):
        raise ValueError("missing: " + ", ".join(missing))
    if extra := sorted(header.keys() - wanted.keys()):
        raise ValueError("too many: " + ", ".join(extra))
    found = {}
    for name, entry in header.items():
        if entry["shape"] != list(wanted[name].shape) or entry["dtype"] != NAMES[wanted[name].dtype.name]:
            raise ValueError(f"{name}: {entry['dtype']} {entry['shape']} does not fit")
        begin, end = entry["data_offsets"]
        found[name] = np.frombuffer(body[begin:end], dtype=wanted[name].dtype).reshape(entry["shape"]).copy()
    if kind == "hours":
        model.middle, model.width = found.pop("middle"), found.pop("width")
    (model if kind == "digits" else model.net).load_state_dict({n: torch.from_numpy(part) for n, part in found.items()})
    return model.eval() if kind == "digits" else model
