"""Data of ``03-audit-forty-runs``: nine months of departures, and an MLflow store of forty runs on them.

``OUT/data/months/2013-MM.csv`` are the months, ``OUT/data/mlflow.db`` the store: experiment ``late-departures`` with
forty runs, some of whose records do not say what was done, and ``warm-up`` with three for the worked example.
``OUT/truth/audit.json`` says which runs are wrong and how, which may be picked, and what each run scores when it is
made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import generate_experiments
import generate_store
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ROWS = 450  # flights drawn from each month
RUNS = 40
NUMBERS = ["hour", "distance", "temp", "wind_speed", "precip", "visib"]
WORDS = ["origin", "carrier"]
KINDS = ["trained-on-test", "swapped", "unseeded", "best-month", "scored-elsewhere", "changed-code", "another-run"]
ALSO_TWICE = ["trained-on-test", "scored-elsewhere", "changed-code"]
TEST = [7, 8]
NEAR = 1e-6  # aucs that are no further apart could be taken for the same

Months = Mapping[int, tuple[str, pd.DataFrame]]  # month to its file's text and table


def generate(seed: str, out: Path, datasets: Path) -> None:
    """Write ``out/data`` and ``out/truth`` for the 64 hex digits of ``seed``."""
    rng = np.random.default_rng(int(seed, 16))
    months = _months(rng, datasets)
    folder = out / "data" / "months"
    folder.mkdir(parents=True)
    for month, (text, _) in months.items():
        (folder / f"2013-{month:02d}.csv").write_text(text, encoding="utf-8", newline="\n")
    runs, truth = _season(rng, months)
    store = generate_store.filled("late-departures", [*_warm_up(rng, months), *runs], others=["warm-up"])
    (out / "data" / "mlflow.db").write_bytes(store)
    (out / "truth").mkdir(parents=True)
    text = json.dumps(truth, indent=1) + "\n"
    (out / "truth" / "audit.json").write_text(text, encoding="utf-8", newline="\n")


def _season(rng: np.random.Generator, months: Months) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Forty runs in which nothing but a fault makes two experiments score the same: an auc is one of some thousand
    fractions, and in one season of six two of them meet by chance, which would be evidence for what did not happen.
    And forty in which every kind of true run occurs that has to be made again."""
    for _ in range(50):
        desk = _Desk(rng, months)
        runs, truth = desk.runs()
        if not desk.misleads() and not desk.lacks():
            return runs, truth
    raise RuntimeError("none of fifty seasons is without a coincidence and has every kind of run")


def _months(rng: np.random.Generator, datasets: Path) -> Months:
    found = {}
    departures = generate_experiments.departures(datasets, range(1, 10))
    for month, rows in departures.groupby("month"):
        drawn = rows.sample(ROWS, random_state=rng).sort_values(["day", "hour"], kind="stable")
        drawn["flight"] = [f"{month:02d}-{number:04d}" for number in rng.permutation(9000)[:ROWS] + 1000]
        text = drawn[generate_experiments.COLUMNS].to_csv(index=False, lineterminator="\n")
        table = drawn[generate_experiments.COLUMNS].reset_index(drop=True)
        found[int(month)] = (text, table.astype(dict.fromkeys(NUMBERS, float)))
    return found


def digest(months: Months, wanted: list[int]) -> str:
    """The first 32 digits of the SHA-256 over the months' files."""
    return hashlib.sha256("".join(months[month][0] for month in wanted).encode()).hexdigest()[:32]


# -- the recipe: the notebook's setup cell has the same


def build(params: Mapping[str, Any]) -> Pipeline:
    """The unfitted model of some parameters."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer((numbers, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), WORDS))
    if params["model"] == "logistic":
        return make_pipeline(columns, LogisticRegression(C=params["C"], max_iter=1000))
    forest = RandomForestClassifier(params["trees"], max_depth=params["depth"], random_state=params["seed"])
    return make_pipeline(columns, forest)


def fit_and_score(train: pd.DataFrame, test: pd.DataFrame, params: Mapping[str, Any]) -> dict[str, Any]:
    """Train on ``params["rows"]`` rows (0: all), score on ``test``: auc, log_loss and the auc of each month."""
    if params["rows"]:
        train = train.iloc[np.random.default_rng(params["seed"]).permutation(len(train))[: params["rows"]]]
    fitted = build(params).fit(train, train["late"])
    chance = pd.Series(fitted.predict_proba(test)[:, 1], index=test.index)
    by_month = {int(month): roc_auc_score(rows["late"], chance[rows.index]) for month, rows in test.groupby("month")}
    return {
        "auc": float(roc_auc_score(test["late"], chance)),
        "log_loss": float(log_loss(test["late"], chance)),
        "by_month": by_month,
    }


class _Desk:
    """Makes the forty runs of a season: honest ones by doing what they say, the others by doing something else."""

    def __init__(self, rng: np.random.Generator, months: Months) -> None:
        self._rng = rng
        self._months = months
        self._commit = rng.bytes(20).hex()
        self._made: list[dict[str, Any]] = []
        self._truth: dict[str, str] = {}
        self._scores: dict[str, dict[str, float]] = {}
        self._known: dict[str, dict[str, Any]] = {}  # scores of what has been fitted already

    def runs(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        rng = self._rng
        extra = [str(kind) for kind in rng.choice(ALSO_TWICE, int(rng.integers(0, 3)), replace=False)]
        plan = [*KINDS, *extra, "failed", "failed", "killed", "same-again", "september", "september"]
        plan += ["honest"] * (RUNS - len(plan) - 1)  # unseeded adds two
        order = [plan[place] for place in rng.permutation(len(plan))]
        # the first nights are honest: other runs need one before them that went well
        order.sort(key=lambda kind: kind != "honest" or rng.random() < 0.7)
        for kind in order:
            getattr(self, "_" + kind.replace("-", "_"))()
        # any order would do for the store; by start, as they came
        truth = {
            "wrong": self._truth,
            "pick": self._pick(),
            "scores": self._scores,
            "honest": [run["id"] for run in self._made if run["id"] in self._scores and run["id"] not in self._truth],
        }
        return self._made, truth

    def misleads(self) -> bool:
        """Whether chance alone gives a run the auc of another experiment, or a wrong run an auc that comes out."""
        done = [run for run in self._made if run["metrics"]]
        scored = [(run, self._truth.get(run["id"]), run["metrics"]["auc"][0][1]) for run in done]
        for (one, kind, auc), (other, its_kind, its_auc) in combinations(scored, 2):
            meant = "another-run" in (kind, its_kind) or (one["params"] == other["params"] and kind == its_kind)
            if abs(auc - its_auc) < NEAR and not meant:
                return True
        for run, kind, auc in scored:
            tried = []
            if kind in ("swapped", "unseeded", "best-month", "another-run"):
                tried.append(_typed(run["params"]))
            if kind == "unseeded":
                tried.append(tried[0] | {"trees": tried[0]["depth"], "depth": tried[0]["trees"]})
            if any(abs(self._score(params)["auc"] - auc) < NEAR for params in tried):
                return True
        return False

    def lacks(self) -> bool:
        """Whether a kind of true run does not occur of which `remake` is asked to make one again."""
        true = [run["params"] for run in self._made if run["metrics"] and run["id"] not in self._truth]
        return not (
            any(params["model"] == "forest" and params["rows"] == "0" for params in true)
            and any("seed" not in params for params in true)
            and any(params["rows"] != "0" for params in true)
            and any(params["test"] == "9" for params in true)
        )

    def _pick(self) -> list[str]:
        """The honest runs on July and August with the best auc: one, or two that are the same run twice."""
        aucs = {
            run["id"]: run["metrics"]["auc"][-1][1]
            for run in self._made
            if run["id"] not in self._truth and run["status"] == "FINISHED" and run["params"]["test"] == "7-8"
        }
        return [run for run, auc in aucs.items() if auc == max(aucs.values())]

    # -- each kind of run

    def _honest(self) -> None:
        params = self._params()
        self._add(params, self._score(params))

    def _september(self) -> None:
        params = self._params() | {"test": "9"}
        self._add(params, self._score(params))

    def _same_again(self) -> None:
        done = [run for run in self._made if run["id"] not in self._truth and run["metrics"]]
        old = done[int(self._rng.integers(len(done)))]
        self._add(dict(old["params"]), dict(self._score(_typed(old["params"]))))

    def _failed(self) -> None:
        self._add(self._params(), None, status="FAILED")

    def _killed(self) -> None:
        self._add(self._params(), None, status="KILLED")

    def _trained_on_test(self) -> None:
        params = self._forest() | {"train": "1-6", "rows": 0}
        self._add(params, self._score(params | {"train": "1-8"}), "trained-on-test", train=range(1, 9))

    def _swapped(self) -> None:
        params = self._forest() | {"trees": int(self._rng.integers(18, 28)), "depth": int(self._rng.integers(5, 8))}
        self._add(params | {"trees": params["depth"], "depth": params["trees"]}, self._score(params), "swapped")

    def _unseeded(self) -> None:
        params = self._forest()
        self._add(params, self._score(params))  # a night before, the same with its seed
        self._add(params, self._score(params | {"seed": int(self._rng.integers(10_000, 99_999))}), "unseeded")

    def _best_month(self) -> None:
        params = self._params()
        scores = self._score(params)
        self._add(params, scores | {"auc": max(scores["by_month"].values())}, "best-month")

    def _scored_elsewhere(self) -> None:
        params = self._params()
        scores = {month: self._score(params | {"test": str(month)}) for month in TEST}
        better = max(TEST, key=lambda month: scores[month]["auc"])
        self._add(params, scores[better], "scored-elsewhere", test=[better])

    def _changed_code(self) -> None:
        params = self._params()
        scores = self._score(params, without=str(self._rng.choice(["hour", "carrier"])))
        self._add(params, scores, "changed-code", dirty="yes")

    def _another_run(self) -> None:
        true = [run for run in self._made if run["id"] not in self._truth and run["metrics"]]
        done = [run for run in true if run["params"]["test"] == "7-8"]
        old = done[-1]
        while True:
            params = self._params() | {"train": old["params"]["train"]}
            if abs(self._score(params)["auc"] - old["metrics"]["auc"][0][1]) > 1e-4:
                break
        scores = {
            "auc": old["metrics"]["auc"][0][1],
            "log_loss": old["metrics"]["log_loss"][0][1],
            "by_month": dict(old["metrics"]["auc_by_month"]),
        }
        self._add(params, scores, "another-run")

    # -- what they are made of

    def _params(self) -> dict[str, Any]:
        return self._forest() if self._rng.random() < 0.45 else self._logistic()

    def _logistic(self) -> dict[str, Any]:
        rows = int(self._rng.choice([0, 0, 0, 1200]))
        C = float(self._rng.choice([0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]))
        params = {"model": "logistic", "C": C, "rows": rows, "train": self._train(), "test": "7-8"}
        if rows:
            params["seed"] = int(self._rng.integers(1, 999))
        return params

    def _forest(self) -> dict[str, Any]:
        return {
            "model": "forest",
            "trees": int(self._rng.integers(10, 25)),
            "depth": int(self._rng.integers(3, 8)),
            "rows": int(self._rng.choice([0, 0, 1500])),
            "seed": int(self._rng.integers(1, 999)),
            "train": self._train(),
            "test": "7-8",
        }

    def _train(self) -> str:
        return str(self._rng.choice(["1-6", "2-6", "3-6", "4-6"]))

    def _tables(self, params: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
        parts = [_span(str(params[use])) for use in ("train", "test")]
        train, test = (pd.concat([self._months[month][1] for month in part], ignore_index=True) for part in parts)
        return train, test

    def _score(self, params: Mapping[str, Any], without: str | None = None) -> dict[str, Any]:
        key = json.dumps([{"seed": None, **params}, without], sort_keys=True)
        if key not in self._known:
            self._known[key] = self._fitted({"seed": None, **params}, without)
        return dict(self._known[key])

    def _fitted(self, params: Mapping[str, Any], without: str | None) -> dict[str, Any]:
        train, test = self._tables(params)
        if without is not None:
            train, test = (table.assign(**{without: train[without].iloc[0]}) for table in (train, test))
        return fit_and_score(train, test, params)

    def _add(
        self,
        params: Mapping[str, Any],
        scores: Mapping[str, Any] | None,
        wrong: str | None = None,
        *,
        status: str = "FINISHED",
        train: Any = None,
        test: Any = None,
        dirty: str = "no",
    ) -> None:
        rng = self._rng
        metrics = {}
        if scores is not None:
            points = [(month, float(auc)) for month, auc in scores["by_month"].items()]
            metrics = {"auc": [(0, scores["auc"])], "log_loss": [(0, scores["log_loss"])], "auc_by_month": points}
        used = {"train": list(train or _span(str(params["train"]))), "test": list(test or _span(str(params["test"])))}
        run = {
            "id": rng.bytes(16).hex(),
            "name": f"night {len(self._made) + 1}",
            "status": status,
            "deleted": False,
            "start": 1_380_060_000_000 + 86_400_000 * len(self._made) + int(rng.integers(3_600_000)),
            "seconds": float(rng.integers(20, 90)),
            "params": {name: str(value) for name, value in params.items()},
            "tags": {
                "git.commit": self._commit,
                "git.dirty": dirty,
                "mlflow.user": str(rng.choice(["ana", "ben", "cho"])),
            },
            "metrics": metrics,
            # a name for each use: MLflow keeps one entry for the same data under the same name
            "datasets": [(use, digest(self._months, months), use) for use, months in used.items()],
        }
        self._made.append(run)
        if wrong is not None:
            self._truth[run["id"]] = wrong
        if status == "FINISHED":
            again = self._score(_typed(run["params"]))
            self._scores[run["id"]] = {"auc": again["auc"], "log_loss": again["log_loss"]}


def _typed(params: Mapping[str, str]) -> dict[str, Any]:
    """Parameters as a record has them, all text, as the recipe wants them."""
    kinds = {"C": float, "trees": int, "depth": int, "rows": int, "seed": int}
    return {name: kinds.get(name, str)(value) for name, value in params.items()}


def _span(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def _warm_up(rng: np.random.Generator, months: Months) -> list[dict[str, Any]]:
    """Three runs for the worked example; the best of them was scored on what it was trained on."""
    desk = _Desk(rng, months)
    plans = [("logistic", {"C": 0.1}, None), ("forest", {"trees": 20, "depth": 14, "seed": 5}, "1-6"),
             ("logistic", {"C": 0.001}, None)]
    runs = []
    for number, (model, more, scored_on) in enumerate(plans, 1):
        params = {"model": model, **more, "rows": 0, "train": "1-6", "test": "7-8"}
        scores = desk._score(params | ({"test": scored_on} if scored_on else {}))
        desk._add(params, scores, test=_span(scored_on) if scored_on else None)
        runs.append(desk._made[-1] | {"experiment": "warm-up", "name": f"try {number}"})
    return runs
