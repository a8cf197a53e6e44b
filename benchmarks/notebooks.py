"""The course notebooks that graders are timed on, and what learners hand in for them.

Both are stock nbgrader with pandas and scikit-learn. They differ in what their own cells cost, because that is what no
grader can save: those of the rides compute for an eighth of a second, those of the rents for a hundredth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COURSE = Path(__file__).resolve().parent / "course"


@dataclass(frozen=True)
class CourseNotebook:
    """One notebook of ``course/``, and in ``answers`` what differs from the author's solution, by learner."""

    level: str
    name: str
    answers: Sequence[Mapping[str, str]]

    @property
    def source(self) -> Path:
        return COURSE / self.level / "notebooks" / f"{self.name}.ipynb"

    def handed_in(self, right: Mapping[str, str], number: int) -> dict[str, str]:
        """The solution cells of learner ``number``; no two learners hand in the same bytes."""
        made = {**right, **self.answers[number % len(self.answers)]}
        return {name: f"# learner {number}\n{text}" for name, text in made.items()}


_UNTIDY = """def tidy(table):
    made = table.copy()
    made["weather"] = made["weather"].str.strip().str.lower()
    made["distance"] = made["distance"].fillna(made["distance"].median())
    return made.reset_index(drop=True)
"""
# Without a warning of pandas': nbgrader takes whatever a test cell writes to stderr for a failure, we do not.
_LOUD = """def tidy(table):
    made = table.drop_duplicates(ignore_index=True)
    return made.assign(distance=made["distance"].fillna(made["distance"].median()))
"""
_OTHER_TIDY = """def tidy(table):
    weather = table["weather"].map(lambda word: word.strip().lower())
    made = table.assign(weather=weather)
    made = made[~made.duplicated()].reset_index(drop=True)
    return made.assign(distance=made["distance"].where(made["distance"].notna(), made["distance"].median()))
"""
_COUNTS = """def late_rates(table):
    return table.groupby("weather")["late"].sum().sort_values(ascending=False)
"""
_OFF_BY_ONE = """def split(table):
    return table[table["day"] < 20], table[table["day"] >= 20]
"""
_TREE = """def fit(table):
    from sklearn.tree import DecisionTreeClassifier
    words = ("words", OneHotEncoder(handle_unknown="ignore"), ["weather"])
    columns = ColumnTransformer([words], remainder="passthrough")
    return make_pipeline(columns, DecisionTreeClassifier(random_state=0)).fit(table.drop(columns="late"), table["late"])
"""
_RAISES = "def late_rates(table):\n    return table['wether']\n"

# Of each twelve, six are right, in two ways.
RIDES = CourseNotebook(
    "01-course",
    "01-rides",
    (
        {}, {"tidy": _UNTIDY}, {}, {"rates": _COUNTS}, {"tidy": _OTHER_TIDY}, {"split": _OFF_BY_ONE},
        {}, {"fit": _TREE}, {"tidy": _OTHER_TIDY}, {"rates": _RAISES}, {}, {"tidy": _LOUD},
    ),
)  # fmt: skip

_UNNUMBERED = "def clean(table):\n    return table[table['rent'].notna()]\n"
_FILLED = "def clean(table):\n    return table.fillna({'rent': table['rent'].mean()})\n"
_OTHER_CLEAN = """def clean(table):
    kept = [row for row in table.to_dict("records") if row["rent"] == row["rent"]]
    return pd.DataFrame(kept, columns=table.columns)
"""
_SUMS = """def rents(table):
    return table.groupby("district")["rent"].sum().sort_values(ascending=False)
"""
_BY_NAME = "def rents(table):\n    return table.groupby('district')['rent'].mean()\n"
_MEAN = """def fit(table):
    from sklearn.dummy import DummyRegressor
    return DummyRegressor().fit(table[["size", "rooms"]], table["rent"])
"""
_MISSPELT = "def rents(table):\n    return table.groupby('distrct')['rent'].mean()\n"

RENTS = CourseNotebook(
    "02-course",
    "01-rents",
    (
        {}, {"clean": _UNNUMBERED}, {}, {"compare": _SUMS}, {"clean": _OTHER_CLEAN}, {"compare": _BY_NAME},
        {}, {"fit": _MEAN}, {"clean": _OTHER_CLEAN}, {"compare": _MISSPELT}, {}, {"clean": _FILLED},
    ),
)  # fmt: skip
