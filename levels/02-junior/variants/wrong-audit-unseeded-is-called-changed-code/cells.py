# %% findings
findings = {}  # run id to one of KINDS, for every run whose record is not true
remade_season = {run: remake(record, months) for run, record in season.items() if record["auc"] is not None}


def same(one, other):
    return abs(one - other) <= 1e-9


def kind_of(run, record):
    """The kind of a run's fault, or None if its record is true."""
    params, again = record["params"], remade_season[run]
    if record["dirty"]:
        return "changed-code"
    if record["digests"]["train"] != digest(span(params["train"])):
        return "trained-on-test"
    if record["digests"]["test"] != digest(span(params["test"])):
        return "scored-elsewhere"
    if same(again["auc"], record["auc"]) and same(again["log_loss"], record["log_loss"]):
        return None
    if same(again["log_loss"], record["log_loss"]) and same(record["auc"], max(record["by_month"].values())):
        return "best-month"
    for other, theirs in season.items():
        if theirs["auc"] is not None and theirs["params"] != params and same(theirs["auc"], record["auc"]):
            return "another-run"
    if params["model"] == "forest":
        swapped = {**record, "params": {**params, "trees": params["depth"], "depth": params["trees"]}}
        if same(remake(swapped, months)["auc"], record["auc"]):
            return "swapped"
    return "changed-code"


for run, record in season.items():
    if run in remade_season and kind_of(run, record) is not None:
        findings[run] = kind_of(run, record)
