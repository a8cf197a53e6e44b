"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from delay_report.month import COLUMNS, BadInput, rows


def main(raw: str, out: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows(Path(raw)))
    Path(out).mkdir(parents=True, exist_ok=True)
    Path(out, "report.csv").write_bytes(text.getvalue().encode())


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BadInput as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    except TypeError:
        print("usage: python -m delay_report RAW OUT", file=sys.stderr)
        sys.exit(2)
