"""Git histories: a starter's is written from its steps, a submission's is read as data."""

from grader.history.objects import BrokenHistory
from grader.history.read import Commit, History
from grader.history.write import Plan, Step, build, read_steps, start_commits, starter_plan

__all__ = [
    "BrokenHistory",
    "Commit",
    "History",
    "Plan",
    "Step",
    "build",
    "read_steps",
    "start_commits",
    "starter_plan",
]
