"""Commands on the ledger itself: verify, export."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from grader.cli.root import main
from grader.errors import InputError, NotHeld
from grader.report.message import label, shown

if TYPE_CHECKING:
    from grader.ledger import Ledger

_LEDGER = "A path, postgresql://…, or a cohort.toml; the cohort.toml in this folder if not said."


@main.group()
def ledger() -> None:
    """Look after the ledger: does it hold, and what is in it?"""


@ledger.command("verify")
@click.argument("address", required=False, metavar="[LEDGER]")
@click.option("--cohort", help="The name of one cohort, where LEDGER holds several.")
@click.option("--head", help="A digest that an earlier verify printed: that entry must still be there.")
def ledger_verify(address: str | None, cohort: str | None, head: str | None) -> None:
    """Follow the chain of LEDGER from its first entry; exit code 1 if something does not hold.

    LEDGER is a path, postgresql://…, or a cohort.toml; the cohort.toml in this folder if not said. Keep the digest
    that is printed somewhere else: who can rewrite the whole ledger cannot rewrite that.
    """
    from rich.console import Console

    if head is not None and not re.fullmatch("[0-9a-f]{64}", head):
        raise InputError("--head: a digest of 64 hex digits is expected, as `ladder ledger verify` prints it")
    holds = True
    with _chains(address, cohort) as chains:
        if head is not None and len(chains) > 1:
            raise InputError("--head is of one chain; name its cohort with --cohort")
        if not chains:
            click.echo("no entries")
            holds = head is None
        for chain in chains:
            with Console(stderr=True).status(f"following {label(chain.cohort)}"):
                faults = list(chain.verify(head=head))
            for fault in faults:
                click.echo(f"{label(chain.cohort)}: {' '.join(shown(fault, 500).split())}")
            number, digest = chain.head()
            verdict = "does not hold" if faults else "holds"
            entries = "1 entry" if number == 1 else f"{number} entries"
            click.echo(f"{label(chain.cohort)}: {entries}, head {digest}, {verdict}")
            holds = holds and not faults
    if not holds:
        raise click.exceptions.Exit(NotHeld.exit_code)


@ledger.command("export")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--ledger", "address", help=_LEDGER)
@click.option("--cohort", help="The name of one cohort, where the ledger holds several; all if not said.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="Of the files.",
)
def ledger_export(out: Path, address: str | None, cohort: str | None, form: Literal["parquet", "csv"]) -> None:
    """Write the ledger as tables into the folder OUT, for DuckDB, pandas or a spreadsheet."""
    from rich.console import Console

    from grader.ledger import export

    with _chains(address, cohort) as chains, Console(stderr=True).status("writing"):
        counts = export.export(chains, out, form)
    for name, count in counts.items():
        click.echo(f"{out / name}.{form}: {count} row{'' if count == 1 else 's'}")


@contextlib.contextmanager
def _chains(address: str | None, cohort: str | None) -> Iterator[list[Ledger]]:
    """The chains that a command is about, opened; nothing is made anew."""
    from grader.cohort import settings
    from grader.ledger import open_ledger

    if address is None:
        address = settings.FILE
        if not Path(address).exists():
            raise InputError(f"there is no {address} here; name the ledger")
    if address.endswith(".toml"):
        of = settings.read(Path(address))
        address, cohort = of.ledger, cohort or of.name
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(open_ledger(address, cohort or settings.NAME, create=False))
        names = first.cohorts()
        if cohort is None:
            yield [stack.enter_context(open_ledger(address, name, create=False)) for name in names]
        elif cohort in names:
            yield [first]
        else:
            there = ", ".join(names) or "none"
            raise InputError(f"{first.name}: there is no cohort {cohort!r}; there are: {there}")
