"""Posting the report to the airport's board."""

from __future__ import annotations

import urllib.request
from pathlib import Path

BOARD = "https://board.delay-desk.invalid/reports"


def post(report: str | Path, token: str, url: str = BOARD) -> str:
    """Post the file at ``report`` to the board as the holder of ``token``; returns the answer, as "201 Created".

    Raises OSError when the board cannot be reached.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    request = urllib.request.Request(url, data=Path(report).read_bytes(), headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return f"{answer.status} {answer.reason}"
