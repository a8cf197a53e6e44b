"""The ledger's tables from version to version, by Alembic; ``grader.ledger.opening`` runs them."""
