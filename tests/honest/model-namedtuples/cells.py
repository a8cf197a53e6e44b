# %% confusion
from collections import Counter, OrderedDict, namedtuple
from typing import NamedTuple


class Rates(NamedTuple):
    flagged: float
    late_caught: float
    alarms_right: float


def confusion(y_true, y_pred):
    y_true, y_pred = list(y_true), list(y_pred)
    if len(y_true) != len(y_pred):
        raise ValueError("lengths differ")
    if not {*y_true, *y_pred} <= {0, 1}:
        raise ValueError("neither 0 nor 1")
    counted = Counter((int(a), int(b)) for a, b in zip(y_true, y_pred))
    return np.array([[counted[r, c] for c in (0, 1)] for r in (0, 1)], dtype=np.int32)

# %% pick-threshold
def pick_threshold(probabilities, share):
    ranked = np.sort(probabilities)[::-1]
    return ranked[max(0, round(share * len(ranked)) - 1)]

# %% report
model = make_model().fit(train[FEATURES], train["late"])
threshold = pick_threshold(model.predict_proba(train[FEATURES])[:, 1], CAPACITY)
Scored = namedtuple("Scored", "chance late warned")
chance = model.predict_proba(later[FEATURES])[:, 1]
scored = Scored(chance, later["late"].to_numpy(), chance >= threshold)
matrix = confusion(scored.late, scored.warned)
rates = Rates(scored.warned.mean(), matrix[1, 1] / matrix[1].sum(), matrix[1, 1] / matrix[:, 1].sum())


def surprise(chance, late):
    return -np.log(np.where(late, chance, 1 - chance)).mean()


report = OrderedDict(
    late_share_train=train["late"].mean(),
    late_share_later=later["late"].mean(),
    baseline_log_loss=surprise(train["late"].mean(), scored.late),
    model_log_loss=surprise(scored.chance, scored.late),
    accuracy_never_late=1 - later["late"].mean(),
    accuracy_model=(scored.warned == scored.late).mean(),
    **rates._asdict(),
    confusion=tuple(map(tuple, matrix)),
)
