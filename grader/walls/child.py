"""Main's side of one worker or judge, and how it ended."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader.errors import GraderFault
from grader.model import Limits, WallsReport

_LAST_WORD_SECONDS = 5.0  # for a keeper to report after it was told to end its child


@dataclass(frozen=True)
class Usage:
    """How a child ended and what it used.

    ``peak_memory_mb`` is the resident size of its largest process, pages shared with the zygote included.
    """

    ended: str  # "exit", "signal", "deadline", "memory", "killed" (by main)
    status: int  # exit code or signal number
    cpu_seconds: float
    peak_memory_mb: float


class Child:
    """A running worker or judge. ``sock`` is main's end of a Unix stream socket to it."""

    def __init__(
        self, sock: socket.socket, lifeline: socket.socket, on_end: Callable[[Child], None] | None = None
    ) -> None:
        self.sock = sock
        self._lifeline = lifeline  # sequenced packets; its end is the child's end
        self._usage: Usage | None = None
        self._killed = False
        self._on_end = on_end
        self._lock = threading.Lock()

    def await_ready(self, seconds: float) -> None:
        """Return once the child stands behind its walls; GraderFault with the reason if it never does."""
        words = self._hear(seconds)
        if words is not None and words.get("ready"):
            return
        self.kill()
        self.sock.close()
        self._close()
        if words is None:
            raise GraderFault(f"a child was not behind its walls after {seconds:g} seconds")
        raise GraderFault("a child could not enter its walls: " + str(words.get("failed", "its keeper died")))

    def kill(self) -> None:
        """Have the child and all it started killed. Idempotent, returns at once."""
        self._killed = True
        with contextlib.suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_WR)

    def wait(self, timeout: float) -> Usage:
        """Wait until the child and all it started are gone; after ``timeout`` seconds kill them.

        GraderFault if its keeper failed.
        """
        with self._lock:
            if self._usage is None:
                self._usage = self._ending(timeout)
                self._close()
            return self._usage

    def _ending(self, timeout: float) -> Usage:
        words = self._hear(timeout)
        if words is None:
            self.kill()
            words = self._hear(_LAST_WORD_SECONDS)
        if words is not None and "failed" in words:
            raise GraderFault(f"a child's keeper failed: {words['failed']}")
        if words is None or "ended" not in words:
            # nobody is left to count; with its keeper gone the child is dead too
            return Usage("killed" if self._killed else "signal", 9, 0.0, 0.0)
        return Usage(
            words["ended"], words["status"], float(words["cpu_seconds"]), float(words["peak_memory_mb"])
        )

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        """The keeper's next message; empty if it is gone, None if it says nothing in time."""
        poll = select.poll()
        try:
            poll.register(self._lifeline, select.POLLIN)
            if not poll.poll(max(0.0, seconds) * 1000):
                return None
            message = self._lifeline.recv(1 << 16)
        except (OSError, ValueError):
            return {}
        words: dict[str, Any] = json.loads(message) if message else {}
        return words

    def _close(self) -> None:
        self._lifeline.close()
        if self._on_end is not None:
            self._on_end(self)


class Walls(Protocol):
    """A way to run workers and judges confined; a thread-safe context manager."""

    kind: str  # "namespaces" or "container"

    def spawn_worker(self, limits: Limits, seconds: float, preload: Sequence[str] = ()) -> Child:
        """A fresh worker that is killed after ``seconds``; GraderFault if none can be had.

        It finds the libraries of ``preload`` imported; the first worker that wants one waits for that.
        """

    def spawn_judge(self, limits: Limits, seconds: float) -> Child:
        """A fresh judge that is killed after ``seconds``; GraderFault if none can be had."""

    def report(self, limits: Limits) -> WallsReport:
        """What a scorecard says about these walls."""

    def close(self) -> None:
        """Kill every child and zygote. Idempotent."""

    def __enter__(self) -> Walls: ...

    def __exit__(self, *exc_info: object) -> None: ...
