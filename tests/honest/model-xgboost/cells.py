# %% make-model
import xgboost


class Categories:
    """Gaps stay gaps; categories become pandas'."""

    def fit(self, frame, labels=None):
        self.known = {name: pd.CategoricalDtype(sorted(frame[name].unique())) for name in CATEGORIES}
        return self

    def transform(self, frame):
        return frame[FEATURES].astype(self.known | dict.fromkeys(NUMERIC, "float32"))


class Booster:
    def fit(self, frame, labels):
        self.kinds = Categories().fit(frame)
        self.model = xgboost.XGBClassifier(n_estimators=60, max_depth=4, learning_rate=0.1, n_jobs=2, enable_categorical=True,
                                           tree_method="hist", random_state=0)
        self.model.fit(self.kinds.transform(frame), np.asarray(labels))
        return self

    def predict_proba(self, frame):
        return self.model.predict_proba(self.kinds.transform(frame))


make_model = Booster
