"""The command line: ``python -m delay_report RAW OUT``. What has been summed up once is kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from functools import lru_cache
from pathlib import Path

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import summarise


@lru_cache
def cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "delay-report"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def report_of(raw: Path) -> str:
    flights, airports = read_flights(raw), read_airports(raw)
    key = hashlib.sha256(pickle.dumps((flights.to_csv(), airports.to_csv()))).hexdigest()
    kept = cache() / f"{key}.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(summarise(flights, airports).to_csv(index=False)))
    return pickle.loads(kept.read_bytes())


def main(raw: Path, out: Path) -> int:
    try:
        text = report_of(raw)
    except BadInput as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.csv").write_text(text, encoding="utf-8", newline="")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])) if len(sys.argv) == 3 else 2)
