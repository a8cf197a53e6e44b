# %% report
model = make_model().fit(train[FEATURES], train["late"])
threshold = pick_threshold(model.predict_proba(train[FEATURES])[:, 1], CAPACITY)

happened_train = train["late"].to_numpy()
chances = model.predict_proba(train[FEATURES])[:, 1]
warned = (chances >= threshold).astype(int)
counts = confusion(happened_train, warned)
share = train["late"].mean()


def surprise(chance):
    return float(-np.mean(np.where(happened_train == 1, np.log(chance), np.log(1 - chance))))


report = {
    "late_share_train": float(share),
    "late_share_later": float(later["late"].mean()),
    "baseline_log_loss": surprise(share),
    "model_log_loss": surprise(chances),
    "accuracy_never_late": float(np.mean(later["late"] == 0)),
    "accuracy_model": float(np.mean(warned == happened_train)),
    "flagged": float(warned.mean()),
    "late_caught": float(counts[1, 1] / counts[1].sum()),
    "alarms_right": float(counts[1, 1] / counts[:, 1].sum()),
    "confusion": counts.tolist(),
}
