"""What a run wrote down before it began to grade, so that another can go on where it was cut off."""

from __future__ import annotations

import json
from dataclasses import dataclass

from grader.cohort.arrivals import Arrival
from grader.cohort.store import Store
from grader.errors import InputError
from grader.ledger import Kind, Ledger

_FORMAT = 1


@dataclass(frozen=True)
class Unfinished:
    """The plan of a run: the keys of the arrivals that counted, and a line for each submission that was refused."""

    arrivals: tuple[str, ...]
    refused: tuple[str, ...]

    def keep(self, store: Store, cohort: str) -> None:
        """Write it down before anything is graded."""
        plan = {"format": _FORMAT, "arrivals": list(self.arrivals), "refused": list(self.refused)}
        store.put_note(_name(cohort), json.dumps(plan, indent=1))

    @classmethod
    def find(cls, store: Store, cohort: str) -> Unfinished | None:
        """The plan of the run that was cut off, or None. InputError if another ladder wrote it."""
        text = store.note(_name(cohort))
        if text is None:
            return None
        try:
            plan = json.loads(text)
            if plan["format"] == _FORMAT:
                return cls(tuple(plan["arrivals"]), tuple(plan["refused"]))
        except (ValueError, KeyError, TypeError):
            pass
        raise InputError(f"store {store.url}: the plan of the unfinished run cannot be read; run without --resume")

    def read(self, ledger: Ledger) -> list[Arrival]:
        """Its arrivals; InputError if the ledger does not have them."""
        found = [ledger.find(Kind.ARRIVAL, key) for key in self.arrivals]
        if None in found:
            raise InputError(
                f"ledger {ledger.name}: does not hold what the unfinished run was to grade; run without --resume"
            )
        return [Arrival.of(entry) for entry in found if entry is not None]


def is_there(store: Store, cohort: str) -> bool:
    """Whether a run was cut off."""
    return store.note(_name(cohort)) is not None


def finish(store: Store, cohort: str) -> None:
    """The run is over: there is nothing left to resume."""
    store.drop_note(_name(cohort))


def _name(cohort: str) -> str:
    return f"{cohort}.plan.json"
