# %% chaining
def forward_folds(months, first_test=4):
    months = np.asarray(months)
    folds = []
    for month in sorted(set(months.tolist())):
        begin = int(np.argmax(months == month))
        end = len(months) - int(np.argmax(months[::-1] == month))
        if month >= first_test and begin > 0:
            folds.append((month, np.arange(begin), np.arange(begin, end)))
    return folds


def out_of_fold(flights, first_test=4):
    months = flights["month"].to_numpy()
    chance = np.full(len(flights), np.nan)
    for month in range(first_test, 13):
        past, test = np.flatnonzero(months < month), np.flatnonzero(months == month)
        if len(past) and len(test):
            fitted = new_model().fit(flights.iloc[past][FEATURES], flights.iloc[past]["late"])
            chance[test] = fitted.predict_proba(flights.iloc[test][FEATURES])[:, 1]
    return chance
