"""Commands of whoever runs a machine: tools that a few exercises are judged with."""

from __future__ import annotations

import sys

import click

from grader.cli.root import main


@main.group()
def tools() -> None:
    """Programs that no Python package brings."""


@tools.command("install")
@click.argument("name")
def tools_install(name: str) -> None:
    """Put the tool NAME into $LADDER_TOOLS, else ~/.cache/ladder/tools; goes on where an earlier try stopped."""
    from grader.installer import install

    install(name, lambda line: click.echo(line, err=True))


@tools.command("run", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def tools_run(name: str, arguments: tuple[str, ...]) -> None:
    """Run the installed tool NAME with ARGUMENTS; n8n keeps what it is told in a folder beside it."""
    from grader.installer import run

    sys.exit(run(name, arguments))
