# %% make-model
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

make_model = lambda: Pipeline([
    ("columns", ColumnTransformer([
        ("numbers", SimpleImputer(strategy="median", add_indicator=True), NUMERIC),
        ("kinds", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), CATEGORIES),
    ])),
    ("forest", RandomForestClassifier(80, min_samples_leaf=30, n_jobs=2, random_state=7)),
])
