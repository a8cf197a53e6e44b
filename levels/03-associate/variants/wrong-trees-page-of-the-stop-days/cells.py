# %% page
results = {}
ahead = flights.iloc[stop]
happened, days = ahead["late"].to_numpy(), day_of(ahead)
trees = fit_trees(flights, stop_from, score_from)
three = {
    "logistic": fit_logistic(flights, stop_from, score_from).predict_proba(ahead[FEATURES])[:, 1],
    "trees": trees.chances(ahead),
    "margins": fit_margins(flights, stop_from, score_from).chances(ahead),
}
results = {"rounds": trees.rounds, "pick": pick(happened, three, days)}
for name, chance in three.items():
    results["auc_" + name] = float(roc_auc_score(happened, chance))
    results["loss_" + name] = float(log_loss(happened, chance))
for one, other in (("trees", "logistic"), ("margins", "logistic"), ("trees", "margins")):
    results[f"{one}_over_{other}"] = difference(happened, three[one], three[other], days)
