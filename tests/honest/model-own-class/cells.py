# %% make-model
from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass
class LateModel:
    strength: float = 1e-4
    weights: np.ndarray | None = field(default=None, init=False, repr=False)
    kinds: dict[str, list] = field(default_factory=dict, init=False)
    _made: ClassVar[int] = 0

    def __post_init__(self) -> None:
        type(self)._made += 1

    def design(self, frame: pd.DataFrame) -> np.ndarray:
        numbers = ((frame[NUMERIC].fillna(self.middle) - self.centre) / self.width).to_numpy()
        flags = [frame[name].to_numpy()[:, None] == np.array(kinds, dtype=object) for name, kinds in self.kinds.items()]
        return np.hstack([numbers, *flags]).astype(float)

    def fit(self, frame: pd.DataFrame, labels: pd.Series) -> LateModel:
        self.middle = frame[NUMERIC].median()
        filled = frame[NUMERIC].fillna(self.middle)
        self.centre, self.width = filled.mean(), filled.std().replace(0, 1)
        self.kinds = {name: sorted(frame[name].unique()) for name in CATEGORIES}
        X, y = self.design(frame), np.asarray(labels, float)
        A, w = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1)
        pull = np.diag([0.0] + [self.strength + 1e-3] * X.shape[1])
        for _ in range(12):
            p = sigmoid(A @ w)
            w = w - np.linalg.solve((A * (p * (1 - p))[:, None]).T @ A / len(A) + pull, A.T @ (p - y) / len(A) + pull @ w)
        self.weights = w
        return self

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        late = sigmoid(self.weights[0] + self.design(frame) @ self.weights[1:])
        return np.column_stack([1 - late, late])


def make_model() -> LateModel:
    return LateModel()
