"""The command line: ``python -m delay_report RAW OUT``. Each airport is summed up in a process of its own."""

from __future__ import annotations

import multiprocessing
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import COLUMNS, summarise


def main(raw: Path, out: Path) -> int:
    try:
        flights, airports = read_flights(raw), read_airports(raw)
    except BadInput as problem:
        print(problem, file=sys.stderr)
        return 2
    parts = [part for _, part in flights.groupby("origin", sort=True)]
    report = pd.DataFrame(columns=COLUMNS)
    if parts:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            report = pd.concat(pool.map(partial(summarise, airports=airports), parts))
    out.mkdir(parents=True, exist_ok=True)
    report.to_csv(out / "report.csv", index=False)
    return 0


if __name__ == "__main__":
    multiprocessing.freeze_support()
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])) if len(sys.argv) == 3 else 2)
