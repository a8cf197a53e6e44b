# %% weights
from pathlib import Path

kept = Path("weights.npy")
middle = train[NUMERIC].median()
filled = train[NUMERIC].fillna(middle)
if not kept.exists():
    np.save(kept, fit(((filled - filled.mean()) / filled.std()).to_numpy(), train["late"].to_numpy(), L2))
weights = np.load(kept, mmap_mode="r")

# %% make-model
def make_model():
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMERIC),
            (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
        ),
        LogisticRegression(max_iter=1000),
        memory="pipeline-cache",
    )

# %% after report
import joblib

joblib.dump(model, "model.joblib", compress=3)
assert np.array_equal(joblib.load("model.joblib").predict_proba(later[FEATURES]), model.predict_proba(later[FEATURES]))
