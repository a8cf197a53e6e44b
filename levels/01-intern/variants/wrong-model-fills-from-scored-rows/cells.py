# %% make-model
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class FreshFill:
    def fit(self, frame, labels):
        self.middle = frame[NUMERIC].median()
        self.pipeline = make_pipeline(
            make_column_transformer(
                (StandardScaler(), NUMERIC), (OneHotEncoder(handle_unknown="ignore"), CATEGORIES)),
            LogisticRegression(max_iter=1000))
        self.pipeline.fit(self.fill(frame), labels)
        return self

    def fill(self, frame):
        frame = frame.copy()
        frame[NUMERIC] = frame[NUMERIC].fillna(frame[NUMERIC].median()).fillna(self.middle)
        return frame

    def predict_proba(self, frame):
        return self.pipeline.predict_proba(self.fill(frame))


def make_model():
    return FreshFill()
