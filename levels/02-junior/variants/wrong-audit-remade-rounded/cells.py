# %% pick
pick = ""
remade = {}  # {"auc": ..., "log_loss": ...}, not rounded
reason = ""
true = {
    run: record for run, record in season.items()
    if run not in findings and record["status"] == "FINISHED" and record["params"]["test"] == "7-8"
}
pick = max(true, key=lambda run: true[run]["auc"])
remade = {key: round(value, 4) for key, value in remake(season[pick], months).items()}
better = max(findings, key=lambda run: season[run]["auc"] or 0)
reason = (
    f"Of the runs scored on July and August whose record holds, {pick} has the best AUC: {remade['auc']:.4f}, which comes "
    f"out to the last digit from its parameters, its commit and the data its digests name. {better} looks better with "
    f"{season[better]['auc']:.4f} and was turned down: {findings[better]}. To check, read its record and call remake."
)
