# %% make-model
def make_model():
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    return GridSearchCV(
        make_pipeline(
            make_column_transformer(
                (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMERIC),
                (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
            ),
            LogisticRegression(max_iter=500),
        ),
        {"logisticregression__C": [0.3, 1.0]},
        cv=TimeSeriesSplit(2), scoring="neg_log_loss", n_jobs=2,
    )
