"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import summarise


async def write(raw: Path, out: Path) -> int:
    bad: BadInput | None = None
    try:
        async with asyncio.TaskGroup() as group:
            flights = group.create_task(asyncio.to_thread(read_flights, raw))
            airports = group.create_task(asyncio.to_thread(read_airports, raw))
    except* BadInput as problems:
        bad = min(problems.exceptions, key=lambda problem: "airports" in str(problem))
    if bad is not None:
        print(f"delay_report: {bad}", file=sys.stderr)
        return 2
    report = summarise(flights.result(), airports.result())
    out.mkdir(parents=True, exist_ok=True)
    text = report.to_csv(index=False, lineterminator="\n")
    await asyncio.to_thread((out / "report.csv").write_bytes, text.encode())
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m delay_report RAW OUT")
    sys.exit(asyncio.run(write(*map(Path, sys.argv[1:])), debug=False))
