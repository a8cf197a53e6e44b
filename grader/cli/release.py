"""The command that hands the levels out: release."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.root import main


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--level", "names", multiple=True, help="Only this level; may be given again. All of them if not said.")
def release(out: Path, names: tuple[str, ...]) -> None:
    """Write what learners may have into the new folder OUT: an installable package without a single answer.

    Every file is searched for everything that learners may not have; with one find nothing is released.
    """
    from grader import catalog
    from grader.release import writing

    levels = [catalog.find_level(name) for name in names or catalog.level_ids()]
    levels = list({level.id: level for level in levels}.values())
    done = writing.release(out, levels)
    names_of = ", ".join(level.id for level in levels)
    click.echo(f"Released {names_of} into {out}: {done.files} files, {done.size / 2**20:.1f} MB.")
    click.echo(f"None of {done.secrets} secret strings is in any of them.")
    click.echo(f"sha256 of {writing.SUMS}: {done.digest}")
