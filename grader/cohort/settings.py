"""What a cohort is: its name, key, roster and deadlines, and where its ledger, store and pages are."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from grader import catalog
from grader.cohort.roster import read_roster
from grader.seeds import Key
from grader.table import Table, read_toml

FILE = "cohort.toml"
FORMAT = 1
NAME = "cohort"  # without a cohort.toml


@dataclass(frozen=True)
class Terms:
    """What a cohort says of one level. ``resource`` names what a Dask worker must offer to grade it, or is empty."""

    due: datetime | None = None
    resource: str = ""


@dataclass(frozen=True)
class Cohort:
    """One cohort's settings. ``ledger`` and ``store`` are paths or URLs; ``roster`` None: whoever hands in."""

    name: str
    key: Key
    ledger: str
    store: str
    out: Path | None = None
    roster: tuple[str, ...] | None = None
    refuse_late: bool = False
    grace: timedelta = timedelta()
    levels: Mapping[str, Terms] = field(default_factory=dict)

    def terms(self, level_id: str) -> Terms:
        """The terms of a level; of one that is not named: no deadline, any worker."""
        return self.levels.get(level_id, Terms())

    def late_by(self, level_id: str, arrived: datetime) -> timedelta:
        """How long after the deadline (and the grace that the cohort gives) a submission arrived; zero: in time."""
        due = self.terms(level_id).due
        if due is None or arrived <= due + self.grace:
            return timedelta()
        return arrived - due

    def knows(self, learner: str) -> bool:
        """Whether the learner is of this cohort, however the name's accents are stored."""
        return self.roster is None or _one_spelling(learner) in map(_one_spelling, self.roster)


def read(path: Path) -> Cohort:
    """The cohort in a cohort.toml; InputError, one line that names the file and the key, for what is wrong with it."""
    table = read_toml(path, str(path))
    if table.whole("format") != FORMAT:
        raise table.fault(f"is of a format that this ladder does not read; it reads {FORMAT}")
    folder = path.parent
    late = table.table("late", {})
    refuse = late.choice("policy", ("accept", "refuse")) == "refuse" if "policy" in late else False
    grace = timedelta(minutes=late.whole("grace_minutes", 0))
    late.close()
    cohort = Cohort(
        name=table.slug("name"),
        key=Key.read(folder / table.text("key")),
        ledger=_place(folder, table.text("ledger", "ledger.db")),
        store=_place(folder, table.text("store", "store")),
        out=folder / table.text("out", "feedback"),
        roster=tuple(read_roster(folder / table.text("roster"))) if "roster" in table else None,
        refuse_late=refuse,
        grace=grace,
        levels=dict(_terms(one) for one in table.tables("level")) if "level" in table else {},
    )
    table.close()
    return cohort


def for_inbox(key: Key, out: Path) -> Cohort:
    """The cohort of an inbox without a cohort.toml: everything lies in ``out`` and nobody is late."""
    return Cohort(NAME, key, str(out / "ledger.db"), str(out / "store"), out)


def find(inbox: Path) -> Path | None:
    """The cohort.toml beside an inbox, if there is one."""
    beside = inbox.absolute().parent / FILE
    return beside if beside.is_file() else None


def _terms(table: Table) -> tuple[str, Terms]:
    level = table.text("id")
    if level not in catalog.level_ids():
        raise table.fault(f"there is no level {level!r}; there are: {', '.join(catalog.level_ids()) or 'none'}")
    due = table.moment("due") if "due" in table else None
    terms = Terms(due, table.slug("resource") if "resource" in table else "")
    table.close()
    return level, terms


def _place(folder: Path, text: str) -> str:
    """A path relative to the cohort.toml, or a URL as it is."""
    return text if "://" in text else str(folder / text)


def _one_spelling(name: str) -> str:
    return unicodedata.normalize("NFC", name)
