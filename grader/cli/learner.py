"""Commands of a learner: levels, start, check, hint, pack."""

from __future__ import annotations

import json
from pathlib import Path

import click

from grader.cli.root import main
from grader.errors import NotHeld


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def levels(as_json: bool) -> None:
    """List levels, skills, exercises and points."""
    from grader import catalog
    from grader.report import levels as shown

    found = catalog.all_levels()
    click.echo(json.dumps(shown.as_json(found), indent=2) if as_json else shown.as_text(found))
    for name in catalog.strangers():
        click.echo(f"note: {name} is left out: levels are called as 07-its-name is", err=True)


@main.command()
@click.argument("level")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--learner", default="learner", show_default=True, help="Your name: your data is made from it.")
@click.option(
    "--from",
    "from_workspace",
    type=click.Path(path_type=Path),
    help="Carry work forward from this workspace.",
)
def start(level: str, folder: Path | None, learner: str, from_workspace: Path | None) -> None:
    """Make a workspace: notebooks, starter repo with git, and your own data."""
    from grader import catalog
    from grader.seeds import Key
    from grader.workspace import start as starting

    found = catalog.find_level(level)
    target = folder or Path(found.id)
    starting.start(found, target, learner, Key.practice(), from_workspace)
    click.echo(f"Ready: {target}. Read {target / 'README.md'}, then open {target / 'notebooks'} in Jupyter.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes; Ctrl-C ends it.")
@click.option("--exercise", "exercises", multiple=True, help="Only this exercise; may be given more than once.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line per check on stdout.")
def check(folder: Path, watch: bool, exercises: tuple[str, ...], as_json: bool) -> None:
    """Run the visible checks on your workspace, with hints on offer."""
    from grader.workspace import check as checking

    held = (checking.watch if watch else checking.run)(folder, as_json, exercises)
    if not held:
        raise click.exceptions.Exit(NotHeld.exit_code)


@main.command()
@click.argument("check_id", metavar="CHECK")
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    default=".",
    help="Your workspace; the current folder if not said.",
)
def hint(check_id: str, workspace: Path) -> None:
    """Give the next hint for a check: a nudge first, nearly the way next."""
    from grader.workspace import hint as hinting
    from grader.workspace.label import level_of

    given = hinting.hint(level_of(workspace), check_id, workspace)
    click.echo(f"{given.check}, {given.kind} ({given.step} of {given.steps})")
    click.echo(given.text)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def pack(folder: Path) -> None:
    """Pack a workspace into <folder>-<level>.tar.gz in the current folder, history included."""
    from grader.workspace import pack as packing

    archive, warnings = packing.pack(folder, Path.cwd())
    for warning in warnings:
        click.echo(f"note: {warning}", err=True)
    click.echo(archive.name)
