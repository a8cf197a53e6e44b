# %% make-model
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class Rescaled:
    def fit(self, frame, labels):
        self.middle = frame[NUMERIC].median()
        self.words = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(frame[CATEGORIES])
        self.classifier = LogisticRegression(max_iter=1000).fit(self.table(frame), labels)
        return self

    def table(self, frame):
        numbers = StandardScaler().fit_transform(frame[NUMERIC].fillna(self.middle))
        return np.hstack([numbers, self.words.transform(frame[CATEGORIES])])

    def predict_proba(self, frame):
        return self.classifier.predict_proba(self.table(frame))


def make_model():
    return Rescaled()
