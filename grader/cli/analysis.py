"""Commands over a whole cohort: which checks work, which submissions are alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.mentor import cohort
from grader.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.analysis.submissions import Handed
    from grader.cohort.settings import Cohort
    from grader.model import Scorecard

_PATH = click.Path(path_type=Path)
_OUT = click.option("--out", type=_PATH, metavar="FILE.csv", help="Also write a table here.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
_COHORT = click.option(
    "--cohort",
    "cohort_file",
    type=_PATH,
    help="A cohort.toml: takes what its ledger counts. The one in this folder if nothing is said.",
)
_EVERY = 100  # submissions between two lines of progress


@cohort.command("items")
@click.argument("arguments", nargs=-1, metavar="[LEVEL] [SCORECARDS]...")
@click.option("--ledger", "address", help="A ledger: a path, or postgresql://…")
@_COHORT
@_JSON
@_OUT
def cohort_items(
    arguments: tuple[str, ...], address: str | None, cohort_file: Path | None, as_json: bool, out: Path | None
) -> None:
    """Say of each check how hard it is, whether it tells learners apart, and which mistakes fail it.

    SCORECARDS are files (what `ladder grade --json` prints) or the folder that `--out` wrote; or name a ledger.
    """
    from grader import catalog
    from grader.analysis import items_table
    from grader.analysis.items import analyse

    level_id, paths = _level_first(arguments)
    cards = _cards(paths, address, cohort_file)
    wanted = [level_id] if level_id else sorted({card.level for card in cards})
    analyses = []
    for name in wanted:
        level = catalog.find_level(name)
        if not any(card.level == level.id for card in cards):
            raise InputError(f"there is no scorecard of {level.id} among the {len(cards)}")
        analyses.append(analyse(level, cards, catalog.read_variants(level)))
    if out is not None:
        _write(out, items_table.as_csv(analyses))
    click.echo(items_table.as_json(analyses) if as_json else "\n\n".join(map(items_table.as_text, analyses)))


@cohort.command("likeness")
@click.argument("inbox", type=_PATH, required=False)
@_COHORT
@click.option("--level", help="Only submissions of this level.")
@_JSON
@_OUT
def cohort_likeness(
    inbox: Path | None, cohort_file: Path | None, level: str | None, as_json: bool, out: Path | None
) -> None:
    """List submissions that share answers, for a mentor to look at; never a verdict.

    Compared are the learners' own cells and files, less the starter's. INBOX holds <learner>/<level>.tar.gz.
    """
    from grader import catalog
    from grader.analysis import likeness_table
    from grader.analysis.likeness import compare
    from grader.analysis.submissions import gather

    if inbox is None:
        cohort_file = cohort_file or _here()
    if (inbox is None) == (cohort_file is None):
        raise InputError("name an INBOX, or a cohort.toml with --cohort")
    level_id = None if level is None else catalog.find_level(level).id
    with ExitStack() as stack:
        gathered = gather(_handed(inbox, cohort_file, stack), level_id, _progress())
    if sys.stderr.isatty():
        click.echo(err=True)
    for line in gathered.rejected:
        click.echo(f"left out: {line}", err=True)
    if not gathered.works:
        raise InputError("there is no submission to compare")
    found = [compare(name, works) for name, works in gathered.works.items()]
    if out is not None:
        _write(out, likeness_table.as_csv(found))
    click.echo(likeness_table.as_json(found) if as_json else "\n\n".join(map(likeness_table.as_text, found)))


def _handed(inbox: Path | None, cohort_file: Path | None, stack: ExitStack) -> Iterator[Handed]:
    from grader.analysis import submissions
    from grader.cohort.inbox import found_in
    from grader.cohort.store import Store
    from grader.ledger import open_ledger

    if inbox is not None:
        return submissions.from_inbox(found_in(inbox))
    assert cohort_file is not None
    settings = _settings(cohort_file)
    ledger = stack.enter_context(open_ledger(settings.ledger, settings.name, create=False))
    return submissions.from_ledger(ledger, Store(settings.store))


def _cards(paths: list[Path], address: str | None, cohort_file: Path | None) -> list[Scorecard]:
    from grader.analysis import scorecards
    from grader.ledger import open_ledger

    if not paths and address is None:
        cohort_file = cohort_file or _here()
    if sum((bool(paths), address is not None, cohort_file is not None)) != 1:
        raise InputError("name scorecards, or a ledger with --ledger, or a cohort.toml with --cohort")
    if paths:
        return scorecards.read(paths)
    if cohort_file is not None:
        found = _settings(cohort_file)
        address, name = found.ledger, found.name
    else:
        assert address is not None
        name = _only_cohort(address)
    with open_ledger(address, name, create=False) as ledger:
        return scorecards.counted(ledger)


def _only_cohort(address: str) -> str:
    """The name of the cohort in a ledger that was named by itself."""
    from grader.cohort.settings import NAME
    from grader.ledger import open_ledger

    with open_ledger(address, create=False) as ledger:
        names = ledger.cohorts()
    if len(names) > 1 and NAME not in names:
        raise InputError(f"{ledger.name} holds several cohorts ({', '.join(names)}); name one with --cohort")
    return NAME if NAME in names or not names else names[0]


def _here() -> Path | None:
    """The cohort.toml of the current folder, if there is one."""
    from grader.cohort.settings import FILE

    return Path(FILE) if Path(FILE).is_file() else None


def _settings(file: Path) -> Cohort:
    from grader.cohort import settings

    return settings.read(file)


def _level_first(arguments: tuple[str, ...]) -> tuple[str | None, list[Path]]:
    """The level, if the first argument names one and no file, and the paths after it."""
    from grader import catalog

    level = None
    if arguments and not Path(arguments[0]).exists() and not set("/\\.") & set(arguments[0]):
        level = catalog.find_level(arguments[0]).id
        arguments = arguments[1:]
    paths = [Path(argument) for argument in arguments]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
    return level, paths


def _progress() -> Callable[[int], None]:
    """Says on stderr how far the reading is: in one line that changes on a terminal, else now and then."""

    def heard(number: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\rread {number} submissions", err=True, nl=False)
        elif number % _EVERY == 0:
            click.echo(f"read {number} submissions", err=True)

    return heard


def _write(file: Path, table: str) -> None:
    try:
        file.write_text(table, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
