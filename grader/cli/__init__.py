"""The `ladder` command: one module per kind of user. Importing them is what registers their commands."""

from grader.cli import analysis, author, gradebook, learner, ledger, mentor, promotion, regrade, tools
from grader.cli.root import main

__all__ = ["analysis", "author", "gradebook", "learner", "ledger", "main", "mentor", "promotion", "regrade", "tools"]
