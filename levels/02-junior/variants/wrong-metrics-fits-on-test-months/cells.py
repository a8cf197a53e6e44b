# %% chaining
def forward_folds(months, first_test=4):
    months = np.asarray(months)
    folds = []
    for month in np.unique(months[months >= first_test]):
        train = np.flatnonzero(months < month)
        if len(train):
            folds.append((int(month), train, np.flatnonzero(months == month)))
    return folds


def out_of_fold(flights, first_test=4):
    chance = np.full(len(flights), np.nan)
    months = flights["month"].to_numpy()
    for number, _, month in forward_folds(flights["month"], first_test):
        past = np.flatnonzero(months != number)
        fitted = new_model().fit(flights.iloc[past][FEATURES], flights.iloc[past]["late"])
        chance[month] = fitted.predict_proba(flights.iloc[month][FEATURES])[:, 1]
    return chance
