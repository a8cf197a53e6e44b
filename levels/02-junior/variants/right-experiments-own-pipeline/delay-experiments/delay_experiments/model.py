"""The two models the desk tries out."""

from __future__ import annotations

from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from delay_experiments.data import NUMBERS, WORDS

MODELS = ["logistic", "forest"]


def build(model: str, C: float, trees: int, depth: int, *, random_state: int = 0) -> Pipeline:
    numbers = Pipeline([("gaps", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    last = {
        "logistic": LogisticRegression(C=C, solver="newton-cholesky", max_iter=200),
        "forest": RandomForestClassifier(n_estimators=trees, max_depth=depth, random_state=random_state),
    }
    return Pipeline([("columns", make_column_transformer((words, WORDS), (numbers, NUMBERS))), ("model", last[model])])
