"""Programs that a few exercises are judged with and that no Python package brings: put into a folder of their own.

``$LADDER_TOOLS`` names the folder, else it is ``~/.cache/ladder/tools``: outside the checkout, so that it outlives it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.errors import InputError
from grader.tools import n8n
from grader.tools.folder import tools_folder

__all__ = ["TOOLS", "install", "tools_folder"]

Say = Callable[[str], None]
TOOLS: dict[str, Callable[[Path, Say], str]] = {"n8n": n8n.install}


def install(name: str, say: Say) -> str:
    """Put a tool into the tools folder, going on where an earlier try stopped; the version that then answers.

    InputError if there is no such tool, GraderFault with the reason if it cannot be had.
    """
    if name not in TOOLS:
        raise InputError(f"no tool {name!r}; there are: {', '.join(TOOLS)}")
    return TOOLS[name](tools_folder() / name, say)
