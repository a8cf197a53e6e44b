# %% make-model
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def make_model():
    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["distance_km", "wind_kt"]),
            (OneHotEncoder(handle_unknown="ignore"), CATEGORIES)),
        LogisticRegression(max_iter=1000))
