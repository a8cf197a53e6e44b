"""The kit that reads an MLflow store: on a real one, and on what a hostile or unlucky learner may hand in."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys

import pytest

from grader.judges.kits.mlflow_registry import read_registry, registry_of
from grader.judges.kits.mlflow_store import (
    LONGEST_TEXT,
    MOST_RUNS,
    BadStore,
    LoggedModel,
    Point,
    only_run,
    read_store,
    signature_of,
    store_of,
)

# In a process of its own, as a learner's runs are: MLflow warns, and keeps the first store it was shown.
MAKE = """
import pandas as pd
import mlflow
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("late-departures")
frame = pd.DataFrame({"hour": [6.0, 9.0, 18.0, 21.0], "dep": ["EWR", "JFK", "EWR", "LGA"]})
with mlflow.start_run(run_name="first"):
    mlflow.log_params({"model": "logistic", "C": 0.1})
    for month, auc in ((7, 0.61), (8, 1 / 3), (9, float("nan"))):
        mlflow.log_metric("auc_by_month", auc, step=month)
    mlflow.log_metric("auc", 1 / 3)
    mlflow.set_tag("git.commit", "a" * 40)
    mlflow.log_input(mlflow.data.from_pandas(frame, name="months", digest="0123456789abcdef"), context="train")
    mlflow.sklearn.log_model(
        LogisticRegression().fit(frame[["hour"]], [0, 0, 1, 1]),
        name="model",
        signature=infer_signature(frame[["hour"]], [0.5]),
        pip_requirements=["scikit-learn"],
        serialization_format="cloudpickle",
    )
with mlflow.start_run(run_name="gone") as run:
    pass
mlflow.delete_run(run.info.run_id)
client = mlflow.MlflowClient()
(logged,) = mlflow.search_logged_models(output_format="list")
first = mlflow.register_model(logged.model_uri, "delay", tags={"sha256": "b" * 64})
mlflow.register_model(f"runs:/{logged.source_run_id}/model", "delay")
client.set_registered_model_alias("delay", "champion", first.version)
client.create_registered_model("empty")
"""


class Folder:
    """The files of a worker, in a plain folder."""

    def __init__(self, root):
        self.root = root

    def read(self, path):
        return (self.root / path).read_bytes()

    def exists(self, path):
        return (self.root / path).exists()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    subprocess.run([sys.executable, "-c", MAKE], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def changed(made, tmp_path):
    """Changes a copy of the real store by SQL and gives its bytes."""

    def change(*statements):
        file = tmp_path / "changed.db"
        shutil.copy(made / "mlflow.db", file)
        connection = sqlite3.connect(file)
        with connection:
            for statement in statements:
                connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
        connection.close()
        return file.read_bytes()

    return change


def test_a_real_store_is_read_whole(made):
    runs = store_of(Folder(made), "mlflow.db")
    assert [(run.name, run.deleted, run.status) for run in runs] == [
        ("first", False, "FINISHED"),
        ("gone", True, "FINISHED"),
    ]
    run = only_run(runs, "late-departures")
    assert run.params == {"model": "logistic", "C": "0.1"}
    assert run.tags["git.commit"] == "a" * 40
    assert run.metric("auc") == 1 / 3  # to the last digit
    steps = run.metrics["auc_by_month"]
    assert [(point.step, point.value) for point in steps[:2]] == [(7, 0.61), (8, 1 / 3)]
    assert steps[2].value != steps[2].value
    assert run.metric("auc_by_month") is None and run.metric("loss") is None
    assert [(one.name, one.digest, one.context) for one in run.datasets] == [("months", "0123456789abcdef", "train")]
    (model,) = run.models
    signature = signature_of(Folder(made), model)
    assert (signature.inputs, signature.outputs) == ((("hour", "double"),), True)


def test_the_store_is_left_as_it_was(made):
    before = (made / "mlflow.db").read_bytes()
    read_store(before)
    assert (made / "mlflow.db").read_bytes() == before


def test_no_store(tmp_path):
    with pytest.raises(BadStore, match=r"there is no mlflow\.db"):
        store_of(Folder(tmp_path), "mlflow.db")
    (tmp_path / "mlflow.db").mkdir()
    with pytest.raises(BadStore, match="is no file"):
        store_of(Folder(tmp_path), "mlflow.db")


def test_a_store_in_the_middle_of_a_write_is_not_read(made, tmp_path):
    shutil.copy(made / "mlflow.db", tmp_path / "mlflow.db")
    (tmp_path / "mlflow.db-journal").write_bytes(b"\xd9\xd5\x05\xf9 \xa1c\xd7")
    with pytest.raises(BadStore, match="being written to"):
        store_of(Folder(tmp_path), "mlflow.db")
    (tmp_path / "mlflow.db-journal").write_bytes(b"")
    assert store_of(Folder(tmp_path), "mlflow.db")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the store is empty"),
        (b"run,auc\n1,0.7\n", "no SQLite file"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "damaged"),
        (b"SQLite format 3\0", "no MLflow store|damaged"),
    ],
)
def test_no_sqlite(data, says):
    with pytest.raises(BadStore, match=says):
        read_store(data)


def test_damage_at_any_place_is_a_clean_answer(made):
    data = (made / "mlflow.db").read_bytes()
    for start in range(100, len(data), len(data) // 40):
        broken = data[:start] + bytes(255 - byte for byte in data[start : start + 600]) + data[start + 600 :]
        for candidate in (broken, data[:start]):
            with contextlib.suppress(BadStore):
                read_store(candidate)


def test_another_sqlite_file(tmp_path):
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE flights (origin TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(BadStore, match="but no MLflow store"):
        read_store((tmp_path / "other.db").read_bytes())


def test_an_older_schema_is_named(changed):
    version = "UPDATE alembic_version SET version_num = '451aebb31d03'"
    with pytest.raises(BadStore, match="schema 451aebb31d03, without a table logged_models.*mlflow db upgrade"):
        read_store(changed(version, "DROP TABLE logged_models"))
    with pytest.raises(BadStore, match="without a column step in metrics"):
        read_store(changed("DROP TABLE metrics", "CREATE TABLE metrics (run_uuid, key, value, timestamp, is_nan)"))


def test_a_view_is_no_table(changed):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i run_uuid, i key, i value"
    with pytest.raises(BadStore, match="without a table tags"):
        read_store(changed("DROP TABLE tags", f"CREATE VIEW tags AS {endless} FROM n"))


def test_ten_thousand_runs_are_read_and_too_many_are_counted(changed):
    many = (
        "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, start_time, artifact_uri, experiment_id) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
        "SELECT printf('%032d', i), 'run ' || i, 'FINISHED', 'active', i, '', 1 FROM n"
    )
    runs = read_store(changed(many.format(10_000)))
    assert len(runs) == 10_002 and runs[4].name == "run 5"
    with pytest.raises(BadStore, match="holds 10001 runs"):
        only_run(runs)
    with pytest.raises(BadStore, match=f"holds {MOST_RUNS + 2} runs"):
        read_store(changed(many.format(MOST_RUNS)))


def test_values_of_any_size_and_kind_are_texts_of_bounded_size(changed):
    html = "<script>alert('marks')</script>"
    runs = read_store(
        changed(
            ("UPDATE runs SET name = ? WHERE lifecycle_stage = 'active'", ("x" * (1 << 20),)),
            ("INSERT INTO tags SELECT 'note', ?, run_uuid FROM runs", (html,)),
            ("INSERT INTO params SELECT 'bytes', ?, run_uuid FROM runs", (b"\xff\x00\xfe",)),
            ("INSERT INTO metrics SELECT 'word', 'high', 1, run_uuid, 0, 0 FROM runs", ()),
            ("UPDATE runs SET start_time = 'yesterday'", ()),
        )
    )
    run = only_run(runs)
    assert len(run.name) == LONGEST_TEXT
    assert run.tags["note"] == html  # as it is: whoever shows it escapes it
    assert run.params["bytes"].startswith("\ufffd")
    assert "word" not in run.metrics
    assert run.started is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [1, 1]\nsignature: {inputs: *a}\n", "not as MLflow writes it"),
        ("signature: {inputs: '[1, 2'}", "not as MLflow writes it"),
        ("signature: {inputs: '{\"name\": 1}'}", "not as MLflow writes it"),
        ("signature: !!python/object/apply:os.system ['true']", "not as MLflow writes it"),
        ("[" * 5000, "not as MLflow writes it"),
        ("x: " + "y" * (2 << 20), "far too large"),
    ],
)
def test_an_mlmodel_file_of_another_kind(tmp_path, text, says):
    (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(BadStore, match=says):
        signature_of(Folder(tmp_path), LoggedModel("m-1", "model", str(tmp_path)))


def test_a_model_without_signature_or_elsewhere(tmp_path):
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    assert signature_of(Folder(tmp_path), LoggedModel("m-1", "model", tmp_path.as_uri())) is None
    with pytest.raises(BadStore, match="no MLmodel file"):
        signature_of(Folder(tmp_path), LoggedModel("m-1", "model", "nowhere"))
    with pytest.raises(BadStore, match="s3 address"):
        signature_of(Folder(tmp_path), LoggedModel("m-1", "model", "s3://bucket/model"))


def test_points_come_in_the_order_of_their_steps(changed):
    statement = "INSERT INTO metrics SELECT 'loss', ?, ?, run_uuid, ?, 0 FROM runs WHERE name = 'first'"
    runs = read_store(changed((statement, (0.2, 5, 2)), (statement, (0.4, 9, 1)), (statement, (0.1, 7, 2))))
    assert only_run(runs).metrics["loss"] == (Point(1, 0.4, 9), Point(2, 0.2, 5), Point(2, 0.1, 7))


def test_a_registry_is_read(made):
    found = registry_of(Folder(made), "mlflow.db")
    delay = found["delay"]
    assert set(found) == {"delay"} and delay.aliases == {"champion": 1}  # a name without versions is no model yet
    assert [(one.number, dict(one.tags)) for one in delay.versions] == [(1, {"sha256": "b" * 64}), (2, {})]
    runs = store_of(Folder(made), "mlflow.db")
    (logged,) = only_run(runs, "late-departures").models
    assert [one.model(runs) for one in delay.versions] == [logged, logged]
    assert signature_of(Folder(made), delay.versions[0].model(runs)).inputs == (("hour", "double"),)


def test_a_version_of_nothing_that_was_logged_has_no_model(changed):
    elsewhere = "UPDATE model_versions SET source = '/etc'"
    data = changed(elsewhere, "UPDATE model_versions SET version = -3 WHERE version = 2")
    (version,) = read_registry(data)["delay"].versions
    assert version.number == 1 and version.model(read_store(data)) is None


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DROP TABLE registered_model_aliases", "another version of MLflow"),
        ("ALTER TABLE model_versions RENAME COLUMN source TO origin", "without a column source in model_versions"),
    ],
)
def test_a_registry_of_another_form_is_named(changed, statement, why):
    with pytest.raises(BadStore, match=why):
        read_registry(changed(statement))


def test_what_is_no_store_has_no_registry(made):
    with pytest.raises(BadStore, match="no SQLite file"):
        read_registry(b"delay")
    with pytest.raises(BadStore, match="there is no nowhere.db"):
        registry_of(Folder(made), "nowhere.db")
    whole = (made / "mlflow.db").read_bytes()
    with pytest.raises(BadStore):
        read_registry(whole[:5000] + b"\0" * (len(whole) - 5000))
