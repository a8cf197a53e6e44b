"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import signal
import sys
import tempfile
import warnings
from pathlib import Path

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import summarise

log = logging.getLogger(__package__)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog=__package__, description=__doc__)
    made.add_argument("raw", type=Path, metavar="RAW")
    made.add_argument("out", type=Path, metavar="OUT")
    made.add_argument("-v", "--verbose", action="count", default=2)
    return made


def main() -> None:
    arguments = parser().parse_args()
    try:
        report = summarise(read_flights(arguments.raw), read_airports(arguments.raw))
    except BadInput as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(2) from None
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    warnings.warn("the numbers are those of the export", stacklevel=1)
    log.info("%d rows", len(report))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    atexit.register(log.debug, "bye")
    arguments.out.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=arguments.out, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        report.to_csv(file, index=False)
        os.fchmod(file.fileno(), 0o644)
    os.replace(name, arguments.out / "report.csv")
    print(f"wrote {arguments.out / 'report.csv'}")


if __name__ == "__main__":
    main()
