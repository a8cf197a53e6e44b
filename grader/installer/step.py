"""One command of an installation."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.errors import GraderFault


def said_by(
    command: Sequence[str], where: Path, seconds: float, *, name: str = "", environment: Mapping[str, str] | None = None
) -> str:
    """What a command prints; GraderFault with its last line if it fails. ``name``: what it is called in that line."""
    name = name or Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise GraderFault(f"{name} was not done after {seconds:g} seconds; start again to go on") from None
    except OSError as error:
        raise GraderFault(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise GraderFault(f"{name} ended with {done.returncode}: {said[-1] if said else 'it said nothing'}")
    return done.stdout
