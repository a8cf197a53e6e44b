"""Commands of a mentor: grade, cohort, doctor, demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from grader.cli.root import main
from grader.errors import InputError, NotHeld


def _grading_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--jobs", type=click.IntRange(1, 64), help="Submissions at once; one per core if not said."),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Write scorecards, feedback pages and cohort.csv here.",
        ),
        click.option("--json", "as_json", is_flag=True, help="One scorecard a line on stdout."),
        click.option(
            "--key",
            "key_file",
            type=click.Path(path_type=Path),
            help="The cohort's key file; the practice key if not said.",
        ),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SUBMISSION...")
@click.option(
    "--learner", help="Whose it is (one submission only); the name inside counts only under the practice key."
)
@click.option("--level", help="The level, for submissions without .ladder.toml.")
@click.option(
    "--attempt",
    type=click.IntRange(1),
    default=1,
    help="Which of the learner's submissions it is: some messages tell more to a later one. A cohort counts by itself.",
)
@_grading_options
def grade(
    submissions: tuple[Path, ...],
    learner: str | None,
    level: str | None,
    attempt: int,
    jobs: int | None,
    out: Path | None,
    as_json: bool,
    key_file: Path | None,
) -> None:
    """Grade packed workspaces or folders with hidden checks, behind the walls."""
    from grader import catalog
    from grader.cohort import run
    from grader.cohort.local import Item

    if learner is not None and len(submissions) > 1:
        raise InputError("--learner names one learner, but there are several submissions")
    level_id = None if level is None else catalog.find_level(level).id
    items = [Item(path, learner, level_id, attempt) for path in submissions]
    raise click.exceptions.Exit(run.grade(items, _key(key_file), jobs, out, as_json))


@main.group()
def cohort() -> None:
    """For mentors: hand out workspaces under a key of the cohort's own, and grade what comes back."""


@cohort.command("issue")
@click.argument("roster", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--level", help="The level to hand out; the first if not said.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="Key file; made if not there.")
def cohort_issue(roster: Path, out: Path, level: str | None, key_file: Path | None) -> None:
    """Make a workspace in OUT/<learner> for each line of ROSTER, with data that only the key can make.

    ROSTER may be a cohort.toml, which names roster and key itself. What was issued before is left as it is.
    """
    from grader import catalog
    from grader.cohort import issuing, settings
    from grader.cohort.roster import read_roster
    from grader.seeds import Key

    found = catalog.find_level(level or "1")
    if roster.suffix == ".toml":
        if key_file is not None:
            raise InputError(f"{roster}: names the key; leave --key out")
        known = settings.read(roster)
        if known.roster is None:
            raise InputError(f"{roster}: names no roster")
        names, key = list(known.roster), known.key
    else:
        if key_file is None:
            raise InputError("--key must name the cohort's key file; it is made if it is not there")
        names = read_roster(roster)
        if not key_file.exists():
            Key.new().write(key_file)
            click.echo(f"Made {key_file}. Keep it: without it nobody can grade these workspaces.", err=True)
        key = Key.read(key_file)
    for name in issuing.issue(found, names, out, key):
        click.echo(name)


@cohort.command("grade")
@click.argument("inbox", type=click.Path(path_type=Path))
@click.option("--resume", is_flag=True, help="Go on with the run that was cut off; do not read the inbox again.")
@click.option(
    "--cohort", "cohort_file", type=click.Path(path_type=Path), help="The cohort.toml, if it is not beside INBOX."
)
@click.option(
    "--dask", metavar="ADDR", help="Grade on the Dask cluster at tcp://… or tls://… instead of on this machine."
)
@click.option(
    "--nbgrader",
    "course",
    type=click.Path(path_type=Path),
    help="Grade an assignment of this nbgrader course into its gradebook; INBOX is then the assignment's name.",
)
@click.option("--again", is_flag=True, help="With --nbgrader: also what is autograded already.")
@_grading_options
def cohort_grade(
    inbox: Path,
    course: Path | None,
    again: bool,
    dask: str | None,
    resume: bool,
    cohort_file: Path | None,
    jobs: int | None,
    out: Path | None,
    as_json: bool,
    key_file: Path | None,
) -> None:
    """Grade INBOX/<learner>/<level>.tar.gz (or a folder): the folder's name says whose it is.

    INBOX may also be an nbgrader exchange folder, or a CSV file learner,level,remote[,ref] of git remotes. What was
    graded before is not graded again.
    """
    import tempfile

    if course is not None:
        from grader.nbgrader_course import run as courses

        if (dask, resume, cohort_file, out, as_json, key_file) != (None, False, None, None, False, None):
            raise InputError("--nbgrader goes with --jobs and --again only: the course's own files say the rest")
        raise click.exceptions.Exit(courses.grade(course, str(inbox), jobs, again=again))

    from grader.cohort import folder, remotes, run, settings
    from grader.cohort import inbox as inboxes

    if again:
        raise InputError("--again goes with --nbgrader; here what is graded again is looked at first: cohort regrade")
    if dask is not None and jobs is not None:
        raise InputError("--jobs is for this machine; a Dask cluster's workers say how much each does at once")
    how = run.How(jobs, dask, resume, as_json)
    named = cohort_file or settings.find(inbox)
    with tempfile.TemporaryDirectory(prefix="ladder-cohort-") as scratch:
        if named is not None:
            if key_file is not None:
                raise InputError(f"{named}: names the key; leave --key out")
            found = settings.read(named)
            found = replace(found, out=out or found.out)
        elif out is not None:
            folder.ready(out)
            found = settings.for_inbox(_key(key_file), out)
        elif resume:
            raise InputError("--resume needs what the other run left: name its --out or a cohort.toml")
        else:
            found = replace(settings.for_inbox(_key(key_file), Path(scratch)), out=None)
        read = remotes.found_in if inbox.is_file() else inboxes.found_in
        code = run.grade_cohort(found, lambda: read(inbox), how)
    raise click.exceptions.Exit(code)


@main.command()
def doctor() -> None:
    """Test each wall on this machine, and say what to do where one is missing."""
    from grader.walls import doctor as probing

    rows = probing.examine()
    for row in rows:
        click.echo(f"{'ok  ' if row.ok else 'MISS'}  {row.name}: {row.detail}")
        if not row.ok and row.advice:
            click.echo(f"      {row.advice}")
    if not all(row.ok for row in rows if row.required):
        raise click.exceptions.Exit(NotHeld.exit_code)


@main.command()
@click.option("--level", default="1", show_default=True, help="Which level's bundled cohort.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="demo-out",
    show_default=True,
    help="Where pages and scorecards go.",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Submissions at once; one per core if not said.")
def demo(level: str, out: Path, jobs: int | None) -> None:
    """Grade a bundled cohort: good, partial, wrong, cheating and hanging submissions."""
    from grader import catalog
    from grader.content import demo as bundled

    raise click.exceptions.Exit(bundled.run(catalog.find_level(level), out, jobs))


def _key(file: Path | None) -> Any:
    from grader.seeds import Key

    return Key.practice() if file is None else Key.read(file)
