# %% report
model = make_model().fit(train[FEATURES], train["late"])
threshold = 0.5  # more likely late than not

happened_later = later["late"].to_numpy()
chances = model.predict_proba(later[FEATURES])[:, 1]
warned = (chances >= threshold).astype(int)
counts = confusion(happened_later, warned)
share = train["late"].mean()


def surprise(chance):
    return float(-np.mean(np.where(happened_later == 1, np.log(chance), np.log(1 - chance))))


report = {
    "late_share_train": float(share),
    "late_share_later": float(happened_later.mean()),
    "baseline_log_loss": surprise(share),
    "model_log_loss": surprise(chances),
    "accuracy_never_late": float(np.mean(happened_later == 0)),
    "accuracy_model": float(np.mean(warned == happened_later)),
    "flagged": float(warned.mean()),
    "late_caught": float(counts[1, 1] / counts[1].sum()),
    "alarms_right": float(counts[1, 1] / counts[:, 1].sum()),
    "confusion": counts.tolist(),
}
