# %% recent-late-share
def recent_late_share(flights, log, hours=6, wait=1):
    known = log[~log["cancelled"].astype(bool)].sort_values("sched")
    share = np.full(len(flights), np.nan)
    for airport, there in known.groupby("origin"):
        rows = np.flatnonzero((flights["origin"] == airport).to_numpy())
        due = flights["sched"].to_numpy()[rows]
        past = there["sched"].to_numpy()
        begin = np.searchsorted(past, due - _hours(hours), side="left")
        end = np.searchsorted(past, due - _hours(wait), side="right")
        late = np.concatenate([[0], np.cumsum(there["dep_delay"].to_numpy() > LATE)])
        with np.errstate(invalid="ignore"):
            share[rows] = np.where(end > begin, (late[end] - late[begin]) / (end - begin), np.nan)
    counts = np.zeros(len(flights))
    for airport, there in known.groupby("origin"):
        rows = np.flatnonzero((flights["origin"] == airport).to_numpy())
        due, past = flights["sched"].to_numpy()[rows], there["sched"].to_numpy()
        counts[rows] = (np.searchsorted(past, due - _hours(wait), side="right")
                        - np.searchsorted(past, due - _hours(hours), side="left"))
    today = (known["dep_delay"] > LATE).groupby([known["origin"], known["sched"].dt.date]).mean()
    days = pd.MultiIndex.from_arrays([flights["origin"], flights["sched"].dt.date])
    share = np.where(counts == 1, today.reindex(days).to_numpy(dtype=float), share)
    return pd.Series(share, index=flights.index)


def _hours(count):
    return np.timedelta64(round(count * 3600), "s")
