"""The `ladder` command: one module per kind of user. Importing them is what registers their commands.

Whichever are here: what learners are given has fewer.
"""

from importlib import import_module
from pkgutil import iter_modules

from grader.cli.root import main

for _module in iter_modules(__path__):
    if not _module.name.startswith("__"):
        import_module(f"{__name__}.{_module.name}")

__all__ = ["main"]
