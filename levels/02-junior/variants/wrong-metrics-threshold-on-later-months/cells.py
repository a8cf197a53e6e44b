# %% page
threshold = claims = None
chance_then = out_of_fold(train)
scored = ~np.isnan(chance_then)
wall_line = cheapest_threshold(train["late"], wall_table(train, train), costs)

fitted = new_model().fit(train[FEATURES], train["late"])
happened = later["late"].to_numpy()
chance, wall = fitted.predict_proba(later[FEATURES])[:, 1], wall_table(train, later)
threshold = cheapest_threshold(happened, chance, costs)
silent, half = np.zeros(len(later), dtype=int), (chance >= 0.5).astype(int)
by_wall, by_model = (wall >= wall_line).astype(int), (chance >= threshold).astype(int)
auc_low, auc_high = interval("auc", happened, chance, groups=later["day"])
saved = saving(happened, by_wall, by_model, costs, later["day"])
claims = {
    "late_share_train": float(train["late"].mean()),
    "late_share_later": float(later["late"].mean()),
    "accuracy_silent": accuracy(happened, silent),
    "accuracy_half": accuracy(happened, half),
    "f1_half": f1(happened, half),
    "auc_wall": auc(happened, wall),
    "auc_model": auc(happened, chance),
    "auc_low": auc_low,
    "auc_high": auc_high,
    "cost_silent": 1000 * mean_cost(happened, silent, costs),
    "cost_wall": 1000 * mean_cost(happened, by_wall, costs),
    "cost_model": 1000 * mean_cost(happened, by_model, costs),
    "saving": saved["saving"],
    "saving_low": saved["low"],
    "saving_high": saved["high"],
    "ship": saved["low"] > 0,
}
