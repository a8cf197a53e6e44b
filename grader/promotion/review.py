"""A mentor's marks by a level's rubric: checked, kept in the ledger, and which of them count for a submission."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import InputError
from grader.ledger import Entry, Kind, Ledger, Standing
from grader.ledger.chain import canonical
from grader.model import JSON, Rubric
from grader.promotion.person import same_person
from grader.table import read_toml

WHY_LIMIT = 4000  # characters of one reason


@dataclass(frozen=True)
class Mark:
    """What one mentor gives for one criterion, and why."""

    points: int
    why: str


@dataclass(frozen=True)
class Review:
    """One review entry of the ledger. ``marks`` are by criterion; ``rubric`` and ``scorecard`` are digests."""

    entry: Entry
    review: str
    rubric: str
    scorecard: str
    submission_digest: str
    marks: Mapping[str, Mark]
    points: int
    max_points: int
    passed: bool

    @property
    def by(self) -> str:
        """The mentor."""
        return self.entry.by


@dataclass(frozen=True)
class Counted:
    """The reviews of one rubric, in order: the latest of each mentor counts, if it is of this submission and rubric."""

    counting: tuple[Review, ...]
    replaced: tuple[Review, ...]  # the same mentor marked this submission again later
    other_submission: tuple[Review, ...]
    other_rubric: tuple[Review, ...]  # of this submission, but by a rubric that has changed since


def rubric_digest(rubric: Rubric) -> str:
    """``sha256:…`` over what a mark means: the criteria with their marks, and the minimum."""
    plain = dataclasses.asdict(rubric)
    meaning = {"id": rubric.id, "minimum": rubric.minimum, "criteria": plain["criteria"]}
    return "sha256:" + hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


def record(ledger: Ledger, standing: Standing, rubric: Rubric, marks: Mapping[str, Mark], by: str) -> Entry:
    """Append a review of the submission that stands; the same marks by the same mentor again are the same entry.

    InputError if a criterion is missing or unknown, a mark is out of range or without a reason, or if learners mark
    themselves.
    """
    learner, level = standing.entry.learner, standing.entry.level
    if same_person(by, learner):
        raise InputError(f"{by} cannot review their own submission")
    _must_fit(rubric, marks)
    points = sum(mark.points for mark in marks.values())
    body: JSON = {
        "review": rubric.id,
        "rubric": rubric_digest(rubric),
        "scorecard": standing.entry.digest,
        "submission_digest": standing.scorecard.submission_digest,
        "marks": {
            one.id: {"points": marks[one.id].points, "why": marks[one.id].why.strip()} for one in rubric.criteria
        },
        "points": points,
        "max_points": rubric.max_points,
        "passed": points >= rubric.minimum,
    }
    own = [one for one in standing.reviews if one.body.get("review") == rubric.id and same_person(one.by, by)]
    if own and dict(own[-1].body) == body:
        return own[-1]
    return ledger.append(Kind.REVIEW, learner=learner, level=level, by=by, key=_key(body, by, own), body=body)


def read(entry: Entry) -> Review:
    """A review as it was recorded; InputError names the entry if it is none that this ladder wrote."""
    body = entry.body
    try:
        marks = {name: Mark(int(mark["points"]), str(mark["why"])) for name, mark in body["marks"].items()}
        return Review(
            entry=entry,
            review=str(body["review"]),
            rubric=str(body["rubric"]),
            scorecard=str(body["scorecard"]),
            submission_digest=str(body["submission_digest"]),
            marks=marks,
            points=int(body["points"]),
            max_points=int(body["max_points"]),
            passed=body["passed"] is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"ledger: entry {entry.number} holds no review this ladder can read: {problem}") from None


def count(rubric: Rubric, standing: Standing) -> Counted:
    """Which reviews of a rubric count for the submission that stands.

    A regrade gives the same submission another scorecard; marks for that submission still count.
    """
    given = [read(entry) for entry in standing.reviews if entry.body.get("review") == rubric.id]
    digest = rubric_digest(rubric)
    of_this = [one for one in given if one.submission_digest == standing.scorecard.submission_digest]
    by_this = [one for one in of_this if one.rubric == digest]
    latest = [
        one
        for place, one in enumerate(by_this, start=1)
        if not any(same_person(one.by, later.by) for later in by_this[place:])
    ]
    return Counted(
        counting=tuple(latest),
        replaced=tuple(one for one in by_this if one not in latest),
        other_submission=tuple(one for one in given if one not in of_this),
        other_rubric=tuple(one for one in of_this if one not in by_this),
    )


def read_marks(path: Path, rubric: Rubric) -> dict[str, Mark]:
    """Marks from a TOML file with one table a criterion (``points``, ``why``); InputError names file and key."""
    table = read_toml(path, str(path))
    marks = {}
    for criterion in rubric.criteria:
        one = table.table(criterion.id)
        marks[criterion.id] = Mark(one.whole("points"), one.text("why"))
        one.close()
        if marks[criterion.id].points > criterion.points:
            raise one.fault(f"points must be from 0 to {criterion.points}; it is {marks[criterion.id].points}")
    table.close()
    return marks


def _must_fit(rubric: Rubric, marks: Mapping[str, Mark]) -> None:
    wanted = {criterion.id: criterion for criterion in rubric.criteria}
    if strange := sorted(marks.keys() - wanted.keys()):
        raise InputError(f"review {rubric.id}: there is no criterion {strange[0]!r}; there are: {', '.join(wanted)}")
    for name, criterion in wanted.items():
        mark = marks.get(name)
        if mark is None:
            raise InputError(f"review {rubric.id}: no mark for {name}")
        if isinstance(mark.points, bool) or not 0 <= mark.points <= criterion.points:
            raise InputError(f"review {rubric.id}: {name} must be from 0 to {criterion.points}; it is {mark.points}")
        if not mark.why.strip():
            raise InputError(f"review {rubric.id}: {name} has no reason; a mark without one helps nobody")
        if len(mark.why) > WHY_LIMIT:
            raise InputError(f"review {rubric.id}: the reason for {name} is longer than {WHY_LIMIT:,} characters")


def _key(body: JSON, by: str, own: Sequence[Entry]) -> str:
    """Different from every earlier review: a mentor may come back to the marks they gave first."""
    after = own[-1].digest if own else ""
    return hashlib.sha256(canonical({"after": after, "body": body, "by": by}).encode()).hexdigest()
