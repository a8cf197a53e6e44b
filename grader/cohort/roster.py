"""Who is in a cohort: one name a line."""

from __future__ import annotations

from pathlib import Path

from grader.cohort.folder import safe_name
from grader.errors import InputError


def read_roster(file: Path) -> list[str]:
    """The learners of a roster: one name a line, `#` begins a comment. A name becomes a folder, so it must be one.

    InputError names the line that cannot be used.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from None
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        name = line.split("#", 1)[0].strip()
        if not name:
            continue
        if name != safe_name(name):
            raise InputError(f"{file}, line {number}: {name!r} cannot name a folder; use letters, digits and . _ @ + -")
        if name in names:
            raise InputError(f"{file}, line {number}: {name!r} is there twice")
        names.append(name)
    if not names:
        raise InputError(f"{file}: names nobody")
    return names
