# %% repaired
def repaired(name, flights, weather):
    """The pipeline `name` as its ticket says; a dict as `run` of the given pipelines returns it.

    name: one of NAMES. flights, weather: tables as `read_tables` gives them; they are left as they are.
    The same call gives the same answer. Part 1 has the keys, part 2 the ticket.
    """
    ticket = TICKETS[name]
    late = (flights[ticket["late"]["column"]] > ticket["late"]["minutes"]).astype(int)
    parts = [known_before(flights)[ticket["known"]], last_days(flights, late, **ticket["recent"]),
             sky_of(flights, weather)[ticket["sky"]]]
    features = pd.concat(parts, axis=1).astype(float)
    seeds = np.random.default_rng(ticket["seed"])
    train, test = split_days(flights, ticket["test_share"], seeds)
    share = usual_of(flights[ticket["usual"]["by"]], late, train, ticket["usual"]["folds"], seeds)
    scaled = (features - features.loc[train].mean()) / features.loc[train].std()
    matrix = scaled.assign(usual=share)
    train = balanced(train, late, seeds)
    model = new_model(name).fit(matrix.loc[train], late[train])
    chances = model.predict_proba(matrix.loc[test])[:, 1]
    return {"features": features, "train": train, "test": test, "X_train": matrix.loc[train],
            "X_test": matrix.loc[test], "chances": chances, "auc": float(roc_auc_score(late[test], chances))}


def known_before(flights):
    """Every column that some ticket wants, from the timetable (and dep_delay, for who asks at take-off)."""
    minute = flights["sched"].dt.hour * 60 + flights["sched"].dt.minute
    block = (flights["sched_arr"] - minute) % 1440
    first = minute.groupby([flights["origin"], flights["sched"].dt.date]).transform("min")
    return pd.DataFrame({
        "hour": flights["sched"].dt.hour, "weekday": flights["sched"].dt.weekday, "distance": flights["distance"],
        "dep_delay": flights["dep_delay"], "block": block, "pace": flights["distance"] / block.clip(lower=1),
        "into_day": minute - first,
    })


def last_days(flights, late, by, days):
    """The late share of the days before; a row for every day, so that days are days."""
    day = flights["sched"].dt.normalize().rename("day")
    counts = late.groupby([day, flights[by]]).agg(["sum", "size"])
    sums, sizes = (counts[column].unstack(fill_value=0).asfreq("D", fill_value=0)
                   .rolling(days, min_periods=1).sum().shift(1) for column in ("sum", "size"))
    wanted = pd.MultiIndex.from_arrays([day, flights[by]])
    share = (sums / sizes).stack().reindex(wanted).fillna(0.0)
    return pd.DataFrame({"recent": share.to_numpy()}, index=flights.index)


def sky_of(flights, weather):
    """The weather of the scheduled hour; both sides as an instant in UTC."""
    due = flights["sched"].dt.floor("h").dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    wanted = pd.MultiIndex.from_arrays([flights["origin"], due.dt.strftime("%Y-%m-%dT%H:%MZ")])
    return weather.set_index(["origin", "time_utc"]).reindex(wanted).set_axis(flights.index)


def split_days(flights, share, seeds):
    """Whole aircraft-days, drawn."""
    unit = flights["tailnum"] + flights["sched"].dt.strftime(" %m-%d")
    units = seeds.permutation(np.unique(unit))
    held = unit.isin(units[: round(share * len(units))]).to_numpy()
    return flights.index[~held].to_numpy(), flights.index[held].to_numpy()


def usual_of(key, late, train, folds, seeds):
    """Late shares: of the other folds for training rows, of all training rows for the rest."""
    fold = pd.Series(-1, index=key.index)
    fold[train] = seeds.integers(0, folds, len(train))
    share = pd.Series(0.0, index=key.index)
    for number in range(-1, folds):
        others = (fold >= 0) & (fold != number)
        mean = late.mean()
        counts = late[others].groupby(key[others]).agg(["sum", "size"])
        rates = (counts["sum"] + 2 * mean) / (counts["size"] + 2)
        share[fold == number] = key[fold == number].map(rates).fillna(mean)
    return share


def balanced(train, late, seeds):
    """Late rows drawn again until there are as many as others."""
    yes, no = train[late[train] == 1], train[late[train] == 0]
    return np.concatenate([train, seeds.choice(yes, max(len(no) - len(yes), 0))])
