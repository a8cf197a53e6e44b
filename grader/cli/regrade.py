"""The command that regrades a cohort: look, approve, take back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.mentor import cohort
from grader.errors import GraderFault, InputError
from grader.report.message import label

if TYPE_CHECKING:
    from grader.cohort.regrade import Mark, Regraded
    from grader.cohort.regrading import Looked
    from grader.cohort.settings import Cohort
    from grader.ledger import Ledger

_PAGES = "the next `ladder cohort grade` writes learners' pages and cohort.csv by what stands now"
_PATH = click.Path(path_type=Path)


@cohort.command("regrade")
@click.argument("inbox", required=False, type=_PATH)
@click.option("--dry-run", "look", is_flag=True, help="Say what would be different and why; change nothing.")
@click.option("--approve", is_flag=True, help="Put the new scorecards in force, beside the old ones.")
@click.option("--revert", metavar="ENTRY", help="Put back what this approval replaced: its number or its digest.")
@click.option("--cohort", "cohort_file", type=_PATH, help="The cohort.toml, if it is not beside INBOX.")
@click.option("--out", type=_PATH, help="Where `cohort grade --out` wrote, for a cohort without a cohort.toml.")
@click.option("--key", "key_file", type=_PATH, help="The cohort's key file; the practice key if not said.")
@click.option("--level", help="Only this level.")
@click.option("--learner", help="Only this learner.")
@click.option("--by", help="Who approves or reverts, as the ledger shall say; the account's name if not said.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Submissions at once; one per core if not said.")
@click.option("--dask", metavar="ADDR", help="Grade on the Dask cluster at tcp://… or tls://….")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each learner and level.")
def cohort_regrade(
    inbox: Path | None,
    look: bool,
    approve: bool,
    revert: str | None,
    cohort_file: Path | None,
    out: Path | None,
    key_file: Path | None,
    level: str | None,
    learner: str | None,
    by: str | None,
    jobs: int | None,
    dask: str | None,
    as_json: bool,
) -> None:
    """Grade again what stands, after checks, data or packages have changed, as a change that somebody reviews.

    INBOX (or --cohort, or --out) says which cohort; submissions are taken from its store. --dry-run shows for each
    learner and check what went up, down or stayed, and why. --approve puts that in force; --revert takes an approval
    back exactly. Nothing is deleted, and reviews are kept.
    """
    from grader import catalog
    from grader.cohort import regrade as change
    from grader.cohort.regrading import regrade
    from grader.cohort.run import How
    from grader.ledger import open_ledger
    from grader.promotion.person import person

    if look + approve + (revert is not None) != 1:
        raise InputError("say one of --dry-run, --approve and --revert ENTRY")
    found = _cohort(inbox, cohort_file, out, key_file)
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(found.ledger, found.name, create=False))
        if revert is not None:
            approval = change.find_approval(ledger, revert)
            reverted = change.revert(ledger, approval, person(by))
            back = len(reverted.entry.body["puts"])
            said = f"{_count(back, 'former scorecard')} put back, as before entry {approval.number}"
            click.echo(f"entry {reverted.entry.number}: {said}")
            for name, of in reverted.left:
                click.echo(
                    f"{label(name)}, {of}: a later scorecard stands, and was left; should the submission of before be "
                    "handed in again, regrade it"
                )
            click.echo(_PAGES)
            return
        level_id = None if level is None else catalog.find_level(level).id
        looked = regrade(found, ledger, How(jobs=jobs, dask=dask), level_id, learner)
        _tell(looked, ledger, as_json)
        if approve:
            if looked.regraded:
                entry = change.approve(ledger, looked.regraded, person(by))
                _say(
                    as_json,
                    f"entry {entry.number}: {_count(len(entry.body['puts']), 'scorecard')} put in force by {entry.by}",
                )
                _say(as_json, f"to take it back: ladder cohort regrade … --revert {entry.number}")
                _say(as_json, _PAGES)
            else:
                _say(as_json, "nothing to approve")
    if looked.errors or looked.refused:
        raise click.exceptions.Exit(GraderFault.exit_code)


def _cohort(inbox: Path | None, cohort_file: Path | None, out: Path | None, key_file: Path | None) -> Cohort:
    from grader.cohort import settings
    from grader.seeds import Key

    key = None if key_file is None else Key.read(key_file)
    named = cohort_file or (settings.find(inbox) if inbox is not None else None)
    if named is None and inbox is None and out is None and Path(settings.FILE).is_file():
        named = Path(settings.FILE)
    if named is not None:
        found = settings.read(named)
        return found if key is None else replace(found, key=key)
    if out is None:
        raise InputError("there is no cohort.toml here; name it with --cohort, or --out of `ladder cohort grade`")
    return settings.for_inbox(key or Key.practice(), out)


def _tell(looked: Looked, ledger: Ledger, as_json: bool) -> None:
    for note in looked.notes:
        click.echo(f"note: {note}", err=True)
    for fault in looked.refused:
        click.echo(f"ladder: {fault}", err=True)
    for card in looked.errors:
        click.echo(
            f"ladder: {label(card.learner)}, {card.level}: a check ended in an error of ours; left as it is", err=True
        )
    if as_json:
        for one in looked.regraded:
            click.echo(json.dumps(_as_json(one)))
        return
    for one in looked.regraded:
        _tell_one(one)
    counts = Counter(one.change.value for one in looked.regraded)
    told = ", ".join(f"{counts[change]} {change}" for change in ("up", "down", "same"))
    unchanged = f"; {looked.unchanged} graded with exactly what is here now" if looked.unchanged else ""
    click.echo(f"{_count(len(looked.regraded), 'scorecard')} regraded: {told}{unchanged}")
    reviews = sum(bool(one.standing.reviews) for one in looked.regraded)
    if reviews:
        click.echo(
            f"{_count(reviews, 'learner')} with a mentor's review: kept, and flagged as made for another scorecard"
        )
    decided = _decided(looked.regraded, ledger)
    if decided:
        click.echo(
            f"{_count(decided, 'decision')} would rest on a scorecard that was replaced: `ladder promote` decides anew"
        )


def _tell_one(one: Regraded) -> None:
    old, new = one.standing.scorecard, one.card
    rule = "" if one.rule_before == one.rule_after else f", rule {_met(one.rule_before)} → {_met(one.rule_after)}"
    why = ", ".join(one.reasons)
    click.echo(
        f"{label(new.learner)}, {new.level}: {one.change.value}, {old.points:g} of {old.max_points:g} → "
        f"{new.points:g} of {new.max_points:g}{rule} ({why})"
    )
    same = len(one.rows) - len(one.different)
    if one.different:
        click.echo(f"  same  {_count(same, 'check')}")
    for row in one.different:
        click.echo(f"  {row.change.value:5} {row.check}: {_mark(row.before)} → {_mark(row.after)}")


def _mark(mark: Mark | None) -> str:
    if mark is None:
        return "not there"
    return f"{mark.outcome.value} ({'–' if mark.points is None else f'{mark.points:g}'} of {mark.max_points:g})"


def _as_json(one: Regraded) -> dict[str, Any]:
    from grader.cohort.regrade import told

    return {
        "learner": one.card.learner,
        "level": one.card.level,
        "change": one.change.value,
        "reasons": [reason.value for reason in one.reasons],
        "points": {"before": one.standing.scorecard.points, "after": one.card.points},
        "max_points": {"before": one.standing.scorecard.max_points, "after": one.card.max_points},
        "rule_met": {"before": one.rule_before, "after": one.rule_after},
        "reviews": len(one.standing.reviews),
        "checks": [told(row) for row in one.rows],
    }


def _decided(regraded: Sequence[Regraded], ledger: Ledger) -> int:
    from grader.ledger import Kind

    count = 0
    for one in regraded:
        owner = one.standing.entry
        decisions = list(ledger.entries(kind=Kind.DECISION, learner=owner.learner, level=owner.level))
        count += bool(decisions) and decisions[-1].body.get("scorecard") == owner.digest
    return count


def _met(met: bool) -> str:
    return "met" if met else "not met"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _say(as_json: bool, text: str) -> None:
    click.echo(text, err=as_json)
