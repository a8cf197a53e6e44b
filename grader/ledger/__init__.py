"""What was decided: an append-only, hash-chained ledger on SQLite or PostgreSQL. See docs/design/cohort.md."""

from grader.ledger.chain import Entry, Kind
from grader.ledger.opening import open_ledger
from grader.ledger.standing import Standing
from grader.ledger.store import Ledger

__all__ = ["Entry", "Kind", "Ledger", "Standing", "open_ledger"]
