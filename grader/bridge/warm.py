"""What libraries put off until they are first used, done in a zygote, so that not every child pays for it.

A child shares what is there when it is forked. On a notebook of pandas and scikit-learn a third of its CPU went into
such first times, most of it scikit-learn's look through every installed package for plug-ins. Nothing here may start a
thread (a child would miss it) or draw from a global random state.
"""

from __future__ import annotations

import warnings


def scikit_learn() -> None:
    """Fit, ask and score a small pipeline."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.dummy import DummyClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.DataFrame({"word": ["a", "b", "a", "c"] * 5, "number": [0.0, 1.0, 2.0, 3.0] * 5})
    target = pd.Series([0, 1, 0, 1, 1] * 4)
    words = ("words", OneHotEncoder(handle_unknown="ignore"), ["word"])
    numbers = ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["number"])
    model = make_pipeline(ColumnTransformer([words, numbers]), LogisticRegression(random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chances = model.fit(table, target).predict_proba(table)[:, 1]
        roc_auc_score(target, chances)
        f1_score(target, model.predict(table))
        accuracy_score(target, DummyClassifier(strategy="prior").fit(table, target).predict(table))


def pandas_types() -> None:
    """Use what a table has for words, numbers and days."""
    import pandas as pd

    words = pd.Series([" 1 ", "b", None])
    words.str.strip().str.lower().str.contains("b", na=False)
    pd.to_numeric(words, errors="coerce")
    days = pd.to_datetime(pd.Series(["2013-01-31", "2013-02-01"])).dt.day
    table = pd.DataFrame({"day": days, "word": ["a", "b"], "share": [0.5, None]})
    table.drop_duplicates().fillna({"share": 0.0}).merge(table, on="word").groupby("word")["share_x"].mean()
    table.to_csv(index=False)


def matplotlib() -> None:
    """Name a backend: `%matplotlib` does, and then every installed package is asked whether it brings one."""
    from matplotlib.backends.registry import backend_registry

    backend_registry.list_all()  # type: ignore[no-untyped-call]


def nbformat() -> None:
    """Validate a notebook: the rules are compiled once in each process."""
    from nbformat import v4, validate

    validate(v4.new_notebook(cells=[v4.new_code_cell("1")]))  # type: ignore[no-untyped-call]
