"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table. This file says what they were in this version, whatever grader.ledger.schema says later."""
    word = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "ledger_head",
        sa.Column("cohort", word, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("cohort", word, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", word, nullable=False),
        sa.Column("learner", word, nullable=False),
        sa.Column("level", word, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False, quote=True),
        sa.Column("key", word, nullable=False, quote=True),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("cohort", "number"),
        sa.UniqueConstraint("cohort", "kind", "key", name="ledger_entry_once"),
    )
    op.create_index("ledger_entry_by_digest", "ledger_entry", ["cohort", "digest"])
    op.create_index("ledger_entry_by_kind", "ledger_entry", ["cohort", "kind", "number"])
    op.create_index("ledger_entry_by_learner", "ledger_entry", ["cohort", "learner", "level", "kind", "number"])
    op.create_table(
        "ledger_scorecard",
        sa.Column("cohort", word, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("learner", word, nullable=False),
        sa.Column("level", word, nullable=False),
        sa.Column("submission", sa.String, nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("max_points", sa.Float, nullable=False),
        sa.Column("errors", sa.Integer, nullable=False),
        sa.Column("may_stand", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("cohort", "number"),
    )
    op.create_index("ledger_scorecard_by_learner", "ledger_scorecard", ["cohort", "learner", "level", "number"])
    op.create_table(
        "ledger_outcome",
        sa.Column("cohort", word, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("learner", word, nullable=False),
        sa.Column("level", word, nullable=False),
        sa.Column("check", word, nullable=False, quote=True),
        sa.Column("skill", word, nullable=False),
        sa.Column("outcome", word, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("points", sa.Float),
        sa.Column("max_points", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("cohort", "number", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_outcome_by_check", "ledger_outcome", ["cohort", "check", "outcome", "learner", "number"])
    op.create_index(
        "ledger_outcome_by_outcome",
        "ledger_outcome",
        ["cohort", "level", "outcome", "learner", "position", "number"],
    )
    op.create_table(
        "ledger_stood",
        sa.Column("cohort", word, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("learner", word, nullable=False),
        sa.Column("level", word, nullable=False),
        sa.Column("scorecard", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("cohort", "number", "learner", "level"),
    )
    op.create_index("ledger_stood_by_learner", "ledger_stood", ["cohort", "learner", "level", "number"])
    op.create_table(
        "ledger_place",
        sa.Column("cohort", word, nullable=False),
        sa.Column("learner", word, nullable=False),
        sa.Column("level", word, nullable=False),
        sa.Column("arrival", sa.Integer),
        sa.Column("tree", sa.String),
        sa.Column("scorecard", sa.Integer),
        sa.Column("submission", sa.String),
        sa.PrimaryKeyConstraint("cohort", "learner", "level"),
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_place_by_level", "ledger_place", ["cohort", "level", "learner"])
