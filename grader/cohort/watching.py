"""Progress of a run with its rate and the time that is left: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.model import CheckResult

_RECENT = 20  # submissions that the rate is taken from: what lies longer back says little about the rest


class Pace:
    """How fast submissions are finished. ``clock`` gives seconds that never go backwards."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._finished = 0
        self.began = clock()
        self._recent: deque[float] = deque([self.began], maxlen=_RECENT + 1)

    def done(self) -> None:
        """One more is finished."""
        self._finished += 1
        self._recent.append(self._clock())

    def text(self) -> str:
        """``7.5 a minute, 8 min left``; empty before there is a rate."""
        spent = self._recent[-1] - self._recent[0]
        if len(self._recent) < 2 or spent <= 0:
            return ""
        rate = (len(self._recent) - 1) / spent
        left = max(0, self._total - self._finished)
        return f"{rate * 60:.1f} a minute" + (f", {span(left / rate)} left" if left else "")


class Watching:
    """A run as it goes. ``already`` submissions of ``submissions`` were finished before it began."""

    def __init__(self, console: Console, submissions: int, already: int = 0) -> None:
        self._console = console
        self._submissions = submissions
        self._finished = already
        self._pace = Pace(submissions - already)
        self._bar: Progress | None = None
        if console.is_terminal:
            columns = (
                TextColumn("grading"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[pace]}"),
                TextColumn("{task.fields[now]}", markup=False),  # a name may look like markup
            )
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("grading", total=submissions, completed=already, now="", pace="")

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

    def done(self, name: str) -> None:
        """A submission is finished."""
        self._finished += 1
        self._pace.done()
        pace = self._pace.text()
        if self._bar is not None:
            self._bar.update(self._task, completed=self._finished, pace=pace)
        elif self._submissions > 1:
            took = span(time.monotonic() - self._pace.began)
            line = f"graded {self._finished} of {self._submissions} ({name}) after {took}"
            self._console.print(f"{line}, {pace}" if pace else line, markup=False)


def span(seconds: float) -> str:
    """A time as a person says it: ``40 s``, ``8 min``, ``3 h 20 min``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
