"""The command line: ``python -m delay_report RAW OUT``."""

from __future__ import annotations

import contextlib
import csv
import sqlite3
import sys
from pathlib import Path

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import LATE_AFTER

QUERY = """
    select f.origin, coalesce(min(a.airport), f.origin) as airport, f.carrier, count(*) as flights,
        count(*) - count(f.dep_delay) as cancelled, round(avg(f.dep_delay), 1) as mean_delay,
        round(sum(f.dep_delay > :late) * 1.0 / count(f.dep_delay), 3) as late_share
    from flights f left join (select origin, min(airport) as airport from airports group by origin) a using (origin)
    group by f.origin, f.carrier order by f.origin, f.carrier
"""


def main(argv: list[str]) -> int:
    if len(argv) != 2:
        print("usage: python -m delay_report RAW OUT", file=sys.stderr)
        return 2
    raw, out = map(Path, argv)
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
        try:
            read_flights(raw)[["origin", "carrier", "dep_delay"]].to_sql("flights", base, index=False)
            read_airports(raw).to_sql("airports", base, index=False)
        except BadInput as problem:
            print(problem, file=sys.stderr)
            return 2
        rows = base.execute(QUERY, {"late": LATE_AFTER})
        out.mkdir(parents=True, exist_ok=True)
        file = stack.enter_context((out / "report.csv").open("w", newline="", encoding="utf-8"))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(column[0] for column in rows.description)
        writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
