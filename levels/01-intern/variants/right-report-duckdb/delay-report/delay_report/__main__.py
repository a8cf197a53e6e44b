"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from delay_report.read import BadInput, open_month
from delay_report.summary import write_report


def main() -> int:
    parser = argparse.ArgumentParser(prog="delay_report")
    parser.add_argument("raw", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    try:
        month = open_month(arguments.raw)
    except BadInput as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    write_report(month, arguments.out / "report.csv")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
