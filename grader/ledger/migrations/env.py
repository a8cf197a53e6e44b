"""Alembic's environment: it works on the connection, and inside the transaction, that the caller holds."""

from alembic import context

from grader.ledger.schema import metadata

_given = context.config.attributes
context.configure(
    connection=_given["connection"],
    target_metadata=metadata,
    version_table=_given["version_table"],
    transactional_ddl=False,  # the transaction is the caller's, and so is its end
)
context.run_migrations()
