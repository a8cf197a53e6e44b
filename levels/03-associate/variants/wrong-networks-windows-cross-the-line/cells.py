# %% forecast
LENGTH = 24


def fit_hours(hours, until, seed=0, epochs=20):
    """A model that forecasts departures one hour ahead.

    hours: a table as read_hours gives it. until: it learns from rows 0 to until - 1; later rows have no effect on it,
    not even on a mean. epochs: how often it sees them. The same call gives the same model.
    Returns what forecast and to_bytes take: a dict, an object, as you like.
    """
    rows = series(hours[:until])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs, targets = windows((series(hours) - mean) / spread, LENGTH)
    inputs, targets = inputs[:until], targets[:until]
    net = trained(HourNet, inputs[::6], targets[::6], seed, epochs)
    return {"net": net, "mean": mean, "spread": spread}


def forecast(model, hours, start):
    """How many will leave: one float for each row of hours from `start` on.

    model: as fit_hours returns it. hours: as read_hours gives it, `start` at least 24. The forecast of an hour is made
    from `left` of the rows before it and the timetable (and the clock) up to and with its own. `left` of that hour may
    be nan, since it is not over, and what follows makes no difference.
    """
    rows = (series(hours) - model["mean"]) / model["spread"]
    inputs, _ = windows(rows[start - LENGTH:], LENGTH)
    ahead = outputs(model["net"], inputs)[:, -1]
    return ahead * model["spread"][0] + model["mean"][0]
