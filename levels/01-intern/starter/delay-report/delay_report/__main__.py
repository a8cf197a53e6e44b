"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import sys


def main(argv: list[str]) -> int:
    """Write ``OUT/report.csv`` from the files in RAW; returns the exit code.

    0  the report is written. OUT and the folders above it are made if need be.
    2  RAW cannot be used, or the arguments are not two. One line on stderr says why, and nothing is written:
       a report that already stands in OUT stays as it is.

    The report is UTF-8 CSV with a header, sorted by origin, then carrier. The same flights give the same bytes,
    in whatever order RAW lists them. Nothing but ``OUT/report.csv`` is written, least of all in RAW.
    """
    raise NotImplementedError("the ticket in README.md")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
