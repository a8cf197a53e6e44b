# %% findings
table = pd.DataFrame.from_dict(season, orient="index")
table = table[table["auc"].notna()].copy()
outcome = pd.DataFrame([remake(record, months) for record in table.to_dict("records")], index=table.index)
table["auc again"], table["loss again"] = outcome["auc"], outcome["log_loss"]
for use in ("train", "test"):
    table[f"{use} said"] = [digest(span(params[use])) for params in table["params"]]
    table[f"{use} read"] = [one[use] for one in table["digests"]]
auc_out = (table["auc again"] - table["auc"]).abs() < 1e-7
loss_out = (table["loss again"] - table["log_loss"]).abs() < 1e-7
twice = table.duplicated("log_loss", keep=False)
kind = pd.Series("", index=table.index)
kind[~auc_out] = "unseeded"
for run in table.index[~auc_out & (kind == "unseeded")]:
    params = table.loc[run, "params"]
    if {"trees", "depth"} <= params.keys():
        back = remake({"params": params | {"trees": params["depth"], "depth": params["trees"]}}, months)
        if abs(back["auc"] - table.loc[run, "auc"]) < 1e-7:
            kind[run] = "swapped"
kind[~auc_out & ~loss_out & twice] = "another-run"
kind[~auc_out & loss_out] = "best-month"
kind[table["test said"] != table["test read"]] = "scored-elsewhere"
kind[table["train said"] != table["train read"]] = "trained-on-test"
kind[table["dirty"].astype(bool)] = "changed-code"
findings = kind[kind != ""].to_dict()

# %% pick
table["kind"] = kind
summer = table[(table["kind"] == "") & [params["test"] == "7-8" for params in table["params"]]]
pick = str(summer["auc"].idxmax())
remade = {"auc": float(table.loc[pick, "auc again"]), "log_loss": float(table.loc[pick, "loss again"])}
reason = (
    "This run has the best AUC on July and August of all runs whose record is true: its digests are those of the months "
    "it names, the code was that of its commit, and made again it gives the recorded digits. Runs with a higher number "
    "were turned down because they trained on the test, were scored on other months, or do not come out."
)
