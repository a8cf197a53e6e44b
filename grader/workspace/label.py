"""Which level a workspace on disk is for."""

from __future__ import annotations

from pathlib import Path

from grader import catalog
from grader.errors import InputError
from grader.intake.label import FILE, Label
from grader.intake.names import Refusal
from grader.model import Level


def level_of(folder: Path) -> Level:
    """The level that the workspace in ``folder`` says it is for; InputError if it is no workspace."""
    try:
        return catalog.find_level(Label.parse((folder / FILE).read_bytes()).level)
    except OSError:
        raise InputError(f"{folder}: is no workspace: it has no {FILE}; `ladder start` makes one") from None
    except Refusal as refusal:
        raise InputError(f"{folder}: {refusal}") from None
