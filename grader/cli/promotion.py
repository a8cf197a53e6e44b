"""Commands of a mentor who judges: review, promote."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.root import main
from grader.errors import InputError, NotHeld
from grader.report.message import shown

if TYPE_CHECKING:
    from grader.cohort.store import Store
    from grader.ledger import Ledger, Standing
    from grader.model import Level, Rubric
    from grader.promotion.decision import Decision
    from grader.promotion.review import Mark
    from grader.seeds import Key

_PATH = click.Path(path_type=Path)
_LINE = 4000  # characters of one line on the terminal


def _ledger_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--by", help="Who you are, as the ledger shall say; the account's name if not said."),
        click.option("--ledger", "address", help="The ledger itself: a path, or postgresql://…"),
        click.option(
            "--cohort", "cohort_file", type=_PATH, help="The cohort.toml; the one in this folder if not said."
        ),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("learner")
@click.argument("level")
@_ledger_options
@click.option("--review", "review_id", help="Which review, where a level has several.")
@click.option(
    "--marks", "marks_file", type=_PATH, help="A TOML file with points and why for each criterion; asks nothing."
)
def review(
    learner: str,
    level: str,
    cohort_file: Path | None,
    address: str | None,
    by: str | None,
    review_id: str | None,
    marks_file: Path | None,
) -> None:
    """Enter a mentor's marks for LEARNER's submission of LEVEL by the level's rubric."""
    from grader import catalog
    from grader.promotion import review as reviewing
    from grader.promotion.decision import find_standing
    from grader.promotion.person import person

    found, name, learner = catalog.find_level(level), person(by), _as_kept(learner)
    rubric = _rubric(found, review_id, ask=marks_file is None)
    with _opened(cohort_file, address) as (ledger, _, _):
        standing = find_standing(ledger, found, learner)
        marks = _ask(found, rubric, standing, name) if marks_file is None else reviewing.read_marks(marks_file, rubric)
        entry = reviewing.record(ledger, standing, rubric, marks, name)
    said = reviewing.read(entry)
    verdict = "enough" if said.passed else "not enough"
    _say(
        f"{learner}, {found.id}, {rubric.id}: {said.points} of {said.max_points} by {entry.by}, {verdict} "
        f"(at least {rubric.minimum}). Entry {entry.number} of the ledger."
    )


@main.command()
@click.argument("learner")
@click.argument("level")
@_ledger_options
@click.option(
    "--out", type=_PATH, default="evidence", show_default=True, help="The folder that evidence is written into."
)
@click.option("--json", "as_json", is_flag=True, help="The decision as JSON on stdout.")
def promote(
    learner: str,
    level: str,
    cohort_file: Path | None,
    address: str | None,
    by: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Decide by the promotion rule whether LEARNER has done LEVEL; exit code 0 if so, 1 if not."""
    from grader import catalog
    from grader.promotion import evidence
    from grader.promotion.decision import decide, find_standing
    from grader.promotion.person import person

    found, learner = catalog.find_level(level), _as_kept(learner)
    with _opened(cohort_file, address) as (ledger, store, key):
        taken = evidence.take(ledger, store, found, find_standing(ledger, found, learner), key)
        decision = decide(ledger, found, learner, person(by))
        folder = evidence.write(out, evidence.gather(ledger, found, decision, taken))
    if as_json:
        click.echo(json.dumps(_as_json(decision, folder)))
    else:
        _show(found, decision, folder)
    if not decision.promoted:
        raise click.exceptions.Exit(NotHeld.exit_code)


@contextmanager
def _opened(cohort_file: Path | None, address: str | None) -> Iterator[tuple[Ledger, Store | None, Key | None]]:
    """Ledger, store and key, by a cohort.toml; or by the ledger's own address, with the store beside it and no key.

    Nothing is made anew.
    """
    from grader.cohort import settings
    from grader.cohort.store import Store
    from grader.ledger import open_ledger

    if cohort_file is not None and address is not None:
        raise InputError("--cohort says where the ledger is; --ledger cannot say it too")
    if address is None:
        file = Path(settings.FILE) if cohort_file is None else cohort_file
        if cohort_file is None and not file.exists():
            raise InputError(f"there is no {file} here; name the cohort with --cohort or its ledger with --ledger")
        cohort = settings.read(file)
        with open_ledger(cohort.ledger, cohort.name, create=False) as ledger:
            yield ledger, Store(cohort.store), cohort.key
        return
    with open_ledger(address, create=False) as ledger:
        names = ledger.cohorts()
    if len(names) > 1 and settings.NAME not in names:
        raise InputError(f"{ledger.name} holds several cohorts ({', '.join(names)}); name one with --cohort")
    name = settings.NAME if settings.NAME in names or not names else names[0]
    beside = None if "://" in address else Path(address).parent / "store"
    with open_ledger(address, name, create=False) as ledger:
        yield ledger, Store(str(beside)) if beside is not None and beside.is_dir() else None, None


def _as_kept(learner: str) -> str:
    """A learner's name as the ledger has it, whichever way the terminal stores accents."""
    return unicodedata.normalize("NFC", learner)


def _rubric(level: Level, review_id: str | None, *, ask: bool) -> Rubric:
    ids = [rubric.id for rubric in level.reviews]
    if not ids:
        raise InputError(f"{level.id} has no rubric to review by")
    if review_id is None and len(ids) > 1:
        if not ask:
            raise InputError(f"{level.id} has several reviews; name one with --review: {', '.join(ids)}")
        review_id = click.prompt("Which review", type=click.Choice(ids), err=True)
    if review_id is not None and review_id not in ids:
        raise InputError(f"{level.id} has no review {review_id!r}; there are: {', '.join(ids)}")
    return level.review(review_id or ids[0])


def _ask(level: Level, rubric: Rubric, standing: Standing, by: str) -> dict[str, Mark]:
    """Ask for each criterion; nothing is recorded before the last answer, so Ctrl-C leaves no trace."""
    from grader.promotion import review as reviewing

    card = standing.scorecard
    _say(f"{standing.entry.learner}, {level.id}: {rubric.title}", err=True)
    _say(f"Read “{level.exercise(rubric.exercise).title}” first. Submission {card.submission_digest}", err=True)
    for one in reviewing.count(rubric, standing).counting:
        _say(f"Already marked by {one.by}: {one.points} of {one.max_points}.", err=True)
    _say("Ctrl-C at any time records nothing.", err=True)
    marks = {}
    for place, criterion in enumerate(rubric.criteria, start=1):
        click.echo(err=True)
        _say(f"{place} of {len(rubric.criteria)}  {criterion.title}", err=True)
        for points, meaning in enumerate(criterion.marks):
            _say(meaning, f"  {points}  ", err=True)
        points = click.prompt("Points", type=click.IntRange(0, criterion.points), err=True)
        marks[criterion.id] = reviewing.Mark(points, click.prompt("Why", type=str, value_proc=_reason, err=True))
    given = sum(mark.points for mark in marks.values())
    verdict = "enough" if given >= rubric.minimum else "not enough"
    click.echo(err=True)
    _say(f"{given} of {rubric.max_points}: {verdict}, at least {rubric.minimum} are asked.", err=True)
    if not click.confirm(f"Record this as {by}?", default=True, err=True):
        raise click.Abort
    return marks


def _reason(text: str) -> str:
    if not text.strip():
        raise click.UsageError("a mark needs a reason: what did you see?")
    return text.strip()


def _as_json(decision: Decision, folder: Path) -> dict[str, Any]:
    entry = decision.entry
    return {
        "format_version": entry.body["format_version"],
        "learner": entry.learner,
        "level": entry.level,
        "promoted": decision.promoted,
        "at": entry.at,
        "by": entry.by,
        "fresh": decision.fresh,
        "entry": entry.digest,
        "lines": entry.body["lines"],
        "notes": list(decision.notes),
        "evidence": str(folder),
    }


def _show(level: Level, decision: Decision, folder: Path) -> None:
    from grader.promotion.rule import day

    entry = decision.entry
    verdict = "promoted" if decision.promoted else "not promoted"
    _say(f"{entry.learner}, {level.id} {level.title}: {verdict}")
    for line in decision.lines:
        mark = click.style("  met      ", fg="green") if line.met else click.style("  not met  ", fg="red")
        _say(line.line, mark)
        _say(line.because, "           ")
    for note in decision.notes:
        _say(note, "  note     ")
    again = "" if decision.fresh else "; nothing has changed since"
    _say(f"Decided on {day(entry)} by {entry.by}, entry {entry.number} of the ledger{again}.")
    _say(f"Evidence: {folder}")


def _say(text: str, before: str = "", *, err: bool = False) -> None:
    """One line of words, some of them a learner's: nothing in them moves the cursor or colours the terminal.

    What the terminal's encoding does not have becomes a question mark.
    """
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    line = " ".join(shown(text, _LINE).split("\n"))
    click.echo(before + line.encode(encoding, "replace").decode(encoding), err=err)
