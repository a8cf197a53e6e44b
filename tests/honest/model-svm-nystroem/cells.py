# %% make-model
def make_model():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.svm import LinearSVC

    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMERIC),
        (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    )
    machine = LinearSVC(C=0.02, random_state=0)
    return make_pipeline(columns, Nystroem(n_components=150, gamma=0.05, random_state=0),
                         CalibratedClassifierCV(machine, cv=3, method="sigmoid"))
