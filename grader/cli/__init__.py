"""The `ladder` command: one module per kind of user. Importing them is what registers their commands."""

from grader.cli import analysis, author, learner, ledger, mentor, promotion, regrade
from grader.cli.root import main

__all__ = ["analysis", "author", "learner", "ledger", "main", "mentor", "promotion", "regrade"]
