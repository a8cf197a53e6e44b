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
_ANSWER_SECONDS = 30.0  # for a keeper to say how long its child was in the run queue: it stands there too


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

    def queued(self) -> float:
        """Seconds that the child and all below it stood in the run queue so far; 0 once it has ended."""
        with self._lock:
            with contextlib.suppress(OSError):
                self._lifeline.send(b"queued")
                words = self._hear(_ANSWER_SECONDS) or {}
                if "ended" in words:
                    self._usage = _usage(words)
                    self._close()
                return float(words.get("queued", 0.0))
            return 0.0

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
        words = self._last_words(timeout)
        if words is None:
            self.kill()
            words = self._last_words(_LAST_WORD_SECONDS)
        if words is not None and "failed" in words:
            raise GraderFault(f"a child's keeper failed: {words['failed']}")
        if words is None or "ended" not in words:
            # nobody is left to count; with its keeper gone the child is dead too
            return Usage("killed" if self._killed else "signal", 9, 0.0, 0.0)
        return _usage(words)

    def _last_words(self, seconds: float) -> dict[str, Any] | None:
        """As ``_hear``, past an answer that came too late."""
        words = self._hear(seconds)
        while words and "queued" in words:
            words = self._hear(seconds)
        return words

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        """The keeper's next message; empty if it is gone, None if it says nothing in time."""
        poll = select.poll()
        try:
            poll.register(self._lifeline, select.POLLIN)
            if not poll.poll(max(0.0, seconds) * 1000):
                return None
            message = self._listen()
        except (OSError, ValueError):
            return {}
        words: dict[str, Any] = json.loads(message) if message else {}
        return words

    def _listen(self) -> bytes:
        try:
            return self._lifeline.recv(1 << 16)
        except ConnectionResetError:
            # the keeper ended with our question unread; the error comes once and before what it had said
            return self._lifeline.recv(1 << 16)

    def _close(self) -> None:
        self._lifeline.close()
        if self._on_end is not None:
            self._on_end(self)


def _usage(words: dict[str, Any]) -> Usage:
    return Usage(words["ended"], words["status"], float(words["cpu_seconds"]), float(words["peak_memory_mb"]))


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
