"""Scorecards on a terminal: a table for a cohort, lines for one learner. Colour never says it alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.model import CheckResult, Level, Outcome, Scorecard, SkipReason, WallsReport
from grader.report.message import label, message
from grader.report.pending import pending

WIDE = 90  # columns; below, points by skill are left out of the cohort's table
NARROW = 64  # columns; below, each learner gets a line of words
STYLES = {"passed": "green", "failed": "red", "skipped": "dim", "error": "magenta"}


def cohort_table(scorecards: Collection[Scorecard], console: Console, late: Collection[tuple[str, str]] = ()) -> None:
    """Print one row a learner, a table for each level. On a narrow terminal the columns by skill go first, then the
    table itself. ``late`` holds learner and level of what arrived after its deadline."""
    levels = sorted({card.level for card in scorecards})
    for level in levels:
        if len(levels) > 1:
            console.print(Text(_writable(label(level), console), style="bold"))
        _level_table(scorecards, level, console, {learner for learner, of in late if of == level})


def _level_table(scorecards: Collection[Scorecard], level: str, console: Console, late: Collection[str]) -> None:
    def read() -> Iterator[Scorecard]:  # anew each time: a cohort's scorecards need not be in memory
        return (card for card in scorecards if card.level == level)

    if console.width < NARROW:
        for card in read():
            name, points, rule, failed, skipped, error, seconds = (cell.plain for cell in _cells(card, []))
            counts = f"{failed} failed, {skipped} skipped, {error} error"
            words = f"{name}: {points}, rule {rule}, {counts}, {seconds} s{', late' * (card.learner in late)}"
            console.print(Text(_writable(words, console)))
        return
    skills = list(dict.fromkeys(skill for card in read() for skill in card.skills))
    if console.width < WIDE + 8 * max(0, len(skills) - 3):
        skills = []
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("learner", overflow="fold", min_width=8)
    for title in ("points", *skills):
        table.add_column(label(title), justify="right", overflow="fold")
    table.add_column("rule")
    for title in ("failed", "skipped", "error", "seconds"):
        table.add_column(title, justify="right")
    if late:
        table.add_column("")
    for card in read():
        cells = [*_cells(card, skills), *([Text("late" if card.learner in late else "")] if late else ())]
        table.add_row(*(Text(_writable(cell.plain, console), cell.style) for cell in cells))
    console.print(table)


def scorecard_lines(scorecard: Scorecard, level: Level, console: Console) -> None:
    """Print one scorecard: points, the rule, and every check that did not pass with its message."""
    met = all(line.met for line in scorecard.rule)
    console.print(
        Text.assemble(
            (_writable(label(scorecard.learner), console), "bold"),
            f"  {level.title}  {scorecard.points:g} of {scorecard.max_points:g} points, promotion rule ",
            ("met so far" if pending(level) else "met", "green") if met else ("not met", "red"),
        )
    )
    names = {skill.id: skill.name for skill in level.skills}
    for skill, of in scorecard.skills.items():
        _line(console, "", f"{names.get(skill, label(skill))}: {of.points:g} of {of.max_points:g}", "")
    for line in scorecard.rule:
        mark, style = ("met", "green") if line.met else ("not met", "red")
        _line(console, mark, f"{label(line.line)}. {line.because}", style)
    for asked in pending(level):
        _line(console, "pending", f"{asked.line}. {asked.because}", "dim")
    for check in scorecard.checks:
        if check.outcome is not Outcome.PASSED:
            _check(console, check)
    told = [
        f"{sum(check.outcome is Outcome.PASSED for check in some)} of {len(some)} {kind} checks passed"
        for kind, some in (
            ("hidden", [check for check in scorecard.checks if check.hidden]),
            ("visible", [check for check in scorecard.checks if not check.hidden]),
        )
        if some
    ]
    _line(console, "", ", ".join(told), "")
    _line(console, "", walls_line(scorecard.walls), "dim")


def walls_line(walls: WallsReport) -> str:
    """Behind which walls the learner's code ran, in one sentence."""
    if walls.kind == "none":
        return "Walls: none. Good for practice; official grading refuses to run so."
    added = [name for name, there in (("seccomp", walls.seccomp), ("Landlock", walls.landlock)) if there]
    network = "no network" if walls.network == "none" else f"network: {label(walls.network)}"
    return f"Walls: {', '.join([label(walls.kind), *added, network])}."


def _check(console: Console, check: CheckResult) -> None:
    points = "–" if check.points is None else f"{check.points:g}"
    worth = f" ({points} of {check.max_points:g})" if check.hidden else " (visible)"
    _line(console, check.outcome.value, f"{label(check.title)}{worth}", STYLES[check.outcome.value])
    if check.outcome is Outcome.ERROR:
        _line(console, "", "Our fault: no points are lost; it will be graded again.", "")
    elif check.reason is SkipReason.TOOL:
        _line(console, "", "Not assessable here: a tool is missing on this machine.", "dim")
    elif check.reason is SkipReason.PREREQUISITE:
        _line(console, "", "Runs once what it builds on passes.", "dim")
    else:
        said = message(check.message)
        for name, text in (("Tried", said.tried), ("Came", said.came), ("Look", said.look), ("", said.whole)):
            if text:
                _line(console, "", f"{name}: {text}" if name else text, "")


def _line(console: Console, mark: str, text: str, style: str) -> None:
    """One mark and its text in two columns, the text wrapped in its own."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"  {mark}", style=style), Text(_writable(text, console)))
    console.print(grid)


def _writable(text: str, console: Console) -> str:
    """``text`` with a question mark for each character the terminal's encoding does not have."""
    return text.encode(console.encoding, "replace").decode(console.encoding)


def _cells(card: Scorecard, skills: Sequence[str]) -> list[Text]:
    hidden = [check.outcome for check in card.checks if check.hidden]
    errors = sum(check.outcome is Outcome.ERROR for check in card.checks)
    met = all(line.met for line in card.rule)
    failed = hidden.count(Outcome.FAILED)
    of_skills = [
        f"{card.skills[skill].points:g}/{card.skills[skill].max_points:g}" if skill in card.skills else ""
        for skill in skills
    ]
    return [
        Text(label(card.learner)),
        Text(f"{card.points:g}/{card.max_points:g}"),
        *(Text(cell) for cell in of_skills),
        Text("met", style="green") if met else Text("not met", style="red"),
        Text(str(failed), style="red" if failed else ""),
        Text(str(hidden.count(Outcome.SKIPPED))),
        Text(str(errors), style="magenta" if errors else ""),
        Text(f"{card.seconds:.1f}"),
    ]
