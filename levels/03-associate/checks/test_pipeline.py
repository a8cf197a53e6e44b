"""Hidden checks of delay-service, part pipeline: DVC runs the learner's stages again, after changes of the judge's."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import math
import re
from collections import ChainMap
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import log_loss, roc_auc_score

from grader.judges.kits.dvc_imports import imports
from grader.judges.kits.dvc_pipeline import (
    SETTINGS,
    BadPipeline,
    Pipeline,
    Stage,
    add,
    drop,
    dvc,
    env,
    flat,
    put,
    read_lock,
    read_yaml,
)
from grader.judges.kits.mlflow_registry import registry_of
from grader.judges.kits.mlflow_store import BadStore, signature_of, store_of

STAGES = ("prepare", "train", "evaluate")
OUTPUTS = {"learn.csv": "prepare", "holdout.csv": "prepare", "model.json": "train", "metrics.json": "evaluate"}
LEFT_OVER = ("learn.csv", "holdout.csv", "prepared.csv", "model.json", "metrics.json", "mlflow.db", "mlruns",
             ".dvc/cache", ".dvc/tmp")  # fmt: skip
PARAMS = {"prepare.holdout_from": "2013-08-01", "train.trees": 120, "train.depth": 3, "train.rate": 0.06,
          "train.share": 0.8, "train.seed": 0, "evaluate.alarm": 0.3}  # fmt: skip
METRICS = ("auc", "log_loss", "flights", "alarms", "caught")
READINGS = ["temp", "wind_speed", "precip", "visib"]
WORDS = ["time", "origin", "dest", "carrier", "distance"]
STORE = "registry.db"
SERVICE = "delay_service/app.py"  # the README says that no stage runs again for it


@dataclass
class Made:
    """What the first run of the pipeline left; the other checks go on from there."""

    state: bytes = b""
    lock: dict[str, Stage] = field(default_factory=dict)
    loaded: dict[str, frozenset[str]] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()  # stages that may have loaded more than `loaded` tells
    files: dict[str, bytes] = field(default_factory=dict)
    registered: bytes = b""  # the same after the model was registered


@pytest.fixture(scope="session")
def made():
    return Made()


class Works:
    """Runs a submission's pipeline, the way the README says."""

    def __init__(self, submission, made):
        self.submission = submission
        self._made = made
        self.pipeline = Pipeline(submission)

    @property
    def made(self):
        """The first run: made here if no check before has."""
        if not self._made.state:
            self._first()
        return self._made

    def _first(self):
        tried = "`dvc repro` in what you handed in, with your data and without any output or cache"
        self.git_is_whole()
        try:
            (_, done), state = self.pipeline.keep(drop(*LEFT_OVER), dvc("repro"))
        except BadPipeline as bad:
            raise AssertionError(
                f"Tried: {tried}.\nCame: {bad}.\nLook: run it in a fresh clone with the data beside it.") from None
        assert done.code == 0, (
            f"Tried: {tried}.\n"
            f"Came: exit code {done.code} ({done.said}).\n"
            "Look: run it in a fresh clone with the data beside it; nothing may be needed that git does not hold.")
        self._made.lock = self.lock("dvc.lock", tried)
        for name in OUTPUTS:
            try:
                self._made.files[name] = self.submission.files.read(name)
            except OSError:
                self._made.files[name] = b""
        self._made.loaded = dict(done.loaded)
        self._made.unseen = done.unseen
        self._made.state = state

    def git_is_whole(self):
        """A submission comes with commits and without git's index; make it, as a clone has one."""
        self.submission.run(["git", "reset", "-q"])

    def lock(self, path, tried):
        try:
            return read_lock(self.submission.files.read(path))
        except (OSError, BadPipeline) as bad:
            why = str(bad) if isinstance(bad, BadPipeline) else "there is no dvc.lock"
            raise AssertionError(
                f"Tried: {tried}, and read dvc.lock.\nCame: {why}.\nLook: dvc.yaml; DVC writes the lock from it."
            ) from None

    def do(self, tried, *steps, state=None):
        """Do steps from where the first run ended; the check fails where DVC does."""
        made = self.made
        try:
            done = self.pipeline.do(*steps, state=state or made.state)
        except BadPipeline as bad:
            raise AssertionError(f"Tried: {tried}.\nCame: {bad}.\nLook: try the same in your own folder.") from None
        for step, one in zip(steps, done, strict=True):
            assert one.code == 0, (
                f"Tried: {tried}.\n"
                f"Came: `dvc {' '.join(step[1])}` ended with exit code {one.code} ({one.said}).\n"
                "Look: try the same in your own folder.")
        return [one for step, one in zip(steps, done, strict=True) if step[0] == "dvc"]

    def params(self):
        """params.yaml as handed in, with all that the README names."""
        try:
            content = read_yaml(self.submission.submitted.get("params.yaml", b""), "params.yaml")
        except BadPipeline as bad:
            raise AssertionError(
                f"Tried: read your params.yaml.\nCame: {bad}.\nLook: the table of parameters.") from None
        there = flat(content)
        missing = [name for name in PARAMS if name not in there]
        assert not missing, (
            "Tried: read your params.yaml.\n"
            f"Came: nothing about {', '.join(missing)}.\n"
            "Look: the table of parameters: the part before the dot is a section.")
        return content

    def truth(self, day):
        """The prepared flights that the judge knows, before a day and from it on."""
        data = (self.submission.own.truth / "train.csv").read_bytes()
        table = pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values=[""])
        later = table["time"] >= day
        return table[~later].reset_index(drop=True), table[later].reset_index(drop=True)


@pytest.fixture
def works(submission, made):
    return Works(submission, made)


def changed(params, **values):
    """params.yaml with other values, by names with two underscores for the dot."""
    content = copy.deepcopy(params)
    for name, value in values.items():
        section, key = name.split("__")
        is_date = isinstance(content[section][key], date)  # written without quotes
        content[section][key] = date.fromisoformat(value) if is_date else value
    return yaml.safe_dump(content, sort_keys=False).encode()


def named(stages):
    """Names of stages, in their order, to follow "Came: "."""
    known = [stage for stage in STAGES if stage in stages]
    return ", ".join([*known, *(str(one)[:40] for one in sorted(set(stages) - set(STAGES)))]) or "no stage"


@pytest.mark.check(points=3, skill="pipelines", part="pipeline")
def test_dvc_repro_makes_everything(works):
    """`dvc repro` makes the four files in three stages, from nothing but the commit and the data."""
    made = works.made
    assert set(made.lock) == set(STAGES), (
        "Tried: `dvc repro`, and read the stages in dvc.lock.\n"
        f"Came: {named(made.lock)}.\n"
        "Look: three stages, named as in the first table of the ticket.")
    for name, stage in OUTPUTS.items():
        assert name in made.lock[stage].outs and made.files[name], (
            f"Tried: `dvc repro`, and looked for {name} among what the stage {stage} makes.\n"
            f"Came: {', '.join(sorted(made.lock[stage].outs)) or 'nothing'}"
            f"{'' if made.files[name] else '; and there is no such file'}.\n"
            "Look: outs and metrics of a stage in dvc.yaml.")


@pytest.mark.check(points=5, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_a_parameter_runs_its_stage_again(works, draw):
    """A parameter runs its own stage and what builds on it, and each of them counts."""
    params = works.params()
    others = {"prepare__holdout_from": f"2013-07-{draw.randrange(10, 29)}", "train__trees": draw.randrange(30, 60),
              "train__depth": 2, "train__rate": round(draw.uniform(0.1, 0.2), 3),
              "train__share": round(draw.uniform(0.5, 0.7), 3), "train__seed": draw.randrange(1, 9999),
              "evaluate__alarm": round(draw.uniform(0.08, 0.14), 3)}  # fmt: skip
    steps, asked = [dvc("repro")], []
    for name, value in others.items():
        steps += [put("params.yaml", changed(params, **{name: value})), dvc("status", "--json")]
        asked.append(name.replace("__", "."))
    one = draw.choice([name for name in others if name.startswith("train")])
    two = {one: others[one], "evaluate__alarm": others["evaluate__alarm"]}
    steps += [put("params.yaml", changed(params, **{one: others[one]})), dvc("repro"),
              put("params.yaml", changed(params, **two)), dvc("repro"),
              put("params.yaml", changed(params, **two, prepare__holdout_from=others["prepare__holdout_from"])),
              dvc("repro", "prepare")]  # fmt: skip
    tried = "`dvc repro` after a parameter was changed"
    nothing, *stati, trained, alarmed, prepared = works.do(tried, *steps)
    assert not nothing.ran, (
        "Tried: `dvc repro` a second time, with nothing changed.\n"
        f"Came: it ran {named(nothing.ran)}.\n"
        "Look: `dvc status` says why; a stage without outputs, or one that changes what it depends on, always runs.")
    for name, status in zip(asked, stati, strict=True):
        stale = set(status.json) if type(status.json) is dict else set()
        assert stale == {name.split(".")[0]}, (
            f"Tried: `dvc status` after {name} was changed in params.yaml.\n"
            f"Came: out of date: {named(stale)}.\n"
            "Look: a stage names under `params` those that its program reads, and no others; "
            "the whole file as a dependency is too much.")
    one = one.replace("__", ".")
    for did, name, expected in ((trained, one, {"train", "evaluate"}), (alarmed, "evaluate.alarm", {"evaluate"})):
        assert set(did.ran) == expected, (
            f"Tried: `dvc repro` after {name} was changed in params.yaml.\n"
            f"Came: it ran {named(did.ran)}.\n"
            "Look: params and deps of the stages. A stage that makes the same bytes again ends it there: "
            "is the value really used?")
    files = works.submission.files
    rows = [len(files.read(name).splitlines()) for name in ("learn.csv", "holdout.csv")]
    before = [len(works.made.files[name].splitlines()) for name in ("learn.csv", "holdout.csv")]
    assert "prepare" in prepared.ran and rows[0] < before[0] and rows[1] > before[1], (
        "Tried: `dvc repro prepare` after prepare.holdout_from had been moved to an earlier day.\n"
        f"Came: {rows[0] - 1} flights to learn from and {rows[1] - 1} in the holdout, "
        f"where there had been {before[0] - 1} and {before[1] - 1}.\n"
        "Look: does the program read the day from params.yaml?")
    for name, value in [(name, value) for name, value in others.items() if name.startswith("train")]:
        model = _trained(works, changed(params, **{name: value}))
        assert model != works.made.files["model.json"], (
            f"Tried: python -m delay_service.train, with another {name.replace('__', '.')} in params.yaml.\n"
            "Came: the same model, to the last byte.\n"
            "Look: is the value read and handed to XGBoost, or still typed in?")


def _trained(works, params):
    """The model that train makes of the first run's learn.csv, with these parameters."""
    files = works.submission.files
    files.write("params.yaml", params)
    files.write("learn.csv", works.made.files["learn.csv"])
    argv = ["python", "-m", "delay_service.train", "learn.csv", "again.json"]
    done = works.submission.run(argv, env=SETTINGS, seconds=60)
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    assert done.returncode == 0 and files.exists("again.json"), (
        "Tried: python -m delay_service.train learn.csv again.json, after `dvc repro`.\n"
        f"Came: exit code {done.returncode} ({''.join(last)[:160] or 'nothing on stderr'})"
        f"{'' if files.exists('again.json') else ', and no again.json'}.\n"
        "Look: the command stays as it was in the ticket before.")
    return files.read("again.json")


@pytest.mark.check(points=4, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_code_runs_again_what_loads_it(works, submission):
    """A changed file of the package makes the stages stale whose programs load it, and no other."""
    python = {path: data for path, data in submission.submitted.items() if path.endswith(".py")}
    loads = {stage: {path for path in works.made.loaded.get(stage, ()) if path in python} for stage in STAGES}
    perhaps = set()  # what a stage may load and nobody saw: neither asked for nor a fault
    for stage in STAGES:
        if stage in works.made.unseen or not loads[stage]:
            read = imports(submission.texts, works.made.lock[stage].cmd)
            loads[stage] |= read.surely
            perhaps |= read.perhaps - {SERVICE}
    for stage in ("prepare", "train"):  # these two the ticket names
        loads[stage] |= {f"delay_service/{stage}.py"} & set(python)
    loads = {stage: {path for path in paths if not path.endswith("__init__.py")} for stage, paths in loads.items()}
    fed = {path for paths in loads.values() for path in paths}
    rest = [path for path in python if path not in fed | perhaps and not path.endswith("__init__.py")]
    tried = "`dvc status` after a comment was added to {}"
    touched, untouched = works.do(
        tried.format("files of the package"),
        *(add(path, "\n# only a remark\n") for path in [*fed, *rest]), dvc("status", "--json"),
        *(put(path, python[path]) for path in fed), dvc("status", "--json"))  # fmt: skip
    stale = touched.json if type(touched.json) is dict else {}
    for stage, paths in loads.items():
        reported = dict(ChainMap(*(one.get("changed deps", {}) for one in stale.get(stage, ()) if type(one) is dict)))
        missing = sorted(path for path in paths
                         if not any(path == name or path.startswith(f"{name}/") for name in reported))  # fmt: skip
        assert not missing, (
            f"Tried: {tried.format('each file that the programs of ' + stage + ' load')}.\n"
            f"Came: {stage} is not out of date because of {', '.join(missing)[:120]}.\n"
            "Look: deps of the stage: every file that its program imports, also through another file.")
    over = set(untouched.json) if type(untouched.json) is dict else {"what cannot be read"}
    assert not over, (
        f"Tried: {tried.format('files that no stage loads, such as ' + ', '.join(sorted(rest)[:2]))}.\n"
        f"Came: out of date: {named(over)}.\n"
        "Look: the whole folder as a dependency makes the model anew with each change of the service.")


@pytest.mark.check(points=4, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_the_holdout_teaches_nothing(works, draw):
    """The tables are the flights before the day and from it on; what happens in the holdout makes no other model."""
    day = works.params()["prepare"]["holdout_from"]
    day = str(day)[:10]
    for name, expected in zip(("learn.csv", "holdout.csv"), works.truth(day), strict=True):
        _same_flights(name, works.made.files[name], expected)
    data = (works.submission.own.data / "data" / "flights.csv").read_bytes().decode().splitlines(keepends=True)
    late = [place for place, line in enumerate(data) if place and line.rstrip().rsplit(",", 1)[1]]
    times = {place: re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", data[place]).group() for place in late}
    held = draw.choice([place for place in late if times[place] >= day])
    learned = draw.choice([place for place in late if times[place] < day])
    data[held] = _other_delay(data[held])
    first = "".join(data).encode()
    data[learned] = _other_delay(data[learned])
    second = "".join(data).encode()
    tried = "`dvc repro` after the delay of one flight was changed in data/flights.csv"
    one, two = works.do(tried, put("data/flights.csv", first), dvc("repro"),
                        put("data/flights.csv", second), dvc("repro"))  # fmt: skip
    assert set(one.ran) == {"prepare", "evaluate"}, (
        f"Tried: {tried}; it is a flight of the holdout.\n"
        f"Came: it ran {named(one.ran)}.\n"
        "Look: which file does train read? What a stage does not read is no dependency of it.")
    assert set(two.ran) == set(STAGES), (
        f"Tried: {tried}; it is one that the model learns from.\n"
        f"Came: it ran {named(two.ran)}.\n"
        "Look: deps of the stages: the data, and what the stage before makes.")


def _same_flights(name, data, expected):
    try:
        table = pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values=[""])
    except (ValueError, OSError):
        table = pd.DataFrame()
    tried = f"`dvc repro`, and compared {name} with what prepare makes of your flights"
    assert list(table.columns) == list(expected.columns), (
        f"Tried: {tried}.\n"
        f"Came: the columns {', '.join(map(str, table.columns))[:100]}.\n"
        "Look: the columns that prepare gives, in its order, and no index.")
    words = len(table) == len(expected) and bool((table[WORDS] == expected[WORDS]).all(axis=None))
    numbers = words and np.allclose(table[READINGS].astype(float), expected[READINGS], equal_nan=True)
    assert words and numbers and bool((table["late"] == expected["late"]).all()), (
        f"Tried: {tried}.\n"
        f"Came: {len(table)} flights{'' if words else ', other ones or in another order'}.\n"
        "Look: before the day holdout_from, and from that day on; both in prepare's order.")


def _other_delay(line):
    """The line of a flight that was punctual, late, and the other way round."""
    before, delay = line.rstrip("\n").rsplit(",", 1)
    return f"{before},{'-3.0' if float(delay) > 30 else '95.0'}\n"


@pytest.mark.check(points=4, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_rebuilt_elsewhere_it_is_the_same(works, draw, submission):
    """A clone in another folder, without outputs and cache, ends with the same hashes."""
    first = works.made.lock
    works.git_is_whole()
    folder = f"/tmp/{draw.choice(['desk', 'night', 'clone'])}-{draw.randrange(10**6)}/copy"
    tried = "`dvc repro` in a clone of your repository in another folder, with the same data"
    cloned = submission.run(["git", "clone", "-q", ".", folder])
    assert cloned.returncode == 0, (
        "Tried: `git clone` of what you handed in.\n"
        f"Came: exit code {cloned.returncode}.\nLook: `git status` in your own folder.")
    data = [put(f"data/{file.name}", file.read_bytes()) for file in (submission.own.data / "data").iterdir()]
    other = env(PYTHONHASHSEED=str(draw.randrange(1, 9999)))
    try:
        *_, done = Pipeline(submission, folder).do(*data, other, dvc("repro"))
    except BadPipeline as bad:
        raise AssertionError(f"Tried: {tried}.\nCame: {bad}.\nLook: do the same yourself.") from None
    assert done.code == 0, (
        f"Tried: {tried}.\n"
        f"Came: exit code {done.code} ({done.said}).\n"
        "Look: is everything committed? Is a path written out that is only yours?")
    again = works.lock(f"{folder}/dvc.lock", tried)
    hashes, others = ({(name, path): digest for name, stage in lock.items()
                       for path, digest in [*stage.outs.items(), *stage.deps.items()]} for lock in (first, again))
    differ = [path for (name, path), digest in hashes.items() if others.get((name, path)) != digest]
    assert not differ, (
        f"Tried: {tried}, and compared dvc.lock with that of the first run.\n"
        f"Came: other bytes in {', '.join(dict.fromkeys(differ))[:120]}.\n"
        "Look: the time of day, a path, a draw without a seed, or the order of a set in what is written.")


@pytest.mark.check(points=4, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_the_metrics_are_the_models(works, draw):
    """`dvc metrics` and `dvc params` show what is so: the judge works the metrics out again."""
    params = works.params()
    alarm = round(draw.uniform(0.1, 0.2), 4)
    new = changed(params, evaluate__alarm=alarm)
    works.git_is_whole()
    tried = "`dvc repro` with another evaluate.alarm, then `dvc metrics show`"
    _, shown, differs = works.do(tried, put("params.yaml", new), dvc("repro"), dvc("metrics", "show", "--json"),
                                 dvc("params", "diff", "--json"))  # fmt: skip
    told = _found(shown.json, "metrics.json")
    wrong = [name for name in METRICS if not isinstance(told.get(name), int | float) or not math.isfinite(told[name])]
    assert not wrong, (
        f"Tried: {tried}.\n"
        f"Came: no number for {', '.join(wrong)} of metrics.json.\n"
        "Look: metrics of the stage evaluate in dvc.yaml, and the five names in the ticket.")
    change = differs.json.get("params.yaml", {}) if type(differs.json) is dict else {}
    old = change.get("evaluate.alarm", {}) if type(change) is dict else {}
    assert set(change) == {"evaluate.alarm"} and old.get("new") == alarm, (
        "Tried: `dvc params diff` after evaluate.alarm was changed in params.yaml.\n"
        f"Came: {str(change)[:100]}.\n"
        "Look: params of the stages in dvc.yaml, and whether params.yaml is committed.")
    _, holdout = works.truth(str(params["prepare"]["holdout_from"])[:10])
    score = works.submission.module("delay_service.score")
    chances = np.asarray([float(one) for one in list(score.chances("model.json", holdout.drop(columns="late")))])
    late = holdout["late"].to_numpy()
    assert len(chances) == len(late) and len(set(chances)) > 10 and bool(((chances >= 0) & (chances <= 1)).all()), (
        "Tried: score.chances with the pipeline's model.json, on the flights of the holdout.\n"
        f"Came: {len(chances)} values, {len(set(chances))} of them different.\n"
        "Look: one chance for each row, as in the ticket before.")
    expected = {
        "auc": roc_auc_score(late, chances), "log_loss": log_loss(late, chances), "flights": len(late),
        "alarms": int((chances >= alarm).sum()), "caught": float((chances >= alarm)[late == 1].mean()),
    }  # fmt: skip
    off = [name for name in METRICS if not math.isclose(told[name], expected[name], rel_tol=1e-5, abs_tol=1e-6)]
    assert not off, (
        f"Tried: {tried}, and worked the metrics out again from model.json and the flights of the holdout.\n"
        f"Came: {', '.join(f'{name} = {told[name]:.6g}' for name in off)}, which it is not.\n"
        "Look: all flights of the holdout, the chances of this model, the alarm of params.yaml, no rounding.")


def _found(shown, file):
    """The metrics of one file in what `dvc metrics show --json` says."""
    try:
        data = shown[""]["data"][file]["data"]
        return data if type(data) is dict else {}
    except (LookupError, TypeError):
        return {}


@pytest.mark.check(points=3, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_git_holds_recipes_and_no_results(works, submission):
    """The commit holds the pipeline and its lock, which fit each other; no commit holds data or outputs."""
    head = submission.history.commits()[0].tree()
    missing = [path for path in ("dvc.yaml", "dvc.lock", "params.yaml", ".dvc/config") if path not in head]
    assert not missing, (
        "Tried: looked into your last commit.\n"
        f"Came: no {', '.join(missing)} in it.\n"
        "Look: `git status`; a clone has only what is committed.")
    try:
        lock = read_lock(head["dvc.lock"])
    except BadPipeline as bad:
        raise AssertionError(f"Tried: read dvc.lock of your last commit.\nCame: {bad}.\nLook: `dvc repro`.") from None
    code = {path: hashlib.md5(data).hexdigest() for path, data in head.items()}  # noqa: S324 - what DVC writes
    old = sorted({path for stage in lock.values() for path, digest in stage.deps.items()
                  if path in code and digest != code[path]})  # fmt: skip
    now = flat(read_yaml(head["params.yaml"], "params.yaml"))
    other = sorted({name for stage in lock.values() for name, value in stage.params.items()
                    if now.get(name, value) != value and str(now.get(name)) != str(value)})  # fmt: skip
    assert set(lock) == set(STAGES) and not old and not other, (
        "Tried: compared dvc.lock of your last commit with the files beside it.\n"
        f"Came: it is from before a change of {', '.join([*old, *other])[:120] or 'the stages'}.\n"
        "Look: `dvc repro`, then commit dvc.lock with what has changed.")
    results = {data for name, data in works.made.files.items() if name != "metrics.json"}
    given = {file.read_bytes() for file in (submission.own.data / "data").iterdir()}
    trees = [commit.tree() for commit in submission.history.commits_since_start]
    never = results | given
    held = sorted({path for tree in trees for path, data in tree.items() if _is_result(path) or data in never})
    assert not held, (
        "Tried: looked for data and outputs in all your commits.\n"
        f"Came: {', '.join(held)[:120]}.\n"
        "Look: .gitignore before the first `git add`; what was committed once stays in the history.")


def _is_result(path):
    top, *_, name = ["", *path.split("/")]
    top = path.split("/")[0]
    return (path in set(LEFT_OVER) - {"metrics.json"} or top in ("data", "mlruns")
            or path.startswith((".dvc/cache/", ".dvc/tmp/")) or name.endswith((".db", ".db-wal")))  # fmt: skip


class Registry:
    """The learner's register command and its store."""

    def __init__(self, works):
        self._works = works
        works.do("laid out the pipeline's outputs", state=works.made.registered)
        self.metrics = json.loads(works.made.files["metrics.json"])

    def register(self, tried, model=None, auc=None):
        """Register what lies there, with another model or another auc if given; the registered model and the runs."""
        files = self._works.submission.files
        if model is not None:
            files.write("model.json", model)
        if auc is not None:
            files.write("metrics.json", json.dumps({**self.metrics, "auc": auc}).encode())
        argv = ["python", "-m", "delay_service.register", "--store", f"sqlite:///{STORE}"]
        done = self._works.submission.run(argv, env=SETTINGS, seconds=90)
        last = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()][-1:]
        assert done.returncode == 0, (
            f"Tried: {tried}.\n"
            f"Came: exit code {done.returncode} ({''.join(last)[:200] or 'nothing on stderr'}).\n"
            "Look: the fourth part of the ticket; run it yourself, with a store that is not there yet.")
        try:
            runs = store_of(files, STORE)
            registered = registry_of(files, STORE)
        except BadStore as bad:
            raise AssertionError(
                f"Tried: {tried}, and read the store.\nCame: {bad}.\nLook: --store, and mlflow.set_tracking_uri."
            ) from None
        assert "delay" in registered, (
            f"Tried: {tried}, and read the registered models in the store.\n"
            f"Came: {', '.join(sorted(registered))[:80] or 'none'}.\n"
            "Look: mlflow.register_model, with the name `delay`.")
        return registered["delay"], runs


@pytest.mark.check(points=4, skill="pipelines", part="pipeline", requires=["test_dvc_repro_makes_everything"])
def test_the_registry_has_the_model(works, submission):
    """The model is registered with its run, a signature, its file's hash and the alias."""
    registry = Registry(works)
    tried = "python -m delay_service.register after `dvc repro`, with a store that was not there"
    model, runs = registry.register(tried)
    works.made.registered = works.pipeline.keep()[1]
    assert [one.number for one in model.versions] == [1] and len(runs) == 1, (
        f"Tried: {tried}.\n"
        f"Came: {len(model.versions)} versions of `delay`, and {len(runs)} runs.\n"
        "Look: one run and one version for one model.")
    version, run = model.versions[0], runs[0]
    logged = version.model(runs)
    try:
        signature = None if logged is None else signature_of(submission.files, logged)
    except BadStore as bad:
        raise AssertionError(
            f"Tried: {tried}, and read the version's model.\nCame: {bad}.\nLook: mlflow.xgboost.log_model.") from None
    assert logged is not None and signature is not None and len(signature.inputs) > 1 and signature.outputs, (
        f"Tried: {tried}, and read the signature of the version's model.\n"
        f"Came: {'no logged model' if logged is None else 'none' if signature is None else 'half of one'}.\n"
        "Look: signature=infer_signature(what goes in, what comes out) of log_model.")
    digest = version.tags.get("sha256")
    assert digest == hashlib.sha256(works.made.files["model.json"]).hexdigest(), (
        f"Tried: {tried}, and read the tag sha256 of the version.\n"
        f"Came: {str(digest)[:70]!r}.\n"
        "Look: the SHA-256 of the bytes of model.json, as a tag of the version and not of the run.")
    params = {name: str(value) for name, value in flat(works.params()).items() if name in PARAMS}
    wrong = [name for name, value in params.items() if run.params.get(name) != value]
    wrong += [name for name in METRICS if run.metric(name) is None
              or not math.isclose(run.metric(name), registry.metrics[name], rel_tol=1e-9)]  # fmt: skip
    assert run.experiment == "delay-service" and run.status == "FINISHED" and not wrong, (
        f"Tried: {tried}, and read the run.\n"
        f"Came: a run of {run.experiment[:40]!r} that is {run.status}, without or with another "
        f"{', '.join(wrong)[:100] or 'nothing'}.\n"
        "Look: the seven parameters by their names with the dot, the five metrics as in metrics.json.")
    assert model.aliases.get("champion") == 1, (
        f"Tried: {tried}, and read the aliases of `delay`.\n"
        f"Came: {', '.join(sorted(model.aliases))[:80] or 'none'}.\n"
        "Look: set_registered_model_alias; the first version is the best so far.")


@pytest.mark.check(points=3, skill="pipelines", part="pipeline", requires=["test_the_registry_has_the_model"])
def test_the_champion_is_the_best(works, desk, draw):
    """The alias goes to a better model only, and a file is registered once.

    The other models are the learner's own with another base score, and another auc in metrics.json.
    """
    registry = Registry(works)
    tried = "python -m delay_service.register"
    auc = registry.metrics["auc"]
    if not works.made.registered:
        registry.register(tried)
    model, _ = registry.register(f"{tried} again, with nothing changed")
    assert len(model.versions) == 1, (
        f"Tried: {tried} a second time, with nothing changed.\n"
        f"Came: {len(model.versions)} versions of `delay`.\n"
        "Look: is the SHA-256 among the tags of the versions that there are?")
    cases = [("worse", auc - draw.uniform(0.01, 0.05), False), ("better", auc + draw.uniform(0.01, 0.05), True)]
    best = 1
    cases.append(("just as good", cases[1][1], False))
    for number, (what, other, wins) in enumerate(cases, start=2):
        changed_model, _ = desk.shifted(works.made.files["model.json"], draw.uniform(0.1, 0.4))
        model, _ = registry.register(f"{tried} with another model, whose auc is {what}", changed_model, other)
        best = number if wins else best
        assert len(model.versions) == number, (
            f"Tried: {tried} with another model, whose auc is {what}.\n"
            f"Came: {len(model.versions)} versions of `delay`, where there had been {number - 1}.\n"
            "Look: every other file gets a version, also one that is no champion.")
        assert model.aliases.get("champion") == best, (
            f"Tried: {tried} with another model, whose auc is {what}{' as' if what.startswith('just') else ' than'} "
            "that of the champion.\n"
            f"Came: the alias is on version {model.aliases.get('champion', 'none')} of {number}.\n"
            "Look: compare with the auc of the version that has the alias, before you move it.")
