"""Which scorecard counts for a learner and level: a fold over the entries, the same for writing and for verifying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.errors import InputError
from grader.ledger.chain import Entry, Kind
from grader.model import Scorecard

Owner = tuple[str, str]  # learner, level


@dataclass(frozen=True)
class Standing:
    """What counts for one learner and level."""

    entry: Entry  # its scorecard entry
    scorecard: Scorecard
    arrival: Entry | None  # the arrival that counts now; its scorecard may still be to come
    reviews: tuple[Entry, ...]  # all of them, in order; a later one stands beside the earlier
    flagged: tuple[Entry, ...]  # reviews made for another scorecard than the one that stands now


@dataclass
class Place:
    """Where one learner stands in one level; numbers are of entries."""

    arrival: int | None = None
    tree: str | None = None
    scorecard: int | None = None
    submission: str | None = None
    cards: dict[str, int] = field(default_factory=dict)  # by submission: the card that stood last, or may stand


@dataclass(frozen=True)
class Put:
    """A scorecard put in force by an entry."""

    learner: str
    level: str
    scorecard: int


@dataclass(frozen=True)
class Card:
    """What standing asks of a scorecard entry."""

    number: int
    learner: str
    level: str
    submission: str


@dataclass
class Board:
    """Places by learner and level, and the scorecards that approvals may name by their digests."""

    places: dict[Owner, Place] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)

    def place(self, learner: str, level: str) -> Place:
        """The learner's place, made empty if there is none."""
        return self.places.setdefault((learner, level), Place())

    def take(self, number: int, kind: Kind, learner: str, level: str, body: Mapping[str, Any]) -> list[Put]:
        """Follow one entry: what it puts in force. InputError if it asks for what cannot be."""
        if kind is Kind.ARRIVAL:
            return self._arrival(number, learner, level, body)
        if kind is Kind.SCORECARD:
            return self._scorecard(number, learner, level, body)
        if kind is Kind.APPROVAL or kind is Kind.REVERT:
            return self._exchange(body["puts"])
        return []

    def _arrival(self, number: int, learner: str, level: str, body: Mapping[str, Any]) -> list[Put]:
        if not body["counts"]:
            return []
        place = self.place(learner, level)
        place.arrival, place.tree = number, body["tree_digest"]
        known = place.cards.get(body["tree_digest"])
        if place.submission == place.tree or known is None:
            return []
        return [self._put(learner, level, known, body["tree_digest"])]  # an earlier submission handed in again

    def _scorecard(self, number: int, learner: str, level: str, body: Mapping[str, Any]) -> list[Put]:
        if not may_stand(body):
            return []
        place = self.place(learner, level)
        submission = body["scorecard"]["submission_digest"]
        place.cards.setdefault(submission, number)
        if place.submission == submission or place.arrival is not None and place.tree != submission:
            return []
        return [self._put(learner, level, number, submission)]

    def _exchange(self, puts: list[Mapping[str, Any]]) -> list[Put]:
        wanted = []
        for put in puts:
            learner, level = put["learner"], put["level"]
            card, former = self.cards.get(put["scorecard"]), self.cards.get(put["replaces"])
            if card is None or (card.learner, card.level) != (learner, level):
                raise InputError(f"ledger: there is no scorecard {put['scorecard'][:12]} of {learner} in {level}")
            if former is None or self.place(learner, level).scorecard != former.number:
                raise InputError(f"ledger: another scorecard of {learner} in {level} stands by now; compare again")
            wanted.append(card)
        return [self._put(card.learner, card.level, card.number, card.submission) for card in wanted]

    def _put(self, learner: str, level: str, number: int, submission: str) -> Put:
        place = self.place(learner, level)
        place.scorecard, place.submission = number, submission
        place.cards[submission] = number
        return Put(learner, level, number)


def may_stand(body: Mapping[str, Any]) -> bool:
    """Whether a scorecard entry may stand by itself: it is no regrade, and no check ended in an error of ours."""
    return bool(body["stands"]) and all(check["outcome"] != "error" for check in body["scorecard"]["checks"])


def must_fit(kind: Kind, body: Mapping[str, Any]) -> None:
    """InputError if a body lacks what the ledger itself reads of that kind; the rest is its writer's."""
    if kind is Kind.ARRIVAL:
        _has(kind, body, counts=bool)
        if body["counts"]:
            _has(kind, body, tree_digest=str)
    elif kind is Kind.REVIEW:
        _has(kind, body, scorecard=str)
    elif kind is Kind.APPROVAL or kind is Kind.REVERT:
        _has(kind, body, puts=list)
        for put in body["puts"]:
            if not isinstance(put, dict):
                raise InputError(f"ledger: the body of a {kind} lists its puts as objects")
            _has(kind, put, learner=str, level=str, scorecard=str, replaces=str)
        owners = [(put["learner"], put["level"]) for put in body["puts"]]
        if len(set(owners)) < len(owners):
            raise InputError(f"ledger: a {kind} puts one scorecard in force for a learner and level, not two")


def _has(kind: Kind, body: Mapping[str, Any], **wanted: type) -> None:
    for key, expected in wanted.items():
        if not isinstance(body.get(key), expected):
            raise InputError(f"ledger: the body of a {kind} needs {key} ({expected.__name__})")
