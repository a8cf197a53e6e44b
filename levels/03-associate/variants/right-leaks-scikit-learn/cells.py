# %% findings
def plants_of(name):
    text = (DATA / "pipelines" / f"{name}.py").read_text()
    parts = {part.split("(")[0]: part for part in text.split("\ndef ")[1:]}
    return [step for step, planted in {
        "known": "arr_time" in parts["known"] or 'flights["dep_time"]' in parts["known"],
        "recent": "shift(1)" not in parts["recent"] and "range(1," not in parts["recent"],
        "sky": "tz_convert" not in parts["sky"],
        "split": "permutation(len(rows))" in parts["split"] or "train_test_split" in parts["split"],
        "balance": parts["run"].index("balance(") < parts["run"].index("split("),
        "usual": "rate(key, key, late)" in parts["usual"],
        "scale": "features.mean()" in parts["scale"] or "fit_transform" in parts["scale"],
    }.items() if planted]


def shown(name, step):
    columns = {"known": TICKETS[name]["known"][-1], "sky": TICKETS[name]["sky"][1], "scale": "hour"}
    if step not in ("split", "balance"):
        return columns.get(step, step)
    run = load(name).run(flights, weather)
    if step == "balance":
        times = pd.Series(run["test"]).value_counts()
        return times.index[0]
    unit = (flights["tailnum"] + flights["sched"].dt.strftime(" %m-%d")).rename("unit")
    one, other = (unit[np.unique(run[part])].reset_index() for part in ("train", "test"))
    both = one.merge(other, on="unit")
    return tuple(both.loc[both["record_x"] != both["record_y"], ["record_x", "record_y"]].iloc[0])


findings = [{"pipeline": name, "step": step, "kind": KINDS[STEPS.index(step)], "evidence": shown(name, step)}
            for name in NAMES for step in plants_of(name)]

# %% repaired
def repaired(name, flights, weather):
    from sklearn.model_selection import GroupShuffleSplit, StratifiedKFold
    from sklearn.preprocessing import StandardScaler, TargetEncoder
    from sklearn.utils import resample

    ticket = TICKETS[name]
    seed = ticket["seed"]
    table = flights.reset_index()
    late = (table[ticket["late"]["column"]] > ticket["late"]["minutes"]).astype(int)
    date = table["sched"].dt.date
    minute = table["sched"].dt.hour * 60 + table["sched"].dt.minute
    table["hour"], table["weekday"] = table["sched"].dt.hour, table["sched"].dt.weekday
    table["block"] = (table["sched_arr"] - minute).mod(1440)
    table["pace"] = table["distance"] / table["block"].clip(lower=1)
    table["into_day"] = minute - minute.groupby([table["origin"], date]).transform("min")

    by, days = ticket["recent"]["by"], ticket["recent"]["days"]
    daily = late.groupby([table[by], date]).agg(["sum", "size"]).reset_index()
    daily.columns = [by, "date", "late_ones", "all_ones"]
    moved = [daily.assign(date=[day + pd.Timedelta(days=back) for day in daily["date"]]) for back in range(1, days + 1)]
    window = pd.concat(moved).groupby([by, "date"], as_index=False)[["late_ones", "all_ones"]].sum()
    joined = table.assign(date=date)[[by, "date"]].merge(window, on=[by, "date"], how="left")
    table["recent"] = (joined["late_ones"] / joined["all_ones"]).fillna(0.0)

    stamp = pd.to_datetime(weather["time_utc"], utc=True).dt.tz_convert("America/New_York")
    local = weather.assign(due=stamp.dt.strftime("%m-%d %H")).drop_duplicates(["origin", "due"])
    table["due"] = table["sched"].dt.strftime("%m-%d %H")
    table = table.merge(local[["origin", "due", *ticket["sky"]]], on=["origin", "due"], how="left")

    groups = table["tailnum"] + date.astype(str)
    splitter = GroupShuffleSplit(1, test_size=ticket["test_share"], random_state=seed)
    train, test = next(splitter.split(table, groups=groups))
    columns = [*ticket["known"], "recent", *ticket["sky"]]
    key = [ticket["usual"]["by"]]
    folds = StratifiedKFold(ticket["usual"]["folds"], shuffle=True, random_state=seed)
    encoder = TargetEncoder(cv=folds, smooth=2.0, target_type="binary")
    share = pd.Series(0.0, index=table.index)
    share[train] = encoder.fit_transform(table.loc[train, key], late[train]).ravel()
    share[test] = encoder.transform(table.loc[test, key]).ravel()
    yes = train[late[train] == 1]
    train = np.r_[train, resample(yes, n_samples=len(train) - 2 * len(yes), random_state=seed)]
    scaler = StandardScaler().fit(table.loc[train, columns].astype(float))
    matrix = pd.DataFrame(scaler.transform(table[columns].astype(float)), columns=columns).assign(usual=share)
    matrix.index = flights.index
    records = flights.index.to_numpy()
    model = new_model(name).fit(matrix.iloc[train], late[train])
    chances = model.predict_proba(matrix.iloc[test])[:, 1]
    features = table[columns].astype(float).set_axis(flights.index)
    return {"features": features, "train": records[train], "test": records[test], "X_train": matrix.iloc[train],
            "X_test": matrix.iloc[test], "chances": chances, "auc": float(roc_auc_score(late[test], chances))}
