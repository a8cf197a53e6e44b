"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import sys
from pathlib import Path

from desk.airports import read_airports
from desk.read import BadInput, read_flights
from desk.summary import summarise


def main(argv: list[str]) -> int:
    """Write ``OUT/report.csv`` from the files in RAW; returns the exit code.

    0  the report is written. OUT and the folders above it are made if need be.
    2  RAW cannot be used, or the arguments are not two. One line on stderr says why, and nothing is written:
       a report that already stands in OUT stays as it is.

    The report is UTF-8 CSV with a header, sorted by origin, then carrier. The same flights give the same bytes,
    in whatever order RAW lists them. Nothing but ``OUT/report.csv`` is written, least of all in RAW.
    """
    if len(argv) != 2:
        print("usage: python -m delay_report RAW OUT", file=sys.stderr)
        return 2
    raw, out = Path(argv[0]), Path(argv[1])
    try:
        report = summarise(read_flights(raw), read_airports(raw))
    except BadInput as problem:
        print(f"delay_report: {problem}", file=sys.stderr)
        return 2
    out.mkdir(parents=True, exist_ok=True)
    report.to_csv(out / "report.csv", index=False, encoding="utf-8", lineterminator="\n")
    return 0


