"""Commands of an author: content, data."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.root import main
from grader.errors import NotHeld


@main.group()
def content() -> None:
    """For authors: prove that a level's checks judge what they say."""


@content.command("check")
@click.argument("level_names", nargs=-1, metavar="[LEVEL]...")
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Learners to grade the reference for.",
)
@click.option("--full", is_flag=True, help="Run every variant, whatever proof.json says.")
def content_check(level_names: tuple[str, ...], seeds: int, full: bool) -> None:
    """Starter earns 0, reference and right variants all, wrong variants fail what they name, the zoo nothing."""
    from grader.content import gate

    raise click.exceptions.Exit(gate.check(level_names, seeds=seeds, full=full))


@content.command("prove")
@click.argument("level_names", nargs=-1, metavar="[LEVEL]...")
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="Learners to grade the reference for.",
)
@click.option("--full", is_flag=True, help="Run everything, whatever proof.json says.")
def content_prove(level_names: tuple[str, ...], seeds: int, full: bool) -> None:
    """Run what proof.json does not prove, and write there what holds: the next check runs in full what has changed."""
    from grader.content import gate

    raise click.exceptions.Exit(gate.prove(level_names, seeds=seeds, full=full))


@main.group()
def data() -> None:
    """The data sets that ship with the levels."""


@data.command("verify")
def data_verify() -> None:
    """Compare every data file with the manifest."""
    from grader import datasets

    problems = datasets.verify()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(NotHeld.exit_code)
    click.echo(f"{len(datasets.load_manifest())} data files are as the manifest says.")


@data.command("build")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="datasets-built",
    show_default=True,
    help="Where to write.",
)
def data_build(out: Path) -> None:
    """Build the data files anew from their sources, by the recipes, and compare hashes."""
    from grader import datasets

    datasets.build(out)
    click.echo(f"Built into {out}; the hashes are those of the manifest.")
