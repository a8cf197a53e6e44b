"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import summarise


def main(argv: list[str]) -> int:
    """Write ``OUT/report.csv`` from the files in RAW; returns the exit code.

    0  the report is written. OUT and the folders above it are made if need be.
    2  RAW cannot be used, or the arguments are not two. One line on stderr says why, and nothing is written:
       a report that already stands in OUT stays as it is.

    The report is UTF-8 CSV with a header, sorted by origin, then carrier. The same flights give the same bytes,
    in whatever order RAW lists them. Nothing but ``OUT/report.csv`` is written, least of all in RAW.
    """
    parser = argparse.ArgumentParser(prog="delay_report")
    parser.add_argument("raw", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args(argv)
    raw, out = arguments.raw, arguments.out
    try:
        report = summarise(read_flights(raw), read_airports(raw))
    except BadInput as problem:
        parser.error(str(problem))
    out.mkdir(parents=True, exist_ok=True)
    report.to_csv(out / "report.csv", index=False, encoding="utf-8", lineterminator="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
