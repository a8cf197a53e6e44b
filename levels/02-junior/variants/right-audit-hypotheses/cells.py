# %% records
def typed(name, value):
    if name == "C":
        return float(value)
    return int(value) if name in {"trees", "depth", "rows", "seed"} else value


def records(client, experiment):
    import mlflow

    mlflow.set_tracking_uri(STORE)
    found = {}
    for listed in mlflow.search_runs(experiment_names=[experiment], output_format="list"):
        run = client.get_run(listed.info.run_id)
        metrics = run.data.metrics
        steps = client.get_metric_history(run.info.run_id, "auc_by_month")
        found[run.info.run_id] = dict(
            status=run.info.status,
            params={name: typed(name, value) for name, value in run.data.params.items()},
            auc=metrics["auc"] if "auc" in metrics else None,
            log_loss=metrics["log_loss"] if "log_loss" in metrics else None,
            by_month={int(point.step): float(point.value) for point in steps},
            digests=digests(run),
            commit=run.data.tags.get("git.commit", ""),
            dirty=run.data.tags.get("git.dirty") != "no",
            start=int(run.info.start_time),
            name=run.info.run_name,
        )
    return found

# %% remake
def remake(record, months):
    params = dict(record["params"])
    params.setdefault("seed", 0)
    parts = []
    for use in ("train", "test"):
        wanted = span(params[use])
        parts.append(pd.concat({month: months[month] for month in wanted}))
    return fit_and_score(parts[0], parts[1].reset_index(drop=True), params)

# %% findings
findings = {}
TRIED = {}


def scored(params):
    key = repr(sorted(params.items()))
    if key not in TRIED:
        TRIED[key] = remake({"params": params}, months)
    return TRIED[key]


everybody = [record for record in season.values() if record["auc"] is not None]
for run, record in season.items():
    if record["auc"] is None:
        continue
    params = record["params"]
    if record["dirty"]:
        findings[run] = "changed-code"
        continue
    off = [use for use in ("train", "test") if record["digests"][use] != digest(span(params[use]))]
    if off:
        findings[run] = "trained-on-test" if "train" in off else "scored-elsewhere"
        continue
    again = scored(params)
    if np.isclose(again["auc"], record["auc"], rtol=0, atol=1e-9):
        continue
    names = ["trees", "depth"]
    back = {**params, names[0]: params.get(names[1]), names[1]: params.get(names[0])}
    if np.isclose(again["log_loss"], record["log_loss"], rtol=0, atol=1e-9):
        findings[run] = "best-month"
    elif any(other is not record and other["log_loss"] == record["log_loss"] for other in everybody):
        findings[run] = "another-run"
    elif params["model"] == "forest" and np.isclose(scored(back)["auc"], record["auc"], rtol=0, atol=1e-9):
        findings[run] = "swapped"
    else:
        findings[run] = "unseeded"
