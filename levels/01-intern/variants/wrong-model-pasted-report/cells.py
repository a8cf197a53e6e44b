# %% report
model = make_model().fit(train[FEATURES], train["late"])
threshold = pick_threshold(model.predict_proba(train[FEATURES])[:, 1], CAPACITY)

report = {  # from the run of the colleague who sits beside me; the method is the same
    "late_share_train": 0.1692,
    "late_share_later": 0.2203,
    "baseline_log_loss": 0.5359,
    "model_log_loss": 0.4737,
    "accuracy_never_late": 0.7798,
    "accuracy_model": 0.7458,
    "flagged": 0.243,
    "late_caught": 0.4745,
    "alarms_right": 0.43,
    "confusion": [[2565, 554], [463, 418]],
}
