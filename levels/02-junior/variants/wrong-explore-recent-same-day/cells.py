# %% recent-late-share
def recent_late_share(flights, log, hours=6, wait=1):
    known = log[~log["cancelled"].astype(bool)]
    late = (known["dep_delay"] > LATE).to_numpy()
    due, airport = known["sched"].to_numpy(), known["origin"].to_numpy()
    days = {day: np.flatnonzero((known["sched"].dt.date == day).to_numpy()) for day in known["sched"].dt.date.unique()}
    share = []
    for sched, origin in zip(flights["sched"], flights["origin"], strict=True):
        at = days.get(sched.date(), np.array([], dtype=int))
        ago = (sched.to_datetime64() - due[at]) / np.timedelta64(1, "h")
        seen = at[(ago >= wait) & (ago <= hours) & (airport[at] == origin)]
        share.append(late[seen].mean() if len(seen) else np.nan)
    return pd.Series(share, index=flights.index, dtype=float)
