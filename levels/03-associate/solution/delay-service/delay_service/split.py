"""Keep the last flights out of learning: ``python -m delay_service.split prepared.csv learn.csv holdout.csv``."""

from __future__ import annotations

import sys

import pandas as pd

from delay_service.params import section


def split(table: pd.DataFrame, holdout_from: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The flights before the day ``holdout_from`` (``2013-08-01``), and those from it on; rows stay in their order."""
    later = table["time"].str[:10] >= holdout_from
    return table[~later], table[later]


def main(argv: list[str]) -> int:
    source, *targets = argv
    parts = split(pd.read_csv(source, dtype=str, keep_default_na=False), section("prepare")["holdout_from"])
    for part, target in zip(parts, targets, strict=True):
        part.to_csv(target, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
