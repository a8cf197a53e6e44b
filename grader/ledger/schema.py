"""The ledger's tables: heads and entries are the truth, the rest are projections made from the entries."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

REVISION = "0001"  # the newest migration; a ledger that knows a later one is refused

metadata = MetaData()


def word() -> String:
    """A text column that sorts by code point in both databases, so that a page's keys mean the same in each."""
    return String().with_variant(String(collation="C"), "postgresql")


heads = Table(
    "ledger_head",
    metadata,
    Column("cohort", word(), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("digest", String, nullable=False),
)

entries = Table(
    "ledger_entry",
    metadata,
    Column("cohort", word()),
    Column("number", Integer),
    Column("kind", word(), nullable=False),
    Column("learner", word(), nullable=False),
    Column("level", word(), nullable=False),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False, quote=True),
    Column("key", word(), nullable=False, quote=True),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("body", Text, nullable=False),  # last: SQLite reads past it to get at what comes behind
    PrimaryKeyConstraint("cohort", "number"),
    UniqueConstraint("cohort", "kind", "key", name="ledger_entry_once"),
    Index("ledger_entry_by_digest", "cohort", "digest"),
    Index("ledger_entry_by_kind", "cohort", "kind", "number"),
    Index("ledger_entry_by_learner", "cohort", "learner", "level", "kind", "number"),
)

scorecards = Table(
    "ledger_scorecard",
    metadata,
    Column("cohort", word()),
    Column("number", Integer),
    Column("learner", word(), nullable=False),
    Column("level", word(), nullable=False),
    Column("submission", String, nullable=False),
    Column("points", Float, nullable=False),
    Column("max_points", Float, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("may_stand", Boolean, nullable=False),
    PrimaryKeyConstraint("cohort", "number"),
    Index("ledger_scorecard_by_learner", "cohort", "learner", "level", "number"),
)

outcomes = Table(
    "ledger_outcome",
    metadata,
    Column("cohort", word()),
    Column("number", Integer),  # of the scorecard's entry
    Column("position", Integer),  # of the check in the scorecard, from 0
    Column("learner", word(), nullable=False),
    Column("level", word(), nullable=False),
    Column("check", word(), nullable=False, quote=True),
    Column("skill", word(), nullable=False),
    Column("outcome", word(), nullable=False),
    Column("reason", String),
    Column("points", Float),
    Column("max_points", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("hidden", Boolean, nullable=False),
    PrimaryKeyConstraint("cohort", "number", "position"),
    Index("ledger_outcome_by_check", "cohort", "check", "outcome", "learner", "number"),
    Index("ledger_outcome_by_outcome", "cohort", "level", "outcome", "learner", "position", "number"),
    sqlite_with_rowid=False,
)

# Which scorecard an entry put in force, for each learner and level it did so for.
stood = Table(
    "ledger_stood",
    metadata,
    Column("cohort", word()),
    Column("number", Integer),
    Column("learner", word()),
    Column("level", word()),
    Column("scorecard", Integer, nullable=False),
    PrimaryKeyConstraint("cohort", "number", "learner", "level"),
    Index("ledger_stood_by_learner", "cohort", "learner", "level", "number"),
)

# Where each learner stands now: the counting arrival and the scorecard, by number; either may be missing.
places = Table(
    "ledger_place",
    metadata,
    Column("cohort", word()),
    Column("learner", word()),
    Column("level", word()),
    Column("arrival", Integer),
    Column("tree", String),
    Column("scorecard", Integer),
    Column("submission", String),
    PrimaryKeyConstraint("cohort", "learner", "level"),
    Index("ledger_place_by_level", "cohort", "level", "learner"),
    sqlite_with_rowid=False,
)
