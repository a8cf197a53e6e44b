"""Compare the runs of a store: ``python compare.py [--store sqlite:///mlflow.db]``."""

from __future__ import annotations

import sys


def main(argv: list[str]) -> int:
    """Write the table that README.md describes to standard output; returns the exit code.

    0  the table is written, even if it has no rows
    2  there is no such store. One line on stderr says which, and none is made.
    """
    raise NotImplementedError("the ticket in README.md")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
