"""Commands over a whole cohort: which checks work, which submissions are alike."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.mentor import cohort
from grader.errors import InputError
from grader.model import Scorecard

_OUT = click.option("--out", type=click.Path(path_type=Path), metavar="FILE.csv", help="Also write a table here.")


@cohort.command("items")
@click.argument("arguments", nargs=-1, metavar="[LEVEL] [SCORECARDS]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@_OUT
def cohort_items(arguments: tuple[str, ...], as_json: bool, out: Path | None) -> None:
    """Say of each check how hard it is, whether it tells learners apart, and which mistakes fail it.

    SCORECARDS are files (what `ladder grade --json` prints) or the folder that `--out` wrote.
    """
    from grader import catalog
    from grader.analysis import items_table
    from grader.analysis.items import analyse

    level_id, paths = _level_first(arguments)
    cards = _cards(paths)
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


def _cards(paths: list[Path]) -> list[Scorecard]:
    from grader.analysis import scorecards

    return scorecards.read(paths)


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


def _write(file: Path, table: str) -> None:
    try:
        file.write_text(table, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
