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
    pairs: list[Pair] = []
    more = 0
    for exercise in dict.fromkeys(exercise for work in works for exercise in work.exercises):
        done = {work.learner: work.exercises[exercise] for work in works if exercise in work.exercises}
        groups += _groups(exercise, done)
        found, beyond = _pairs(exercise, done, most)
        pairs += found
        more += beyond
    pairs.sort(key=lambda pair: (-pair.score, pair.exercise, pair.learners))
    groups.sort(key=lambda group: (len(group.learners), group.exercise, group.same, -group.size, group.learners))
    more += max(0, len(pairs) - most)
    notes = tuple(f"{work.learner}: {note}" for work in works for note in work.notes)
    return Likeness(level_id, len(works), tuple(groups), tuple(pairs[:most]), more, notes)


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


def _pairs(exercise: str, done: Mapping[str, ExerciseWork], most: int) -> tuple[list[Pair], int]:
    """The pairs that are alike enough, best first, and how many more there are beyond ``most``."""
    seen: dict[str, str] = {}
    for learner, work in done.items():
        seen.setdefault(work.shape, learner)
    names = sorted(seen.values())  # of learners with the same work the first stands for all
    prints = {learner: work.hashes for learner, work in done.items()}
    if len(names) < 2 or not any(len(found) for found in prints.values()):
        return [], 0
    known, owners = np.unique(np.concatenate(list(prints.values())), return_counts=True)
    weight = rarity(owners, len(done))
    columns = [np.searchsorted(known, prints[name]) for name in names]
    ends = np.cumsum([0, *map(len, columns)])
    indices = np.concatenate(columns)
    matrix = sparse.csr_matrix((np.sqrt(weight[indices]), indices, ends), shape=(len(names), len(known)))
    own = np.array([weight[column].sum() for column in columns])
    found: list[tuple[float, float, float, int, int]] = []
    for start in range(0, len(names), _BLOCK):
        shared = (matrix[start : start + _BLOCK] @ matrix.T).tocoo()
        rows = shared.row + start
        upper = (rows < shared.col) & (shared.data >= MINIMUM_RARE)
        one, other, rare = rows[upper], shared.col[upper], shared.data[upper]
        share = np.minimum(1.0, rare / np.minimum(own[one], own[other]))
        enough = share >= MINIMUM_SHARE
        score = share * np.log2(1 + rare)
        found += zip(*(part[enough].tolist() for part in (score, share, rare, one, other)), strict=True)
    found.sort(key=lambda row: (-row[0], row[3], row[4]))
    rarities = dict(zip(known.tolist(), weight.tolist(), strict=True)) if found else {}
    pairs = [
        Pair(
            exercise,
            (names[one], names[other]),
            share,
            rare,
            score,
            _places(done[names[one]].units, done[names[other]].units, rarities),
        )
        for score, share, rare, one, other in found[:most]
    ]
    return pairs, max(0, len(found) - most)


def rarity(owners: NDArray[np.int64], learners: int) -> NDArray[np.float64]:
    """What a fingerprint weighs that so many of so many learners have: 1 up to two of them, next to 0 for all."""
    weight: NDArray[np.float64] = np.minimum(1.0, np.log((learners + 1) / owners) / np.log((learners + 1) / 2))
    return weight


def _places(first: Sequence[Printed], second: Sequence[Printed], rarities: Mapping[int, float]) -> tuple[Place, ...]:
    """Where the uncommon shared code lies, the longest first; each place of the first learner once."""
    found = []
    every = np.intersect1d(all_hashes(first), all_hashes(second))
    usual = float(np.median([rarities[value] for value in every.tolist()])) if len(every) else 0.0
    for one in first:
        meets = []
        for other in second:
            shared, here, there = np.intersect1d(
                one.prints.hashes, other.prints.hashes, assume_unique=True, return_indices=True
            )
            weights = np.array([rarities[value] for value in shared.tolist()])
            rare = weights >= min(0.5, usual)
            if rare.any():
                meets.append((int(rare.sum()), other, here[rare], there[rare]))
        if meets:
            _, other, here, there = max(meets, key=lambda meet: (meet[0], meet[1].name))
            covered: set[int] = set()
            for begin, end in zip(one.prints.first[here].tolist(), one.prints.last[here].tolist(), strict=True):
                covered.update(range(begin, end + 1))
            found.append(
                Place(
                    one.name,
                    (int(one.prints.first[here].min()), int(one.prints.last[here].max())),
                    other.name,
                    (int(other.prints.first[there].min()), int(other.prints.last[there].max())),
                    len(covered),
                )
            )
    return tuple(sorted(found, key=lambda place: (-place.lines, place.first)))
