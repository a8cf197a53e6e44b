# %% after setup
import os
import random

os.environ["OMP_NUM_THREADS"] = "2"
os.environ["PYTHONHASHSEED"] = "0"
random.seed(0)
np.random.seed(0)
pd.set_option("display.max_columns", None)

# %% make-model
REGISTRY = {}


def registered(name):
    def register(function):
        REGISTRY[name] = function
        return function

    return register


@registered("plain")
def plain():
    from sklearn import set_config
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.impute import KNNImputer, SimpleImputer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    set_config(transform_output="default", display="diagram")
    return make_pipeline(
        FunctionTransformer(lambda frame: frame[FEATURES].assign(hour2=frame["hour"] ** 2, rain=np.log1p(frame["precip_mm"]))),
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [*NUMERIC, "hour2", "rain"]),
            (OneHotEncoder(handle_unknown="ignore", min_frequency=20), CATEGORIES),
        ),
        SGDClassifier("log_loss", alpha=1e-3, average=True, random_state=np.random.RandomState(1), max_iter=50),
    )


def make_model():
    return REGISTRY[os.environ.get("MODEL", "plain")]()
