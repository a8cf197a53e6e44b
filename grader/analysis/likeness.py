"""Which submissions share answers: a list for a mentor to look at, never a verdict.

Two learners who solve a short exercise well write some of the same code. So what counts is how rare the shared code is
in this cohort: a fingerprint that two of a thousand have weighs 1, one that all have weighs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from grader.analysis.works import ExerciseWork, Printed, Work, all_hashes

MINIMUM_WORK = 60  # tokens of own work below which being the same says nothing
MINIMUM_RARE = 8.0  # weighted fingerprints in common, about four lines that hardly anybody else has
MINIMUM_SHARE = 0.2
MOST = 200  # pairs that are listed
SAME_COMMITS = "the same commits"
IDENTICAL = "identical"
SAME_BUT_NAMES = "the same but for names, comments and layout"
_BLOCK = 512  # learners compared with all others at once


@dataclass(frozen=True)
class Group:
    """Learners whose own work on an exercise is one and the same; ``same`` says in which way.

    ``size`` is how many commits (not the starter's) they share, else how many tokens their work has.
    """

    exercise: str
    same: str
    learners: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Place:
    """Where one cell or file of the first learner meets one of the second; lines of each, counted in the unit."""

    first: str
    first_lines: tuple[int, int]
    second: str
    second_lines: tuple[int, int]
    lines: int  # of the first that are covered by uncommon shared code


@dataclass(frozen=True)
class Pair:
    """Two learners who share uncommon code in an exercise.

    ``share`` (0..1): of the uncommon code of whoever has less of it, how much the other has too. ``rare``: how much
    that is, in fingerprints weighted by rarity. Pairs are ranked by ``score``, which grows with both.
    """

    exercise: str
    learners: tuple[str, str]
    share: float
    rare: float
    score: float
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Alike:
    """A pair before anybody has looked where."""

    exercise: str
    learners: tuple[str, str]
    share: float
    rare: float
    score: float


@dataclass(frozen=True)
class Likeness:
    """Groups first, then pairs by rank; each learner of a group stands for it in pairs only once."""

    level: str
    learners: int
    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    more: int  # pairs that are alike enough, but beyond the ``MOST`` that are listed
    notes: tuple[str, ...]


def compare(level_id: str, works: Sequence[Work], most: int = MOST) -> Likeness:
    """Every two submissions of one level, each learner once. The order of ``works`` does not matter."""
    works = sorted(works, key=lambda work: work.learner)
    groups: list[Group] = []
    alike: list[_Alike] = []
    compared = {}
    for exercise in sorted({exercise for work in works for exercise in work.exercises}):
        done = {work.learner: work.exercises[exercise] for work in works if exercise in work.exercises}
        groups += _groups(exercise, done)
        compared[exercise] = _Compared(exercise, done)
        alike += compared[exercise].alike()
    alike.sort(key=lambda one: (-one.score, one.exercise, one.learners))
    groups.sort(key=lambda group: (len(group.learners), group.exercise, group.same, -group.size, group.learners))
    pairs = tuple(compared[one.exercise].pair(one) for one in alike[:most])
    notes = tuple(f"{work.learner}: {note}" for work in works for note in work.notes)
    return Likeness(level_id, len(works), tuple(groups), pairs, max(0, len(alike) - most), notes)


def _groups(exercise: str, done: Mapping[str, ExerciseWork]) -> Iterator[Group]:
    """Learners with the same commits, the same bytes, or the same but for names (where that says more)."""
    owners: dict[str, list[str]] = {}
    for learner, work in done.items():
        for commit in work.commits:
            owners.setdefault(commit, []).append(learner)
    shared = Counter(tuple(alike) for alike in owners.values() if len(alike) > 1)
    for learners, commits in shared.items():
        yield Group(exercise, SAME_COMMITS, learners, commits)
    told: set[tuple[str, ...]] = set()
    for same, of in ((IDENTICAL, attrgetter("exact")), (SAME_BUT_NAMES, attrgetter("shape"))):
        found: dict[str, list[str]] = {}
        for learner, work in done.items():
            if work.tokens >= MINIMUM_WORK:
                found.setdefault(of(work), []).append(learner)
        for alike in found.values():
            learners = tuple(alike)
            if len(learners) > 1 and learners not in told:
                told.add(learners)
                yield Group(exercise, same, learners, done[learners[0]].tokens)


class _Compared:
    """One exercise's works as a sparse matrix of weighted fingerprints; of learners with the same work one row."""

    def __init__(self, exercise: str, done: Mapping[str, ExerciseWork]) -> None:
        self._exercise = exercise
        self._done = done
        first: dict[str, str] = {}
        for learner, work in done.items():
            first.setdefault(work.shape, learner)
        self._names = sorted(first.values())
        prints = {learner: work.hashes for learner, work in done.items()}
        self._known, owners = np.unique(np.concatenate(list(prints.values())), return_counts=True)
        self._weight = rarity(owners, len(done))
        self._columns = [np.searchsorted(self._known, prints[name]) for name in self._names]

    def alike(self) -> Iterator[_Alike]:
        """Every two that share enough."""
        indices = np.concatenate(self._columns)
        ends = np.cumsum([0, *map(len, self._columns)])
        shape = (len(self._names), len(self._known))
        matrix = sparse.csr_matrix((np.sqrt(self._weight[indices]), indices, ends), shape=shape)
        own = np.array([self._weight[column].sum() for column in self._columns])
        for start in range(0, len(self._names), _BLOCK):
            shared = (matrix[start : start + _BLOCK] @ matrix.T).tocoo()
            rows = shared.row + start
            enough = (rows < shared.col) & (shared.data >= MINIMUM_RARE)
            one, other, rare = rows[enough], shared.col[enough], shared.data[enough]
            share = np.minimum(1.0, rare / np.minimum(own[one], own[other]))
            score = share * np.log2(1 + rare)
            for row in np.flatnonzero(share >= MINIMUM_SHARE).tolist():
                learners = self._names[one[row]], self._names[other[row]]
                yield _Alike(self._exercise, learners, float(share[row]), float(rare[row]), float(score[row]))

    def pair(self, one: _Alike) -> Pair:
        """The pair with the places to open."""
        first, second = (self._done[learner].units for learner in one.learners)
        places = self._places(first, second)
        return Pair(one.exercise, one.learners, one.share, one.rare, one.score, places)

    def _places(self, first: Sequence[Printed], second: Sequence[Printed]) -> tuple[Place, ...]:
        """Where the uncommon shared code lies, the longest first; each unit of the first learner once."""
        usual = np.median(self._rarity(np.intersect1d(all_hashes(first), all_hashes(second))))
        found = []
        for one in first:
            meets = []
            for other in second:
                shared, here, there = np.intersect1d(
                    one.prints.hashes, other.prints.hashes, assume_unique=True, return_indices=True
                )
                rare = self._rarity(shared) >= min(0.5, usual)
                if rare.any():
                    meets.append((int(rare.sum()), other, here[rare], there[rare]))
            if meets:
                _, other, here, there = max(meets, key=lambda meet: (meet[0], meet[1].name))
                covered: set[int] = set()
                for begin, end in zip(one.prints.first[here].tolist(), one.prints.last[here].tolist(), strict=True):
                    covered.update(range(begin, end + 1))
                lines = _span(one, here), _span(other, there)
                found.append(Place(one.name, lines[0], other.name, lines[1], len(covered)))
        return tuple(sorted(found, key=lambda place: (-place.lines, place.first)))

    def _rarity(self, hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
        return self._weight[np.searchsorted(self._known, hashes)]


def rarity(owners: NDArray[np.int64], learners: int) -> NDArray[np.float64]:
    """What a fingerprint weighs that so many of so many learners have: 1 up to two of them, next to 0 for all.

    It is the square of the inverse document frequency, as in the product of two weighted texts in retrieval.
    """
    inverse: NDArray[np.float64] = np.log((learners + 1) / owners) / np.log((learners + 1) / 2)
    return np.minimum(1.0, inverse) ** 2


def _span(unit: Printed, places: NDArray[np.int64]) -> tuple[int, int]:
    return int(unit.prints.first[places].min()), int(unit.prints.last[places].max())
