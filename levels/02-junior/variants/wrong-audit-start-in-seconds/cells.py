# %% records
def records(client, experiment):
    """Every run of an experiment (by name) that is not deleted: a dict from run id to a dict with

    status    text, as in MLflow: FINISHED, FAILED, KILLED
    params    dict; C is a float, trees, depth, rows and seed are ints, model, train and test are texts;
              what the run did not record is not in it
    auc, log_loss   floats, or None if the run has none
    by_month  dict from month (int) to auc (float); {} if there is none
    digests   dict from "train" and "test" to the digest of that data set
    commit    text
    dirty     True if the code differed from the commit, else False
    start     milliseconds since 1970 (int)
    """
    kinds = {"C": float, "trees": int, "depth": int, "rows": int, "seed": int}
    found = {}
    where = [client.get_experiment_by_name(experiment).experiment_id]
    for run in client.search_runs(where, max_results=1000):
        history = client.get_metric_history(run.info.run_id, "auc_by_month") if run.data.metrics else []
        found[run.info.run_id] = {
            "status": run.info.status,
            "params": {name: kinds.get(name, str)(value) for name, value in run.data.params.items()},
            "auc": run.data.metrics.get("auc"),
            "log_loss": run.data.metrics.get("log_loss"),
            "by_month": {point.step: point.value for point in history},
            "digests": digests(run),
            "commit": run.data.tags["git.commit"],
            "dirty": run.data.tags["git.dirty"] == "yes",
            "start": run.info.start_time // 1000,
        }
    return found
