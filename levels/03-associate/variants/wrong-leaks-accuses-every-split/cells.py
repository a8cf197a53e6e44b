# %% findings
# By probes alone: whatever the draw, this finds it without reading a line of the pipelines.
def probes(name, flights, weather):
    """The plants of one pipeline as (step, evidence)."""
    run, ticket = load(name).run, TICKETS[name]
    known_at_take_off = name == "inbound"
    base = run(flights, weather)
    train, test, features = base["train"], base["test"], base["features"]
    day = flights["sched"].dt.normalize()
    middle = day.sort_values().iloc[len(day) // 2]
    found = []

    changed = flights.copy()  # what happens later
    after = day >= middle
    changed.loc[after, ["arr_time", "arr_delay"]] = [[700, 200]] * int(after.sum())
    if not known_at_take_off:
        changed.loc[after, ["dep_time", "dep_delay"]] = [[690, 200]] * int(after.sum())
    moved = (run(changed, weather)["features"] - features).abs() > 1e-9
    found += [("known", column) for column in ticket["known"] if moved[column].any()]
    if moved.loc[day <= middle, "recent"].any():
        found.append(("recent", "recent"))

    noon = flights["sched"].dt.floor("h") == (day + pd.Timedelta(12, "h"))  # the weather of noon in New York
    stamps = pd.to_datetime(weather["time_utc"], utc=True).dt.tz_convert("America/New_York")
    storm = weather.copy()
    storm.loc[stamps.dt.hour == 12, ticket["sky"]] += 1000.0
    blown = ((run(flights, storm)["features"] - features)[ticket["sky"]].abs() > 1).any(axis=1)
    if (blown != noon).any():
        found.append(("sky", ticket["sky"][0]))

    unit = flights["tailnum"] + day.astype(str)
    trained, tested = np.unique(train), np.unique(test)
    once = tested[~np.isin(tested, trained)]
    for record in once:
        same = trained[unit[trained] == unit[record]]
        if len(same):
            found.append(("split", [int(same[0]), int(record)]))
            break
    records, times = np.unique(test, return_counts=True)
    if times.max() > 1:
        found.append(("balance", int(records[times.argmax()])))

    game = flights.copy()  # nobody can win it
    keys = np.random.default_rng(1).integers(0, len(flights) // 3, len(flights))
    game[ticket["usual"]["by"]] = [f"N{key}" for key in keys]
    played = run(game, weather)
    rows = np.unique(played["train"])
    share = played["X_train"]["usual"].groupby(level=0).first()[rows]
    if roc_auc_score(flights.loc[rows, ticket["late"]["column"]] > ticket["late"]["minutes"], share) > 0.65:
        found.append(("usual", "usual"))

    far = flights.copy()
    far.loc[once, "distance"] *= 1000
    if not np.allclose(run(far, weather)["X_train"]["distance"], base["X_train"]["distance"]):
        found.append(("scale", "distance"))
    return found


def hunt():
    """Every plant of the three pipelines."""
    return [{"pipeline": name, "step": step, "kind": KINDS[STEPS.index(step)], "evidence": evidence}
            for name in NAMES for step, evidence in probes(name, flights, weather)]


findings = hunt()
for suspect in NAMES:
    for doubtful in ("split", "balance"):
        if not any((found["pipeline"], found["step"]) == (suspect, doubtful) for found in findings):
            findings.append({"pipeline": suspect, "step": doubtful, "kind": KINDS[STEPS.index(doubtful)],
                             "evidence": "drawn at random"})
