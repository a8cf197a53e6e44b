"""One grading run as a person sees it: progress on stderr, results on stdout, files in OUT, an exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader import catalog, scoring
from grader.cohort import folder
from grader.cohort.local import Graded, Item, Rejected, default_jobs, grade_all
from grader.errors import GraderFault, InputError
from grader.model import CheckResult, Scorecard
from grader.report import terminal
from grader.seeds import Key
from grader.walls import open_walls


def grade(items: Sequence[Item], key: Key, jobs: int | None, out: Path | None, as_json: bool) -> int:
    """Grade ``items`` behind the walls; the exit code of the run (0, 2 or 3)."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    show = Console(highlight=False)
    cards: list[Scorecard] = []
    worst = 0
    if out is not None:
        folder.ready(out)
    with open_walls() as walls, Watching(errors, len(items)) as watching:
        reported = False
        for done in grade_all(items, walls, key, jobs or min(default_jobs(), len(items)), watching.result):
            watching.done(done)
            if isinstance(done, Rejected):
                errors.print(f"ladder: {done.error}", markup=False)
                worst = max(worst, done.error.exit_code)
                continue
            if not reported:
                errors.print(terminal.walls_line(done.scorecard.walls), markup=False)
                reported = True
            if done.warning:
                errors.print(f"note: {done.warning}", markup=False)
            cards.append(done.scorecard)
            if done.scorecard.has_errors:
                worst = max(worst, GraderFault.exit_code)
            if as_json:
                sys.stdout.write(scoring.to_line(done.scorecard) + "\n")
                sys.stdout.flush()
            if out is not None:
                folder.write_learner(out, done.scorecard, catalog.find_level(done.scorecard.level))
    if out is not None and cards:
        folder.write_table(out, sorted(cards, key=lambda card: card.learner))
    if not as_json and len(cards) == 1:
        terminal.scorecard_lines(cards[0], catalog.find_level(cards[0].level), show)
    elif not as_json and cards:
        terminal.cohort_table(sorted(cards, key=lambda card: card.learner), show)
    return worst if worst in (InputError.exit_code, GraderFault.exit_code) else 0


class Watching:
    """Progress of a run: a bar on a terminal, plain lines otherwise."""

    def __init__(self, console: Console, submissions: int) -> None:
        self._console = console
        self._submissions = submissions
        self._finished = 0
        self._began = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal:
            columns = (
                TextColumn("grading"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[now]}"),
            )
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("grading", total=submissions, now="")

    def __enter__(self) -> Watching:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def result(self, learner: str, line: CheckResult) -> None:
        """A check has its verdict."""
        if self._bar is not None:
            self._bar.update(self._task, now=f"{learner}: {line.title}"[:60])

    def done(self, done: Graded | Rejected) -> None:
        """A submission is finished."""
        self._finished += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._finished)
        elif self._submissions > 1:
            name = done.scorecard.learner if isinstance(done, Graded) else str(done.item.path)
            took = time.monotonic() - self._began
            self._console.print(
                f"graded {self._finished} of {self._submissions} ({name}) after {took:.0f} s", markup=False
            )
