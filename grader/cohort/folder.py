"""Writes what grading leaves behind: per learner a scorecard and a feedback page, for all of them a CSV."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from grader import catalog, scoring
from grader.errors import InputError
from grader.model import Level, Scorecard
from grader.report.csv import cohort_csv
from grader.report.figures import Figures
from grader.report.html import feedback_page
from grader.report.page import NO_FIGURES


def ready(out: Path) -> None:
    """Make the folder before hours of work go into it; InputError if it cannot be one."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be a folder to write into: {error.strerror}") from None


def write_learner(out: Path, scorecard: Scorecard, level: Level, figures: Mapping[str, Figures] = NO_FIGURES) -> Path:
    """Write ``OUT/<learner>/<level>.json`` and ``.html``, with ``figures`` by exercise; the page's path."""
    file = scorecard_file(out, scorecard)
    file.parent.mkdir(parents=True, exist_ok=True)
    page = file.with_suffix(".html")
    # The page first: a run that was cut takes a scorecard that is there for a sign that its page is, too.
    page.write_text(feedback_page(scorecard, level, catalog.hints(level), figures), encoding="utf-8")
    file.write_text(json.dumps(scoring.to_json(scorecard), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return page


def scorecard_file(out: Path, scorecard: Scorecard) -> Path:
    """Where a learner's scorecard of a level is written; its page is beside it."""
    return out / safe_name(scorecard.learner) / f"{scorecard.level}.json"


def write_table(out: Path, scorecards: Collection[Scorecard], late: Collection[tuple[str, str]] = ()) -> Path:
    """Write ``OUT/cohort.csv``; its path. ``late`` holds learner and level of what arrived after its deadline."""
    out.mkdir(parents=True, exist_ok=True)
    table = out / "cohort.csv"
    table.write_text(cohort_csv(scorecards, late), encoding="utf-8", newline="")
    return table


def safe_name(learner: str) -> str:
    """A learner's name as the name of a folder inside OUT, whatever is in it; two names never share one."""
    name = re.sub(r"[^\w.@+-]", "_", learner).strip(".")[:100]
    if name and name == learner:
        return name
    return f"{name[:80] or 'learner'}-{hashlib.sha256(learner.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
