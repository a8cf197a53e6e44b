"""A decision on one learner and level: judged on the ledger, recorded once, shown again while nothing has changed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import deque
from dataclasses import dataclass

from grader import catalog
from grader.errors import InputError
from grader.ledger import Entry, Kind, Ledger, Standing
from grader.ledger.chain import canonical
from grader.model import JSON, Level
from grader.promotion import review, rule
from grader.promotion.person import same_person
from grader.promotion.rule import Below, Line
from grader.seeds import Key

FORMAT = 1


@dataclass(frozen=True)
class Decision:
    """What a decision entry says. ``fresh`` is true if this very call recorded it."""

    entry: Entry
    standing: Standing
    lines: tuple[Line, ...]
    promoted: bool
    fresh: bool
    notes: tuple[str, ...]  # what the person who decides should know, and no line of the rule asks


def find_standing(ledger: Ledger, level: Level, learner: str) -> Standing:
    """What stands for this learner and level; InputError in one line if no scorecard does."""
    for standing in ledger.standing(learner, level.id):
        return standing
    if any(ledger.entries(kind=Kind.SCORECARD, learner=learner, level=level.id)):
        why = "a check ended in an error of ours, or a later submission is not graded yet"
        raise InputError(f"{learner}, {level.id}: no scorecard stands ({why}); grade again")
    if any(ledger.entries(kind=Kind.ARRIVAL, learner=learner, level=level.id)):
        raise InputError(f"{learner}, {level.id}: the submission is not graded yet, or not without an error of ours")
    nothing = f"no scorecard in {ledger.name} (cohort {ledger.cohort}), and nothing handed in under this name"
    raise InputError(f"{learner}, {level.id}: {nothing}")


def decide(ledger: Ledger, level: Level, learner: str, by: str) -> Decision:
    """Judge the rule on what the ledger shows now and record the decision, unless the latest one says the same.

    InputError if no scorecard stands, if the one that stands was made without walls, or if learners promote themselves.
    """
    if same_person(by, learner):
        raise InputError(f"{by} cannot decide on their own promotion")
    standing = find_standing(ledger, level, learner)
    if standing.scorecard.walls.kind == "none":
        raise InputError(f"{learner}, {level.id}: the scorecard was made without walls, so it decides nothing")
    lines = rule.judge(level, standing, _below(ledger, level, learner))
    body = _body(level, standing, lines)
    before = latest(ledger, learner, level.id)
    notes = _notes(level, standing, before, body)
    if before is not None and dict(before.body) == body:
        return Decision(before, standing, lines, body["promoted"], False, notes)
    after = before.digest if before is not None else ""
    key = hashlib.sha256(canonical({"after": after, "body": body}).encode()).hexdigest()
    entry = ledger.append(Kind.DECISION, learner=learner, level=level.id, by=by, key=key, body=body)
    return Decision(entry, standing, lines, body["promoted"], True, notes)


def latest(ledger: Ledger, learner: str, level_id: str) -> Entry | None:
    """The decision that counts: the last one on this learner and level."""
    found = deque(ledger.entries(kind=Kind.DECISION, learner=learner, level=level_id), maxlen=1)
    return found[0] if found else None


def _below(ledger: Ledger, level: Level, learner: str) -> Below | None:
    if not level.rule.level_below:
        return None
    known = [each for each in catalog.level_ids() if int(each.split("-", 1)[0]) == level.number - 1]
    if not known:
        raise InputError(f"{level.id} asks for the level below, but there is no level {level.number - 1} here")
    below = catalog.find_level(known[0])
    decision = latest(ledger, learner, below.id)
    if decision is None:
        return Below(below, None)
    regraded = any(
        standing.entry.digest != decision.body["scorecard"]
        and standing.scorecard.submission_digest == decision.body["submission_digest"]
        for standing in ledger.standing(learner, below.id)
    )
    return Below(below, decision, regraded)


def _body(level: Level, standing: Standing, lines: tuple[Line, ...]) -> JSON:
    card = standing.scorecard
    counting = [one.entry.digest for rubric in level.reviews for one in review.count(rubric, standing).counting]
    return {
        "format_version": FORMAT,
        "promoted": all(line.met for line in lines),
        "lines": [{**dataclasses.asdict(line), "rests_on": list(line.rests_on)} for line in lines],
        "rule": {**dataclasses.asdict(level.rule), "reviews": list(level.rule.reviews)},
        "points": card.points,
        "max_points": card.max_points,
        "skills": {skill: dataclasses.asdict(of) for skill, of in card.skills.items()},
        "scorecard": standing.entry.digest,
        "reviews": counting,
        "submission_digest": card.submission_digest,
        "checks_digest": card.checks_digest,
        "data_digest": card.data_digest,
        "seed_id": card.seed_id,
        "environment": dataclasses.asdict(card.environment),
    }


def _notes(level: Level, standing: Standing, before: Entry | None, body: JSON) -> tuple[str, ...]:
    card, notes = standing.scorecard, []
    if standing.arrival is not None and standing.arrival.body["tree_digest"] != card.submission_digest:
        notes.append("A later submission has arrived and is not graded yet; this rests on the one before it.")
    if card.checks_digest != catalog.checks_digest(level):
        notes.append("The scorecard was made with other checks than those here now; `ladder cohort regrade` compares.")
    if card.seed_id == Key.practice().seed_id(level.id, standing.entry.learner):
        notes.append("The submission was graded under the published practice key: anybody can make its data and truth.")
    if before is not None and before.body.get("promoted") is True and not body["promoted"]:
        notes.append(f"An earlier decision promoted ({before.by} on {rule.day(before)}); from now on this one counts.")
    return tuple(notes)
