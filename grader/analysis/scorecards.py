"""Scorecards of a cohort: out of files that `ladder grade` leaves, or as the ledger counts them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.errors import InputError
from grader.ledger import Kind, Ledger
from grader.ledger.store import scorecard_of
from grader.model import Scorecard
from grader.scoring import from_json, from_line

_SCORECARD_KEY = "checks_digest"  # no other file that grading leaves has it


def read(paths: Iterable[Path]) -> list[Scorecard]:
    """Every scorecard in files (one JSON object, or one a line) and folders (``FOLDER/<learner>/<level>.json``).

    InputError of one line for what cannot be read, for a file without a scorecard, and if there is none at all.
    """
    cards = [card for path in paths for card in (_folder(path) if path.is_dir() else _file(path))]
    if not cards:
        raise InputError("no scorecard here: name files or the folder that `ladder cohort grade --out` wrote")
    return cards


def counted(ledger: Ledger) -> list[Scorecard]:
    """The standing scorecard of every learner and level; the newest one where an error of ours keeps all from standing.

    InputError if the ledger has none.
    """
    found = {(one.entry.learner, one.entry.level): one.scorecard for one in ledger.standing()}
    newest = {
        (entry.learner, entry.level): entry for entry in ledger.entries(kind=Kind.SCORECARD) if entry.body["stands"]
    }
    cards = [*found.values(), *(scorecard_of(entry) for owner, entry in newest.items() if owner not in found)]
    if not cards:
        raise InputError(f"{ledger.name}: holds no scorecard of this cohort")
    return cards


def _folder(folder: Path) -> Iterator[Scorecard]:
    """The scorecards of a folder and of those in it; other JSON is passed over, a broken scorecard is not."""
    for file in sorted([*folder.glob("*.json*"), *folder.glob("*/*.json")]):
        if file.suffix in (".json", ".jsonl") and f'"{_SCORECARD_KEY}"' in _text(file):
            yield from _file(file)


def _file(file: Path) -> Iterator[Scorecard]:
    text = _text(file)
    if not text.strip():
        raise InputError(f"{file}: is empty")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    try:
        if isinstance(whole, dict):
            yield from_json(whole)
            return
        for line in text.splitlines():
            if line.strip():
                yield from_line(line)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: is not UTF-8 text, so it is no scorecard") from None
