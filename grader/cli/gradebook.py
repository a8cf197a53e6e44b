"""Commands on nbgrader's gradebook: sync."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.root import main

_PATH = click.Path(path_type=Path)


@main.group()
def gradebook() -> None:
    """nbgrader's gradebook of our own levels: scores go there, manual marks come back."""


@gradebook.command("sync")
@click.option("--cohort", "cohort_file", required=True, type=_PATH, help="The cohort.toml.")
@click.option("--gradebook", "address", required=True, help="A path (SQLite), sqlite:///… or postgresql://…")
@click.option("--course", type=_PATH, help="Also write autograded notebooks into this course folder, for formgrader.")
@click.option("--create", is_flag=True, help="Make the SQLite gradebook if it is not there.")
@click.option("--by", help="Whose the marks in the gradebook are; the account's name if not said.")
def gradebook_sync(cohort_file: Path, address: str, course: Path | None, create: bool, by: str | None) -> None:
    """Enter every scorecard that stands, and read back scores, extra credit and comments that people gave.

    A second time changes nothing. A mark that somebody gave stays when its check is graded anew, and is flagged.
    """
    from grader.cohort import settings
    from grader.nbgrader_course import syncing
    from grader.promotion.person import person

    for line in syncing.run(settings.read(cohort_file), address, person(by), course, create=create):
        click.echo(line)
