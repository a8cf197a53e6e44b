"""Puts the tools of `grader.tools` onto this machine, and runs them in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import InputError
from grader.installer import images, n8n
from grader.tools import tools_folder

__all__ = ["TOOLS", "Tool", "install", "run"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class Tool:
    """What can be done with a tool, given its folder: put it there; run it with arguments and return its exit code."""

    install: Callable[[Path, Say], str]
    run: Callable[[Path, Sequence[str]], int]


TOOLS = {"n8n": Tool(n8n.install, n8n.run), "images": Tool(images.install, images.run)}


def install(name: str, say: Say) -> str:
    """Put a tool into the tools folder, going on where an earlier try stopped; the version that then answers.

    InputError if there is no such tool, GraderFault with the reason if it cannot be had.
    """
    return _known(name).install(tools_folder() / name, say)


def run(name: str, arguments: Sequence[str]) -> int:
    """Run an installed tool in this terminal; its exit code. InputError and GraderFault as with ``install``."""
    return _known(name).run(tools_folder() / name, arguments)


def _known(name: str) -> Tool:
    if name not in TOOLS:
        raise InputError(f"no tool {name!r}; there are: {', '.join(TOOLS)}")
    return TOOLS[name]
