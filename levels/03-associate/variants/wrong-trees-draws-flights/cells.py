# %% difference
def difference(y, one, other, days, metric="log_loss", draws=300, seed=0):
    """How much better `one` is than `other` on the same flights, with a 95 % interval by whole days.

    y: n entries, 0 or 1. one, other: n chances each. days: n labels; flights with the same label are drawn together, as
    many labels as there are, with replacement. All are matched by position (lists, arrays, Series).
    metric: "log_loss" (the loss of other minus the loss of one; chances are first clipped to 1e-15 ... 1 - 1e-15) or "auc"
    (that of one minus that of other; ties count one half). Above 0 where `one` is better.
    Returns a dict of three floats: "difference" on the flights as they are, "low" and "high", the 2.5 % and 97.5 % points
    of `draws` draws. The same seed gives the same interval. Draws with one kind of flight only are left out for "auc".
    Raises ValueError if the lengths differ, for no flights, for an unknown metric, and for "auc" with one kind of flight.
    """
    y, one, other = (np.asarray(part, dtype=float) for part in (y, one, other))
    if metric not in ("log_loss", "auc") or len(y) == 0 or not (len(y) == len(one) == len(other) == len(days)):
        raise ValueError(f"{metric!r} for {len(y)}, {len(one)}, {len(other)} flights and {len(days)} labels")
    if metric == "auc" and len(np.unique(y)) < 2:
        raise ValueError("one kind of flight only: there is no pair to compare")
    names, at = np.unique(np.asarray(days), return_inverse=True)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        times = np.bincount(rng.integers(0, len(at), len(at)), minlength=len(at))
        if metric == "log_loss" or 0 < (times * y).sum() < times.sum():
            found.append(_better(y, one, other, metric, times))
    low, high = np.quantile(found, [0.025, 0.975])
    return {"difference": float(_better(y, one, other, metric, np.ones(len(y)))), "low": float(low), "high": float(high)}


def _better(y, one, other, metric, times):
    """By how much `one` is better if each flight counts as often as `times` says."""
    if metric == "auc":
        return _auc(y, one, times) - _auc(y, other, times)
    return float(np.average(_loss(y, other) - _loss(y, one), weights=times))


def _loss(y, chance):
    chance = np.clip(chance, 1e-15, 1 - 1e-15)
    return -np.where(y == 1, np.log(chance), np.log1p(-chance))


def _auc(y, score, times):
    _, place = np.unique(score, return_inverse=True)
    yes, no = np.bincount(place, times * y), np.bincount(place, times * (1 - y))
    return float((yes * (np.cumsum(no) - no / 2)).sum() / (yes.sum() * no.sum()))
