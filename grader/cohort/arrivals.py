"""Who handed in what, and when: an inbox read into the store and the ledger.

The ledger remembers when bytes were first seen, so copying or touching an inbox makes nobody late. The latest valid
submission of a learner and level counts; the earlier ones stay in the store.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grader import intake
from grader.cohort.inbox import Found, learners_name
from grader.cohort.settings import Cohort
from grader.cohort.store import Store
from grader.errors import GraderFault, InputError
from grader.intake.names import shown
from grader.ledger import Entry, Kind, Ledger

_BEHIND = timedelta(minutes=1)  # a clock this far behind the ledger has jumped


@dataclass(frozen=True)
class Arrival:
    """One submission as it reached the inbox. ``digest`` is its archive's, ``entry`` that of its ledger entry."""

    learner: str
    level: str
    digest: str  # 64 hex digits
    tree_digest: str  # sha256:… after intake; empty where that refused it
    arrived: datetime  # UTC
    source: str
    late: bool
    counts: bool
    key: str
    entry: str
    attempt: int = 1  # which of the learner's valid submissions to the level it is

    @classmethod
    def of(cls, entry: Entry) -> Arrival:
        """The arrival in an entry; GraderFault if it is not one of ours."""
        body = entry.body
        try:
            return cls(
                entry.learner, entry.level, body["digest"], body["tree_digest"],
                datetime.fromisoformat(body["arrived"]), body["source"], body["late"], body["counts"],
                entry.key, entry.digest, body.get("attempt", 1),
            )  # fmt: skip
        except (KeyError, ValueError):
            raise GraderFault(f"ledger: entry {entry.number} is an arrival that this ladder cannot read") from None


@dataclass(frozen=True)
class Refusal:
    """A submission that cannot be graded, and the one line that says why."""

    found: Found
    error: InputError


@dataclass(frozen=True)
class Collected:
    """What an inbox holds: the arrival that counts of each learner and level, what was refused, what to be told."""

    arrivals: tuple[Arrival, ...]
    rejected: tuple[Refusal, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Seen:
    """One submission that was read just now; ``problem`` is why intake refused it."""

    found: Found
    learner: str
    level: str
    digest: str
    tree_digest: str
    modified: float
    problem: InputError | None = None
    key_id: str | None = None  # of the key that its workspace says it was made with


def collect(
    found: Iterable[Found],
    cohort: Cohort,
    store: Store,
    ledger: Ledger,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Collected:
    """Read every submission of an inbox into the store and record in the ledger what was not there before.

    It can be cut short at any point and called again. StoreFault and the ledger's faults end it. InputError, with
    nothing recorded, if submissions name their key and none names the cohort's: that is the wrong key.
    """
    collector = _Collector(cohort, store, ledger, clock)
    groups: defaultdict[tuple[str, str], list[_Seen]] = defaultdict(list)
    for one in found:
        seen = collector.read(one)
        if seen is not None:
            groups[seen.learner, seen.level].append(seen)
    collector.look_at_keys([one for group in groups.values() for one in group])
    arrivals = [collector.record(*owner, groups[owner]) for owner in sorted(groups)]
    return Collected(
        tuple(one for one in arrivals if one is not None), tuple(collector.rejected), tuple(collector.notes)
    )


class _Collector:
    def __init__(self, cohort: Cohort, store: Store, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._cohort = cohort
        self._store = store
        self._ledger = ledger
        self.rejected: list[Refusal] = []
        self.notes: list[str] = []
        self._now = clock()
        last = ledger.by_digest(ledger.head()[1])
        if last is not None:
            said = datetime.fromisoformat(last.at)
            if said - self._now > _BEHIND:
                self.notes.append(
                    f"the clock of this machine is {_span(said - self._now)} behind the last entry of the ledger; "
                    "times of arrival are taken from the files, none later than that entry"
                )
            self._now = max(self._now, said)

    def read(self, found: Found) -> _Seen | None:
        """The submission, in the store if it is valid; None if nothing can be recorded of it."""
        if found.misplaced:
            self._refuse(found, InputError(f"{shown(found.source)} {found.misplaced}"))
            return None
        wrong = learners_name(found.learner)
        if wrong is not None:
            self._refuse(found, InputError(f"{shown(found.name)}: {wrong}"))
            return None
        learner = unicodedata.normalize("NFC", found.learner)
        if not self._cohort.knows(learner):
            self._refuse(found, InputError(f"{found.name}: {learner!r} is not on the roster"))
            return None
        try:
            taken = found.read()
        except InputError as error:
            self._refuse(found, error)
            return None
        digest = hashlib.sha256(taken.data).hexdigest()
        try:
            submission = intake.read_archive(taken.data, found.name, found.level)
            if submission.level_id is None:
                raise InputError(
                    f"{found.name}: nothing says which level this is: no .ladder.toml, and no level has that name"
                )
        except InputError as error:
            self._refuse(found, error)
            if found.level is None:
                return None
            return _Seen(found, learner, found.level, digest, "", taken.modified, error)
        claim = submission.learner_claim
        if claim is not None and unicodedata.normalize("NFC", claim) != learner:
            self.notes.append(f"{found.name}: names {claim!r} inside; graded as {learner!r}")
        self._store.put(taken.data)
        return _Seen(
            found, learner, submission.level_id, digest, submission.digest, taken.modified, key_id=submission.key_id
        )

    def look_at_keys(self, seen: list[_Seen]) -> None:
        """Tell of workspaces made with another key: their data is not what they would be judged by."""
        ours = self._cohort.key.id
        labelled = [one for one in seen if one.key_id is not None]
        others = [one for one in labelled if one.key_id != ours]
        if others and len(others) == len(labelled):
            raise InputError(
                f"no submission here was issued under the key that is to grade it ({ours}); "
                f"{others[0].found.name} names {others[0].key_id!r}: grade with the key they were issued with"
            )
        for one in others:
            self.notes.append(
                f"{one.found.name}: names the key {one.key_id!r} inside and not this cohort's ({ours}); "
                "data made with another key does not fit what it is judged by"
            )

    def record(self, learner: str, level: str, seen: list[_Seen]) -> Arrival | None:
        """Enter what is new of one learner and level; the arrival that counts, if any does."""
        known = list(self._ledger.entries(kind=Kind.ARRIVAL, learner=learner, level=level))
        first = {entry.body["digest"]: entry for entry in reversed(known)}
        times = {one.digest: self._arrived(one, first.get(one.digest)) for one in seen}
        seen = sorted(seen, key=lambda one: (times[one.digest], one.found.source))
        for one in seen:
            if one.digest not in first:
                standing = _counting(known)
                after = standing is None or times[one.digest] >= _moment(standing)
                entry = self._enter(one, times[one.digest], after, f"{learner}/{level}/{one.digest}", known)
                known.append(entry)
                first[one.digest] = entry
        self._look_again(seen, known, times)
        standing = _counting(known)
        self._tell(learner, level, seen, standing, times)
        return None if standing is None else Arrival.of(standing)

    def _refuse(self, found: Found, error: InputError) -> None:
        self.rejected.append(Refusal(found, error))

    def _arrived(self, one: _Seen, before: Entry | None) -> datetime:
        """When the bytes were first seen here, at the latest."""
        if before is not None:
            return _moment(before)
        return self._modified(one, say=True)

    def _modified(self, one: _Seen, *, say: bool = False) -> datetime:
        try:
            modified = datetime.fromtimestamp(one.modified, UTC)
        except (ValueError, OverflowError, OSError):
            modified = datetime.max.replace(tzinfo=UTC)
        if modified > self._now:
            if say:
                self.notes.append(f"{one.found.name}: is dated in the future; taken as having arrived now")
            return self._now
        return modified

    def _enter(self, one: _Seen, arrived: datetime, after: bool, key: str, known: list[Entry]) -> Entry:
        late = self._cohort.late_by(one.level, arrived)
        why = ""
        if one.problem is not None:
            why = "intake refused it"
        elif late and self._cohort.refuse_late:
            why = "late"
        elif not after:
            why = "a later one is there"
        body = {
            "digest": one.digest,
            "tree_digest": one.tree_digest,
            "arrived": arrived.isoformat(timespec="microseconds"),
            "source": one.found.source,
            "late": bool(late),
            "counts": not why,
            "why": why,
            "attempt": _attempt(one, known),
        }
        return self._ledger.append(Kind.ARRIVAL, learner=one.learner, level=one.level, by="ladder", key=key, body=body)

    def _look_again(self, seen: list[_Seen], known: list[Entry], times: dict[str, datetime]) -> None:
        """What is known may count only now: the deadline was moved, or a learner went back to an earlier one."""
        valid = [one for one in seen if one.problem is None]
        if not valid:
            return
        last, standing = valid[-1], _counting(known)
        if standing is not None and standing.body["digest"] == last.digest:
            return
        arrived = times[last.digest]
        if standing is not None:
            replaced = standing.body["digest"] not in {one.digest for one in seen}
            back = self._modified(last)
            if replaced and back > _moment(standing):
                arrived = back
            elif arrived < _moment(standing):
                return
        if self._cohort.refuse_late and self._cohort.late_by(last.level, arrived):
            return
        again = f"{last.learner}/{last.level}/{last.digest}#{len(known) + 1}"
        known.append(self._enter(last, arrived, True, again, known))

    def _tell(
        self, learner: str, level: str, seen: list[_Seen], standing: Entry | None, times: dict[str, datetime]
    ) -> None:
        counts = "none of them counts" if standing is None else f"{standing.body['source']} counts, the last one"
        if len(seen) > 1:
            self.notes.append(f"{learner}: {len(seen)} submissions of {level}; {counts}")
        elif standing is not None and standing.body["digest"] != seen[0].digest:
            when = _moment(standing).strftime("%Y-%m-%d %H:%M UTC")
            why = "is refused" if seen[0].problem else "does not count"
            self.notes.append(
                f"{learner}: {seen[0].found.source} {why}; the submission of {level} that arrived {when} still counts"
            )
        for one in seen:
            late = self._cohort.late_by(level, times[one.digest])
            if standing is not None and standing.body["digest"] == one.digest and standing.body["late"]:
                self.notes.append(f"{learner}: {level} arrived {_span(late)} late; it is graded and marked late")
            elif standing is None and one.problem is None and late:
                self.notes.append(f"{learner}: {level} arrived {_span(late)} late and is not graded")


def _attempt(one: _Seen, known: list[Entry]) -> int:
    """Counted by valid submissions, so that a broken archive uses up nobody's attempt."""
    valid = list(dict.fromkeys(entry.body["digest"] for entry in known if entry.body["tree_digest"]))
    return valid.index(one.digest) + 1 if one.digest in valid else len(valid) + 1


def _counting(known: list[Entry]) -> Entry | None:
    return next((entry for entry in reversed(known) if entry.body["counts"]), None)


def _moment(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.body["arrived"])


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} days"
