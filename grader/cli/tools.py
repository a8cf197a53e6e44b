"""Commands of whoever runs a machine: tools that a few exercises are judged with."""

from __future__ import annotations

import click

from grader.cli.root import main


@main.group()
def tools() -> None:
    """Programs that no Python package brings."""


@tools.command("install")
@click.argument("name")
def tools_install(name: str) -> None:
    """Put the tool NAME into $LADDER_TOOLS, else ~/.cache/ladder/tools; goes on where an earlier try stopped."""
    from grader.tools import install

    install(name, lambda line: click.echo(line, err=True))
