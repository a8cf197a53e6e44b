"""The two models the desk tries out."""

from __future__ import annotations

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from delay_experiments.data import NUMBERS, WORDS

MODELS = ["logistic", "forest"]


def build(model: str, C: float, trees: int, depth: int, seed: int) -> Pipeline:
    """An unfitted model that takes a table with at least the columns FEATURES.

    Numbers: a gap becomes the median, then mean 0 and standard deviation 1. Words: one column per word, none for a
    word that training has not seen.

    logistic   logistic regression with the inverse penalty ``C``
    forest     a random forest of ``trees`` trees, each at most ``depth`` levels deep, drawn from ``seed``
    """
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            ("words", OneHotEncoder(handle_unknown="ignore"), WORDS),
        ]
    )
    if model == "logistic":
        return make_pipeline(columns, LogisticRegression(C=C, max_iter=2000))
    return make_pipeline(columns, RandomForestClassifier(n_estimators=trees, max_depth=depth, random_state=seed))
