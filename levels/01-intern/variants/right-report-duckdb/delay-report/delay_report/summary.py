"""The report as one query."""

from __future__ import annotations

from pathlib import Path

import duckdb

LATE_AFTER = 30
REPORT = f"""
    select origin, coalesce(any_value(name), origin) as airport, carrier,
           count(*) as flights, count(*) - count(minutes) as cancelled,
           round(avg(minutes), 1) as mean_delay,
           round(count(*) filter (minutes > {LATE_AFTER}) / nullif(count(minutes), 0), 3) as late_share
    from flights left join airports on faa = origin
    group by origin, carrier
    order by origin, carrier
"""


def write_report(month: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write the report of ``month`` (tables flights and airports) as CSV."""
    file.parent.mkdir(parents=True, exist_ok=True)
    month.sql(REPORT).write_csv(str(file), header=True)
