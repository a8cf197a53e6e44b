"""What a run hands to people: scorecards on stdout as they come, pages in OUT, a table at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from rich.console import Console

from grader import catalog, scoring
from grader.cohort import folder
from grader.cohort.store import Damaged
from grader.errors import GraderFault, InputError, LadderError
from grader.model import Level, Scorecard
from grader.report import terminal
from grader.report.figures import Figures, saved_figures
from grader.tree import Tree

Work = Callable[[], Tree]  # reads the submission again that a scorecard is of


class Results:
    """One run's results. ``out`` None: no pages; ``as_json``: JSON lines on stdout and no table."""

    def __init__(self, errors: Console, out: Path | None, as_json: bool) -> None:
        self._errors = errors
        self._out = out
        self._as_json = as_json
        self._levels: dict[str, Level] = {}
        self._walls_said = False
        self.worst = 0  # the highest exit code that anything asked for

    def add(self, card: Scorecard, work: Work) -> None:
        """One scorecard is there, of ``work``; GraderFault if its page cannot be written."""
        if not self._walls_said:
            self._walls_said = True
            self._errors.print(terminal.walls_line(card.walls), markup=False)
        if card.has_errors:
            self.worst = max(self.worst, GraderFault.exit_code)
        if self._as_json:
            sys.stdout.write(scoring.to_line(card) + "\n")
            sys.stdout.flush()
        if self._out is not None and not self._is_there(self._out, card):
            level = self._level(card.level)
            figures = self._figures(card, level, work)
            try:
                folder.write_learner(self._out, card, level, figures)
            except OSError as error:
                raise _cannot_write(self._out, error) from None

    def refuse(self, error: LadderError) -> None:
        """One submission has no scorecard, and why."""
        self.worst = max(self.worst, error.exit_code)
        self._errors.print(f"ladder: {error}", markup=False)

    def end(self, cards: Collection[Scorecard], late: Collection[tuple[str, str]] = ()) -> None:
        """Everything is there: the table for a spreadsheet, and one for the terminal. ``cards`` may be read twice.

        ``late`` holds learner and level of what arrived after its deadline.
        """
        if self._out is not None and cards:
            try:
                folder.write_table(self._out, cards, late)
            except OSError as error:
                raise _cannot_write(self._out, error) from None
        if self._as_json:
            return
        show = Console(highlight=False)
        if len(cards) == 1:
            (card,) = cards
            terminal.scorecard_lines(card, self._level(card.level), show)
        elif cards:
            terminal.cohort_table(cards, show, late)

    def _is_there(self, out: Path, card: Scorecard) -> bool:
        file = folder.scorecard_file(out, card)
        try:
            return file.with_suffix(".html").is_file() and bool(
                json.loads(file.read_text(encoding="utf-8")) == scoring.to_json(card)
            )
        except (OSError, ValueError):
            return False

    def _figures(self, card: Scorecard, level: Level, work: Work) -> Mapping[str, Figures]:
        """What the page shows of the learner's notebooks; the submission is read only for a level that wants it."""
        if not any(exercise.figures for exercise in level.exercises):
            return {}
        try:
            tree = work()
            if tree.digest != card.submission_digest:
                raise InputError("the submission has changed since it was graded")
        except (InputError, Damaged) as error:
            self._errors.print(f"note: {card.learner}: the page shows no figures: {error}", markup=False)
            return {}
        return saved_figures(level, tree)

    def _level(self, level_id: str) -> Level:
        if level_id not in self._levels:
            self._levels[level_id] = catalog.find_level(level_id)
        return self._levels[level_id]


def _cannot_write(out: Path, error: OSError) -> GraderFault:
    return GraderFault(f"{out}: cannot be written: {error.strerror or error}")
