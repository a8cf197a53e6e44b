"""A regrade as a reviewed change: what would be different and why, put in force by somebody, and taken back exactly."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from grader.errors import InputError
from grader.ledger import Entry, Kind, Ledger, Standing
from grader.ledger.chain import canonical
from grader.model import CheckResult, Outcome, Scorecard

_CLOSE = 1e-9  # sums of points may differ by less than this and be the same


class Change(StrEnum):
    """Where points went."""

    UP = "up"
    DOWN = "down"
    SAME = "same"


class Reason(StrEnum):
    """What is different between two gradings of one submission."""

    CHECKS = "checks changed"
    DATA = "data changed"
    ENVIRONMENT = "environment changed"
    WALLS = "walls changed"
    OTHER = "nothing known changed"  # an outcome that is not the same twice


@dataclass(frozen=True)
class Mark:
    """A check's verdict: an outcome and its points, None for an error of ours."""

    outcome: Outcome
    points: float | None
    max_points: float


@dataclass(frozen=True)
class Row:
    """One check of one learner before and after; None: the check was not there, or is not there any more."""

    learner: str
    level: str
    check: str
    before: Mark | None
    after: Mark | None
    change: Change
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Regraded:
    """One learner's scorecard beside the one that stands. ``rows`` are of every check of either."""

    standing: Standing
    key: str  # of the new scorecard: its job's digest
    card: Scorecard
    change: Change
    reasons: tuple[Reason, ...]
    rows: tuple[Row, ...]

    @property
    def different(self) -> tuple[Row, ...]:
        """The checks whose verdict is another."""
        return tuple(row for row in self.rows if row.before != row.after)

    @property
    def rule_before(self) -> bool:
        """Whether the standing scorecard met the rule it was judged by."""
        return all(line.met for line in self.standing.scorecard.rule)

    @property
    def rule_after(self) -> bool:
        """Whether the new scorecard meets the rule as it is now."""
        return all(line.met for line in self.card.rule)


@dataclass(frozen=True)
class Reverted:
    """What a revert did: its entry, and whose later scorecard was left standing (learner, level)."""

    entry: Entry
    left: tuple[tuple[str, str], ...]


def compare(standing: Standing, card: Scorecard, key: str) -> Regraded:
    """The new scorecard of a submission beside the one that stands, check by check in the order of the new one."""
    old = standing.scorecard
    reasons = _reasons(old, card)
    before = {check.id: _mark(check) for check in old.checks}
    after = {check.id: _mark(check) for check in card.checks}
    rows = []
    for check in [*after, *(gone for gone in before if gone not in after)]:
        was, now = before.get(check), after.get(check)
        change = _change(_points(was), _points(now))
        rows.append(Row(card.learner, card.level, check, was, now, change, reasons if was != now else ()))
    return Regraded(standing, key, card, _change(old.points, card.points), reasons, tuple(rows))


def approve(ledger: Ledger, regraded: Sequence[Regraded], by: str) -> Entry:
    """Enter the new scorecards beside the old and put them in force, all or none; the approval's entry.

    InputError if there is nothing to put in force, if one has an error of ours, or if another scorecard of somebody
    stands by now. It can be cut short at any point and called again.
    """
    if not regraded:
        raise InputError("there is nothing to approve: what stands was made with the checks, data and packages of now")
    puts = []
    for one in regraded:
        old = one.standing.entry
        if one.card.has_errors:
            raise InputError(
                f"{old.learner}, {old.level}: a check ended in an error of ours, so it is not put in force"
            )
        arrival = old.body.get("arrival")
        new = ledger.add_scorecard(one.card, key=one.key, arrival=arrival, stands=False)
        puts.append({"learner": old.learner, "level": old.level, "scorecard": new.digest, "replaces": old.digest})
    changes = [told(row) for one in regraded for row in one.different]
    reasons = sorted({reason.value for one in regraded for reason in one.reasons})
    body = {"puts": puts, "changes": changes, "reasons": reasons}
    return ledger.append(
        Kind.APPROVAL, learner="", level="", by=by, key=_key(puts, _latest_exchange(ledger)), body=body
    )


def revert(ledger: Ledger, approval: Entry, by: str) -> Reverted:
    """Put back what an approval replaced, wherever the scorecard it put in force still stands.

    InputError if it stands for nobody any more. A second revert of one approval is the first.
    """
    done = ledger.find(Kind.REVERT, approval.digest)
    if done is not None:
        return Reverted(done, tuple((one["learner"], one["level"]) for one in done.body["left"]))
    standing = {}
    for put in approval.body["puts"]:
        for now in ledger.standing(put["learner"], put["level"]):
            standing[put["learner"], put["level"]] = now.entry.digest
    puts, left = [], []
    for put in approval.body["puts"]:
        owner = {"learner": put["learner"], "level": put["level"]}
        if standing.get((put["learner"], put["level"])) == put["scorecard"]:
            puts.append({**owner, "scorecard": put["replaces"], "replaces": put["scorecard"]})
        else:
            left.append(owner)
    if not puts:
        raise InputError(f"entry {approval.number}: nothing that it put in force stands any more")
    body = {"approval": approval.digest, "puts": puts, "left": left}
    entry = ledger.append(Kind.REVERT, learner="", level="", by=by, key=approval.digest, body=body)
    return Reverted(entry, tuple((one["learner"], one["level"]) for one in entry.body["left"]))


def find_approval(ledger: Ledger, named: str) -> Entry:
    """The approval with this number or digest (or at least eight digits of its beginning); InputError if none is."""
    approvals = list(ledger.entries(kind=Kind.APPROVAL))
    if named.isdecimal() and len(named) < 8:
        found = [entry for entry in approvals if entry.number == int(named)]
    else:
        found = [entry for entry in approvals if len(named) >= 8 and entry.digest.startswith(named.lower())]
    if len(found) == 1:
        return found[0]
    there = ", ".join(str(entry.number) for entry in approvals) or "none"
    raise InputError(f"{ledger.name}: entry {named} is no approval; the approvals are: {there}")


def _reasons(old: Scorecard, new: Scorecard) -> tuple[Reason, ...]:
    found = [
        (Reason.CHECKS, old.checks_digest != new.checks_digest),
        (Reason.DATA, (old.data_digest, old.seed_id) != (new.data_digest, new.seed_id)),
        (Reason.ENVIRONMENT, old.environment != new.environment),
        (Reason.WALLS, old.walls != new.walls),
    ]
    return tuple(reason for reason, differs in found if differs) or (Reason.OTHER,)


def _mark(check: CheckResult) -> Mark:
    return Mark(check.outcome, check.points, check.max_points)


def _points(mark: Mark | None) -> float:
    return 0.0 if mark is None or mark.points is None else mark.points


def _change(before: float, after: float) -> Change:
    if abs(after - before) < _CLOSE:
        return Change.SAME
    return Change.UP if after > before else Change.DOWN


def told(row: Row) -> dict[str, object]:
    """A row as an approval keeps it, and as JSON."""
    ends = {
        name: None if mark is None else asdict(mark) for name, mark in (("before", row.before), ("after", row.after))
    }
    for mark in ends.values():
        if mark is not None:
            mark["outcome"] = mark["outcome"].value
    return {
        "learner": row.learner,
        "level": row.level,
        "check": row.check,
        "change": row.change.value,
        "reasons": [reason.value for reason in row.reasons],
        **ends,
    }


def _latest_exchange(ledger: Ledger) -> str:
    """The last approval or revert: after a revert, the same approval is a new one."""
    kinds: Iterable[Kind] = (Kind.APPROVAL, Kind.REVERT)
    last = [entry for kind in kinds for entry in deque(ledger.entries(kind=kind), maxlen=1)]
    return max(last, key=lambda entry: entry.number).digest if last else ""


def _key(puts: object, after: str) -> str:
    return hashlib.sha256(canonical({"after": after, "puts": puts}).encode()).hexdigest()
