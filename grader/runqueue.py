"""Time that code stood in the kernel's run queue: ready to go on, and without a core to do it on.

A limit is for what learner code does, and on a busy machine code that does little can take long. So limits leave this
time out. Standard library only; where there is no Linux to ask, nothing ever waits.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

MOST = 4.0  # times its seconds, and no request waits longer: a machine as busy as that grades nobody
_A_WAIT = 0.01  # seconds; less is not worth another look
_TICK = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01


def parents() -> dict[int, int]:
    """Every process that is there now, and its parent."""
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):  # noqa: PTH208  names only
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    found[int(name)] = int(_stat(int(name))[1])
    return found


def below(top: int, everybody: Mapping[int, int] | None = None) -> set[int]:
    """The process ``top`` and all its descendants; among ``everybody``, if said, as ``parents`` gives them."""
    everybody = parents() if everybody is None else everybody
    found = {top} & everybody.keys()
    while more := {pid for pid, parent in everybody.items() if parent in found} - found:
        found |= more
    return found


class RunQueue:
    """How long some processes have waited for a core, as far as that was the machine's doing.

    What counts is the waiting of main threads, and only while all the processes together get less than one core: who
    has a core and starts twenty threads waits for nobody but themselves.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._at = time.monotonic()
        self._computed = 0.0
        self._waited: dict[int, float] = {}

    def look(self, pids: Iterable[int]) -> float:
        """Take what has come since the last look into ``seconds``, and return them; often, as the ended say nothing."""
        now, computed = time.monotonic(), 0.0
        waited: dict[int, float] = {}
        for pid in pids:
            with contextlib.suppress(OSError, ValueError, IndexError):
                # Both outlive a child: its time becomes its parent's when it is reaped.
                computed += sum(map(int, _stat(pid)[11:15])) * _TICK
                waited[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
        new = sum(max(0.0, one - self._waited.get(pid, 0.0)) for pid, one in waited.items())
        without_a_core = (now - self._at) - max(0.0, computed - self._computed)
        self.seconds += max(0.0, min(new, without_a_core))
        self._at, self._computed, self._waited = now, computed, waited
        return self.seconds


class Claims:
    """Gives each second of a sum that grows once: what has come to it since the last call."""

    def __init__(self, total: Callable[[], float]) -> None:
        self._total = total
        self._claimed = 0.0

    def __call__(self) -> float:
        before, self._claimed = self._claimed, self._total()
        return max(0.0, self._claimed - before)


class Patience:
    """Until when to wait for something that may take ``seconds``: longer by what it stood in the run queue meanwhile.

    ``claim`` returns the seconds in the queue that nobody has claimed before.
    """

    def __init__(self, seconds: float, claim: Callable[[], float]) -> None:
        began = time.monotonic()
        self._until = began + seconds
        self._last = began + MOST * seconds
        self._claim = claim

    def until(self) -> float:
        """A time.monotonic() value; ask again when it has come."""
        if self._until <= time.monotonic() < self._last:
            more = self._claim()
            self._until += more if more >= _A_WAIT else 0.0
        return min(self._until, self._last)

    @property
    def starved(self) -> bool:
        """Whether it is the machine that could not: all the patience there is went to the queue."""
        return self._until > self._last


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: behind the command's name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].decode("ascii").split()
