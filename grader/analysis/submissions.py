"""Every submission of a cohort as a small work, by level: from an inbox, or as the ledger says that they count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from grader import catalog, intake
from grader.analysis.own_work import read_starter
from grader.analysis.works import Reader, Work
from grader.cohort.inbox import Found
from grader.cohort.store import Damaged, Store
from grader.errors import InputError
from grader.ledger import Ledger
from grader.ledger.chain import Kind

Heard = Callable[[int], None]  # told after each submission how many were read


@dataclass(frozen=True)
class Handed:
    """One submission's bytes. ``at`` orders those of the same learner and level; ``read`` may raise InputError."""

    learner: str
    level: str | None  # what its place says, if anything
    name: str  # for messages
    read: Callable[[], tuple[bytes, float]]


@dataclass(frozen=True)
class Gathered:
    """Works by level id, each learner's last, and a line for each submission that could not be read."""

    works: dict[str, list[Work]]
    rejected: tuple[str, ...]


def from_inbox(found: Iterable[Found]) -> Iterator[Handed]:
    """What lies in an inbox."""
    for one in found:
        yield Handed(one.learner, one.level, one.name, _taken(one))


def from_ledger(ledger: Ledger, store: Store) -> Iterator[Handed]:
    """The arrival that counts of each learner and level, out of the store."""
    counting = {
        (entry.learner, entry.level): entry for entry in ledger.entries(kind=Kind.ARRIVAL) if entry.body["counts"]
    }
    for (learner, level), entry in sorted(counting.items()):
        yield Handed(learner, level, f"{learner}/{level}", _stored(store, str(entry.body["digest"])))


def gather(handed: Iterable[Handed], level_id: str | None, heard: Heard = lambda _: None) -> Gathered:
    """Read each submission (of one level, if said) and keep the fingerprints of the learner's work only."""
    readers: dict[str, Reader] = {}
    latest: dict[tuple[str, str], tuple[float, Work]] = {}
    rejected = []
    for number, one in enumerate(handed, 1):
        if level_id is None or one.level in (None, level_id):
            try:
                data, at = one.read()
                submission = intake.read_archive(data, one.name, one.level)
                level = submission.level_id or level_id
                if level is None:
                    raise InputError(f"{one.name}: nothing says which level this is; name it with --level")
            except (InputError, Damaged) as error:
                rejected.append(str(error))
            else:
                if level_id in (None, level):
                    if level not in readers:
                        readers[level] = Reader(read_starter(catalog.find_level(level)))
                    former = latest.get((level, one.learner))
                    if former is None or former[0] <= at:
                        latest[level, one.learner] = at, readers[level].work(one.learner, submission.tree)
        heard(number)
    works: dict[str, list[Work]] = {}
    for (level, _), (_, work) in sorted(latest.items(), key=lambda item: item[0]):
        works.setdefault(level, []).append(work)
    return Gathered(works, tuple(rejected))


def _taken(found: Found) -> Callable[[], tuple[bytes, float]]:
    def read() -> tuple[bytes, float]:
        taken = found.read()
        return taken.data, taken.modified

    return read


def _stored(store: Store, digest: str) -> Callable[[], tuple[bytes, float]]:
    return lambda: (store.get(digest), 0.0)
