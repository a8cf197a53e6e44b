"""What is installed for building learners' images where there is no network: a base image, wheels, and hadolint.

``FOLDER/store`` is a container storage with one image in it, a small Debian with Python under the names that
Dockerfiles use for one; ``FOLDER/wheels`` are the packages that a service needs, in the versions of this environment;
``FOLDER/hadolint`` is the linter, as a Python package. The engine, Buildah, is the system's own.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

VERSION = "1"  # of what is made here
PARTS = ("store", "wheels", "hadolint")
PROGRAMS = ("buildah", "unshare", "nsenter")  # that a builder runs; below /usr


@dataclass(frozen=True)
class About:
    """What an installation says of itself."""

    ids: tuple[int, int]  # on this machine, of the user namespace that the store belongs to
    wheels: tuple[str, ...]  # NAME==VERSION


def about(folder: Path) -> About | None:
    """What is installed in ``folder``; None if that is nothing, not whole or of another version."""
    try:
        said = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        if said["version"] != VERSION or not all((folder / part).is_dir() for part in PARTS):
            return None
        return About((said["ids"][0], said["ids"][1]), tuple(said["wheels"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def missing_programs() -> list[str]:
    """The programs of the system that are needed to build an image, and are not there."""
    found = {name: shutil.which(name) for name in PROGRAMS}
    return [name for name, path in found.items() if path is None or not Path(path).resolve().is_relative_to("/usr")]
