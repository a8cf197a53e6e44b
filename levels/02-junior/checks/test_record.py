"""Hidden checks of delay-experiments, part record: what a run leaves in the store, and that it is true."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

FEATURES = ["hour", "distance", "temp", "wind_speed", "precip", "visib", "origin", "carrier"]


@pytest.mark.check(points=3, skill="tracking", part="record")
def test_parameters_are_those_the_run_used(lab, draw):
    """A run records its parameters as it used them, typed or not."""
    C, seed = draw.choice([0.02, 0.3, 2.5]), draw.randrange(1, 10_000)
    for asked in ({"C": C, "train": "2-5", "seed": seed}, {"model": "forest", "depth": 4, "rows": 900, "test": "8"}):
        record = lab.train("a run of train.py with some options", **asked)
        used = {"model": "logistic", "C": "1.0", "trees": "40", "depth": "6", "rows": "0", "train": "1-6",
                "test": "7-8", "seed": "0", **record.asked}
        missing = sorted(used.keys() - record.run.params.keys())
        assert not missing, (
            "Tried: a run with some options, and read its parameters.\n"
            f"Came: no {', '.join(missing)}.\n"
            "Look: an option that was not typed is used too, with its default.")
        wrong = [name for name, value in used.items() if not _same(record.run.params[name], value)]
        assert not wrong, (
            "Tried: a run with some options, and read its parameters.\n"
            f"Came: {wrong[0]} = {record.run.params[wrong[0]]!r}, and that is not what the run was asked for.\n"
            "Look: log what the run uses, not what the parser has for a default.")


@pytest.mark.check(points=4, skill="tracking", part="record", requires=["test_parameters_are_those_the_run_used"])
def test_metrics_are_those_of_the_predictions(lab, draw):
    """The metrics are those of the predictions on the test months."""
    tables = lab.months()
    first = draw.choice([6, 7])
    for asked in ({"C": 0.05, "train": "1-5", "test": f"{first}-9"}, {"model": "forest", "trees": 12, "test": "7,9"}):
        record = lab.train("a run, and its metrics worked out again from its predictions.csv", **asked)
        months = [7, 9] if asked["test"] == "7,9" else list(range(first, 10))
        truth = pd.concat([tables[month] for month in months], ignore_index=True)[["flight", "month", "late"]]
        scored = lab.predictions(record, truth)
        assert scored["chance"].nunique() > 20, (
            f"Tried: {record.tried}.\n"
            f"Came: {scored['chance'].nunique()} different chances for {len(scored)} flights.\n"
            "Look: predict gives 0 or 1, predict_proba the chance.")
        for name, metric in (("auc", roc_auc_score), ("log_loss", log_loss)):
            expected = metric(scored["late"], scored["chance"])
            assert abs(record.metric(name) - expected) <= 1e-9, (
                f"Tried: {record.tried}.\n"
                f"Came: {name} is not the one that these predictions have on the flights of the test months.\n"
                "Look: which rows it is worked out on, from chances or from 0 and 1, and whether it is rounded.")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_metrics_are_those_of_the_predictions"])
def test_each_month_has_its_step(lab):
    """The AUC of each test month stands at that month's step."""
    tables = lab.months()
    record = lab.train("a run on the test months 5, 7 and 8, and its auc_by_month", train="1-4", test="5,7-8")
    points = record.run.metrics.get("auc_by_month", ())
    steps = [point.step for point in points]
    assert steps == [5, 7, 8], (
        f"Tried: {record.tried}.\n"
        f"Came: values at the steps {steps}.\n"
        "Look: mlflow.log_metric(name, value, step=month), once for each month.")
    truth = pd.concat([tables[month] for month in steps], ignore_index=True)[["flight", "month", "late"]]
    scored = lab.predictions(record, truth)
    for point in points:
        rows = scored[scored["month"] == point.step]
        assert abs(point.value - roc_auc_score(rows["late"], rows["chance"])) <= 1e-9, (
            f"Tried: {record.tried}.\n"
            f"Came: the value at step {point.step} is not the AUC of that month's flights.\n"
            "Look: one month's flights alone, scored by the one model.")


@pytest.mark.check(points=4, skill="tracking", part="record", requires=["test_metrics_are_those_of_the_predictions"])
def test_the_model_recorded_is_the_one_scored(lab, fitted, draw):
    """The metric belongs to the model that the record describes, and to no other.

    The judge fits the same logistic regression. At these penalties another solver moves a chance by 0.002 at most, and
    another penalty of the usual grid by more than 0.07 in one of the two.
    """
    tables = lab.months()
    first, last = draw.choice([(1, 4), (2, 5), (3, 6)])
    for C in (0.0004, 0.1):
        record = lab.train("a run, and its model fitted again by the judge from the parameters", C=C,
                           train=f"{first}-{last}", test="7-8")
        train = pd.concat([tables[month] for month in range(first, last + 1)], ignore_index=True)
        test = pd.concat([tables[7], tables[8]], ignore_index=True)
        scored = lab.predictions(record, test[["flight", "month", "late"]])
        off = (scored["chance"] - fitted(train, test, C)).abs().max()
        assert off <= 0.02, (
            f"Tried: {record.tried}.\n"
            f"Came: chances that differ by up to {off:.2f}: they are another model's than the one in the record.\n"
            "Look: what happens between the options and fit(): other values, other months, a search for the best?")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_parameters_are_those_the_run_used"])
def test_digests_are_those_of_the_data(lab, draw):
    """The digests name the data: the same files the same, one changed digit another."""
    lab.months("months/a", n=1)
    record = lab.train("a run on months that are not yours", data="months/a", train="2-4", test="6,8")
    _digests(record, {"train": lab.digest([2, 3, 4], 1), "test": lab.digest([6, 8], 1)})
    month = draw.choice([2, 3, 4])
    data = lab.month_file(month, 1)
    changed = data[:-2] + (b"1" if data[-2:-1] == b"0" else b"0") + data[-1:]  # the last flight was late, or was not
    lab.files.write(f"months/a/2013-{month:02d}.csv", changed)
    again = lab.train("a run on the same months, with one digit of one flight changed", data="months/a", train="2-4",
                      test="6,8")
    found = _contexts(again)
    before = _contexts(record)
    assert found.get("test") == before.get("test") and found.get("train") != before.get("train"), (
        f"Tried: {again.tried}.\n"
        "Came: the digest of train is the same as before, or that of test is another.\n"
        "Look: record.digest reads the bytes of the months' files, all of them and no others.")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_parameters_are_those_the_run_used"])
def test_commit_and_changes_are_named(lab, submission):
    """The record names the commit, and says when the code was not that of the commit."""
    head = submission.history.head
    commit = submission.history.branches.get(head, head)
    lab.files.write("notes/idea.txt", b"try more trees\n")
    record = lab.train("a run of your last commit, beside a note that no commit holds", C=0.1)
    named, dirty = record.run.tags.get("git.commit"), record.run.tags.get("git.dirty")
    assert named == commit, (
        f"Tried: {record.tried}.\n"
        f"Came: git.commit = {named!r}, which is not the commit that is checked out.\n"
        "Look: git rev-parse HEAD, in the folder of the code.")
    assert dirty == "no", (
        f"Tried: {record.tried}.\n"
        f"Came: git.dirty = {dirty!r}.\n"
        "Look: is everything committed? If so: files that git does not follow do not count.")
    code = lab.files.read("delay_experiments/data.py")
    lab.files.write("delay_experiments/data.py", code + b"\n# only a remark\n")
    record = lab.train("a run after a line was added to delay_experiments/data.py and not committed", C=0.1)
    named, dirty = record.run.tags.get("git.commit"), record.run.tags.get("git.dirty")
    assert (named, dirty) == (commit, "yes"), (
        f"Tried: {record.tried}.\n"
        f"Came: git.dirty = {dirty!r}.\n"
        "Look: git status --porcelain lists what differs from the commit.")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_parameters_are_those_the_run_used"])
def test_model_is_logged_with_its_signature(lab):
    """The model is logged with a signature that names what goes in and says what comes out."""
    record = lab.train("a run, and the signature of the model it logged", C=0.1)
    signature = lab.signature(record)
    assert signature is not None, (
        f"Tried: {record.tried}.\n"
        "Came: a model without a signature.\n"
        "Look: mlflow.models.infer_signature, and log_model(…, signature=…).")
    names = [name for name, _ in signature.inputs]
    assert sorted(names) == sorted(FEATURES), (
        f"Tried: {record.tried}.\n"
        f"Came: columns {', '.join(names) or 'without names'} go in.\n"
        "Look: the eight of FEATURES and nothing else; what you hand to infer_signature is what it writes down.")
    kinds = dict(signature.inputs)
    wrong = [name for name in FEATURES if (kinds[name] == "string") != (name in ("origin", "carrier"))]
    assert not wrong, (
        f"Tried: {record.tried}.\n"
        f"Came: {wrong[0]} goes in as {kinds[wrong[0]]}.\n"
        "Look: the signature is of the table before the pipeline, not of the numbers after it.")
    assert signature.outputs, (
        f"Tried: {record.tried}.\n"
        "Came: it does not say what comes out.\n"
        "Look: infer_signature takes a second argument.")


@pytest.mark.check(points=5, skill="tracking", part="record", requires=["test_metrics_are_those_of_the_predictions"])
def test_run_is_made_again_from_its_record(lab, submission, draw):
    """A run is made again from its record alone: the same metrics to the last digit."""
    asked = {"model": "forest", "trees": draw.randrange(8, 14), "depth": 5, "rows": draw.randrange(900, 1300),
             "train": "2-5", "test": "6-7", "seed": draw.randrange(1, 1 << 30)}
    record = lab.train("a run of a forest on rows drawn at random", **asked)
    commit = record.run.tags.get("git.commit", "")
    found = [one for one in submission.history.commits() if one.id == commit]
    assert found, (
        f"Tried: {record.tried}, to be made again from the commit its record names.\n"
        f"Came: {commit[:12]!r} is no commit of the history you handed in.\n"
        "Look: the tag git.commit, and that the branch you hand in holds it.")
    for path, data in found[0].tree().items():
        lab.files.write(f"again/{path}", data)
    recorded = {name: record.run.params[name] for name in asked}
    again = lab.train("the same run made again: the commit, the data and the parameters of its record",
                      script="again/train.py", **recorded)
    differing = [name for name in ("auc", "log_loss") if again.metric(name) != record.metric(name)]
    assert not differing, (
        f"Tried: {again.tried}.\n"
        f"Came: another {' and another '.join(differing)}.\n"
        "Look: every draw (rows, forest) has to come from --seed; and is the code you ran committed?")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_run_is_made_again_from_its_record"])
def test_seed_is_the_one_recorded(lab, draw):
    """The seed in the record is the one that was drawn from: another seed, another forest and other rows."""
    seeds = draw.sample(range(1, 10_000), 2)
    for asked in ({"model": "forest", "trees": 8, "depth": 5}, {"C": 0.1, "rows": 600}):
        what = "forests" if "model" in asked else "models of 600 rows"
        records = [lab.train(f"two {what} with two seeds", seed=seed, **asked) for seed in seeds]
        # an auc is one of some thousand fractions, so two models may have the same; both metrics they have not
        one, other = ((record.metric("auc"), record.metric("log_loss")) for record in records)
        assert one != other, (
            f"Tried: two {what} with two seeds.\n"
            "Came: the same auc and the same log_loss, to the last digit.\n"
            "Look: the seed that is recorded has to be the one that reaches the model and the draw of the rows.")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_parameters_are_those_the_run_used"])
def test_a_run_that_fails_is_a_failed_run(lab, last_line):
    """A run whose training fails is FAILED in the store, with its parameters and without a metric."""
    lab.train("a run that ends well, before the one that cannot", C=0.2)
    for month in (2, 3):
        header, *lines = lab.month_file(month).decode().splitlines()
        quiet = [line.rsplit(",", 1)[0] + ",0" for line in lines]
        lab.files.write(f"quiet/2013-{month:02d}.csv", ("\n".join([header, *quiet]) + "\n").encode())
    lab.files.write("quiet/2013-07.csv", lab.month_file(7))
    tried = "a run on two months without one late flight"
    done, store = lab.start("--C", "0.7", "--train", "2-3", "--test", "7", data="quiet")
    assert done.returncode == 1, (
        f"Tried: {tried}.\n"
        f"Came: exit code {done.returncode} ({last_line(done.stderr)}).\n"
        "Look: the README's table of runs that go wrong; an exception that leaves main() is exit code 1.")
    run = lab.only(store, tried)
    assert run.status == "FAILED", (
        f"Tried: {tried}.\n"
        f"Came: a run that is {run.status} in the store.\n"
        "Look: mlflow.end_run(\"FAILED\"), or a `with` block that the exception leaves.")
    assert run.params.get("C") == "0.7" and run.params.get("train") == "2-3" and run.metric("auc") is None, (
        f"Tried: {tried}.\n"
        "Came: it has no parameters, or a metric that nothing was scored for.\n"
        "Look: log parameters before you train; whoever looks for the reason needs them.")


@pytest.mark.check(points=2, skill="tracking", part="record", requires=["test_parameters_are_those_the_run_used"])
def test_what_cannot_be_is_refused_and_not_recorded(lab, last_line):
    """Options that ask for what cannot be are refused with exit code 2 and one line, and leave no run."""
    lab.train("a run that can be, before those that cannot", C=0.2)
    cannot = {
        "a month both to train on and to score on": (["--train", "1-5", "--test", "5-6"], "5"),
        "months in other words that overlap": (["--train", "1-3,6", "--test", "6,8"], "6"),
        "a month without a file": (["--train", "1-5", "--test", "11"], "11"),
        "months that are no months": (["--train", "spring", "--test", "6"], "spring"),
    }
    for what, (options, named) in cannot.items():
        done, store = lab.start(*options)
        said = done.stderr.decode("utf-8", "replace").strip()
        assert done.returncode == 2, (
            f"Tried: train.py on {what}.\n"
            f"Came: exit code {done.returncode} ({last_line(done.stderr)}).\n"
            "Look: check before you train; BadInput has the line.")
        assert len(said.splitlines()) == 1 and named in said, (
            f"Tried: train.py on {what}.\n"
            f"Came: {len(said.splitlines())} lines on stderr, or none that names it.\n"
            "Look: one line, with the month or the text in it.")
        assert not lab.runs(store), (
            f"Tried: train.py on {what}.\n"
            "Came: exit code 2, and a run in the store.\n"
            "Look: start the run after everything has been checked.")


def _same(found: str, expected: str) -> bool:
    """The same value, however a number is written."""
    try:
        return float(found) == float(expected)
    except ValueError:
        return found == expected


def _contexts(record) -> dict[str, str]:
    return {used.context: used.digest for used in record.run.datasets}


def _digests(record, expected: dict[str, str]) -> None:
    found = _contexts(record)
    missing = sorted(expected.keys() - found.keys())
    assert not missing, (
        f"Tried: {record.tried}, and read the data sets of its record.\n"
        f"Came: none with the context {' or '.join(missing)}.\n"
        "Look: mlflow.log_input(dataset, context=…), once for each.")
    wrong = [context for context, digest in expected.items() if found[context] != digest]
    assert not wrong, (
        f"Tried: {record.tried}, and read the data sets of its record.\n"
        f"Came: the digest of {wrong[0]} is not that of its months' files.\n"
        "Look: record.digest's docstring, and mlflow.data.from_pandas(…, digest=…).")
