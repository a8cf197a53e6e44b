"""What a hidden check may ask for: the learner's own data and fresh draws, with their truth.

In the judge the folders are prepared before the learner's code runs. Under stock nbgrader (nothing prepared) they are
made on the spot with the published practice key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CASES_VARIABLE = "LADDER_CASES"  # folder CASES/EXERCISE/N/{data,truth}; set in the judge only


@dataclass(frozen=True)
class Case:
    """One generated data set: ``data`` is what a learner is given, ``truth`` what only the judge sees."""

    data: Path
    truth: Path


def own(exercise: str) -> Case:
    """The learner's own data set of ``exercise``, made again from the seed."""
    return fresh(exercise, 0)


def fresh(exercise: str, n: int) -> Case:
    """Draw ``n`` (from 1) of ``exercise`` under the learner's key; 0 is the learner's own.

    Raises LookupError where the level does not provide that draw.
    """
    prepared = os.environ.get(CASES_VARIABLE)
    if prepared is None:
        from grader.generated import practice_case  # stock nbgrader: only then is the catalog needed

        folder = practice_case(exercise, n)
    else:
        folder = Path(prepared) / exercise / str(n)
        if not folder.parent.is_dir():
            raise LookupError(f"no exercise of this level is called {exercise!r}")
    if not (folder / "data").is_dir():
        raise LookupError(f"{exercise} has no data set {n}: raise `fresh` in level.toml")
    return Case(data=folder / "data", truth=folder / "truth")
