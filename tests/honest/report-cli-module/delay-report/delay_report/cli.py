"""The command, also installed as ``delay-report``."""

import importlib
import pkgutil
import sys
from pathlib import Path

import click

from . import airports, outputs, read, summary


def writers():
    for found in pkgutil.iter_modules(outputs.__path__):
        yield found.name, importlib.import_module(f"{outputs.__name__}.{found.name}").write


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("raw", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def run(raw, out):
    """Sum RAW up in OUT."""
    try:
        report = summary.summarise(read.read_flights(raw), airports.read_airports(raw))
    except read.BadInput as problem:
        click.secho(f"delay-report: {problem}", fg="red", err=True)
        sys.exit(2)
    out.mkdir(parents=True, exist_ok=True)
    dict(writers())["comma"](report, out / "report.csv")
    click.echo(click.style("done", bold=True))
