"""The `ladder` command. Words and exit codes are a contract: see docs/results-format.md."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from grader.errors import GraderFault, InputError, LadderError, NotHeld

_DEBUG = "ladder.debug"


class _Group(click.Group):
    """One handler for every command: a fault is one line on stderr and an exit code, a traceback only with --debug."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except LadderError as error:
            if context.meta.get(_DEBUG):
                raise
            _say_error(str(error))
            context.exit(error.exit_code)
        except KeyboardInterrupt:
            _say_error("stopped")
            context.exit(130)
        except BrokenPipeError:
            # `ladder … | head` has read enough; nothing may be written any more, at exit neither
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)
        except Exception as error:  # noqa: BLE001 - the last place before a traceback
            if context.meta.get(_DEBUG):
                raise
            _say_error(f"this is a fault of ladder itself: {type(error).__name__}: {error} (--debug shows where)")
            context.exit(GraderFault.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks of faults.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """Ladder: six levels of MLOps, graded by running what you made."""
    context.meta[_DEBUG] = debug


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def levels(as_json: bool) -> None:
    """List levels, skills, exercises and points."""
    from grader import catalog
    from grader.report import levels as shown

    found = catalog.all_levels()
    click.echo(json.dumps(shown.as_json(found), indent=2) if as_json else shown.as_text(found))


@main.command()
@click.argument("level")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--learner", default="learner", show_default=True, help="Your name: your data is made from it.")
@click.option(
    "--from",
    "from_workspace",
    type=click.Path(path_type=Path),
    help="Carry work forward from this workspace.",
)
def start(level: str, folder: Path | None, learner: str, from_workspace: Path | None) -> None:
    """Make a workspace: notebooks, starter repo with git, and your own data."""
    from grader import catalog
    from grader.seeds import Key
    from grader.workspace import start as starting

    found = catalog.find_level(level)
    target = folder or Path(found.id)
    starting.start(found, target, learner, Key.practice(), from_workspace)
    click.echo(f"Ready: {target}. Read {target / 'README.md'}, then open {target / 'notebooks'} in Jupyter.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes; Ctrl-C ends it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line per check on stdout.")
def check(folder: Path, watch: bool, as_json: bool) -> None:
    """Run the visible checks on your workspace, with hints on offer."""
    from grader.workspace import check as checking

    held = checking.watch(folder, as_json) if watch else checking.run(folder, as_json)
    if not held:
        raise click.exceptions.Exit(NotHeld.exit_code)


@main.command()
@click.argument("check_id", metavar="CHECK")
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    default=".",
    help="Your workspace; the current folder if not said.",
)
def hint(check_id: str, workspace: Path) -> None:
    """Give the next hint for a check: a nudge first, nearly the way next."""
    from grader.workspace import hint as hinting
    from grader.workspace.label import level_of

    given = hinting.hint(level_of(workspace), check_id, workspace)
    click.echo(f"{given.check}, {given.kind} ({given.step} of {given.steps})")
    click.echo(given.text)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def pack(folder: Path) -> None:
    """Pack a workspace into <folder>-<level>.tar.gz in the current folder, history included."""
    from grader.workspace import pack as packing

    archive, warnings = packing.pack(folder, Path.cwd())
    for warning in warnings:
        click.echo(f"note: {warning}", err=True)
    click.echo(archive.name)


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
@_grading_options
def grade(
    submissions: tuple[Path, ...],
    learner: str | None,
    level: str | None,
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
    items = [Item(path, learner, level_id) for path in submissions]
    raise click.exceptions.Exit(run.grade(items, _key(key_file), jobs, out, as_json))


@main.group()
def cohort() -> None:
    """For mentors: hand out workspaces under a key of the cohort's own, and grade what comes back."""


@cohort.command("issue")
@click.argument("roster", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--level", default="1", show_default=True, help="The level to hand out.")
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="Key file; made if not there.")
def cohort_issue(roster: Path, out: Path, level: str, key_file: Path) -> None:
    """Make a workspace in OUT/<learner> for each line of ROSTER, with data that only the key can make."""
    from grader import catalog
    from grader.cohort import issuing
    from grader.seeds import Key

    found = catalog.find_level(level)
    names = issuing.read_roster(roster)
    if not key_file.exists():
        Key.new().write(key_file)
        click.echo(f"Made {key_file}. Keep it: without it nobody can grade these workspaces.", err=True)
    for name in issuing.issue(found, names, out, Key.read(key_file)):
        click.echo(name)


@cohort.command("grade")
@click.argument("inbox", type=click.Path(path_type=Path))
@_grading_options
def cohort_grade(inbox: Path, jobs: int | None, out: Path | None, as_json: bool, key_file: Path | None) -> None:
    """Grade INBOX/<learner>/<level>.tar.gz (or a folder): the folder's name says whose it is."""
    from grader.cohort import run
    from grader.cohort.inbox import items_in

    raise click.exceptions.Exit(run.grade(items_in(inbox), _key(key_file), jobs, out, as_json))


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
def content_prove(level_names: tuple[str, ...], seeds: int) -> None:
    """Run everything and write proof.json, so that the next check runs in full only what has changed."""
    from grader.content import gate

    raise click.exceptions.Exit(gate.prove(level_names, seeds=seeds))


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


def _say_error(text: str) -> None:
    click.echo(f"ladder: {text}", err=True)


if __name__ == "__main__":
    sys.exit(main())
