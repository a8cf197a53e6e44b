"""Stands beside a learner's service in the worker and carries bytes between it and the judge.

A file of its own on purpose: `http_service` writes its text into the worker, where nothing of the grader's files is to
be seen, and calls these functions over the bridge. They know nothing of HTTP and decide nothing: requests are the
judge's bytes, answers the service's. It imports what a worker has already loaded, so that no file of the learner's can
take a module's place. One thread, because the worker forks.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_held: dict[int, socket.socket] = {}


def start(argv: Sequence[str], env: Mapping[str, str], said: str) -> int:
    """Start a command in the current folder, in a session of its own; its pid. What it says is in the file ``said``.

    A Python program is a fork of this process, which has pandas imported; so it starts in half the time.
    """
    process: Any = sys.modules["grader.bridge.process"]
    environment = {**os.environ, **env}
    folder = Path.cwd()
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if process._can_be_warm(argv, env, folder):
            pid = os.fork()
            if pid == 0:
                process._become(argv[1:], environment, folder, nothing, output, output)  # never returns
            return pid
        return int(process._start_cold(argv, environment, folder, nothing, output, output))
    finally:
        os.close(nothing)
        os.close(output)


def listening(path: str, pid: int, seconds: float) -> list[Any]:
    """Wait until somebody answers at the socket ``path``: whether they do, and the exit code if ``pid`` ended first."""
    until = time.monotonic() + seconds
    while True:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(max(0.05, until - time.monotonic()))
            try:
                asking.connect(path)
                return [True, None]
            except OSError:
                pass
        code = ended(pid, 0.0)
        if code is not None or time.monotonic() > until:
            return [False, code]
        time.sleep(0.02)


def exchange(
    path: str, requests: Sequence[bytes], at_once: int, seconds: float, most: int, begin: float
) -> list[tuple[bytes, float, str]]:
    """Send each request on a connection of its own, ``at_once`` side by side: what came back, after how many seconds,
    and how it ended: "closed" by the service, "slow" (``seconds`` were over), "much" (more than ``most`` bytes) or
    "refused". After ``begin`` seconds, or once one was slow, no more are begun: fewer answers come back, those of the
    first requests."""
    found: dict[int, tuple[bytes, float, str]] = {}
    waiting = list(enumerate(requests))[::-1]
    until = time.monotonic() + begin
    with selectors.DefaultSelector() as selector:
        while waiting or selector.get_map():
            while waiting and len(selector.get_map()) < at_once:
                number, request = waiting.pop()
                line = _Line(number, request)
                if line.connect(path):
                    selector.register(line.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
                else:
                    found[number] = line.over("refused")
            for key, events in selector.select(0.1):
                end = key.data.move(events, most)
                if key.data.sent and key.events & selectors.EVENT_WRITE:
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                if end:
                    selector.unregister(key.fileobj)
                    found[key.data.number] = key.data.over(end)
            for key in list(selector.get_map().values()):
                if time.monotonic() - key.data.begun > seconds:
                    selector.unregister(key.fileobj)
                    found[key.data.number] = key.data.over("slow")
                    waiting.clear()
            if time.monotonic() > until:
                waiting.clear()
    return [found[number] for number in range(len(found))]


class _Line:
    """One connection that carries one request."""

    def __init__(self, number: int, request: bytes) -> None:
        self.number = number
        self.socket = socket.socket(socket.AF_UNIX)
        self.begun = time.monotonic()
        self._left = memoryview(bytes(request))
        self._came = bytearray()

    @property
    def sent(self) -> bool:
        return not self._left

    def connect(self, path: str) -> bool:
        try:
            self.socket.connect(path)
        except OSError:
            return False
        self.socket.setblocking(False)
        return True

    def move(self, events: int, most: int) -> str:
        """Carry what can be carried; how it ended, or "" if it goes on."""
        if events & selectors.EVENT_WRITE and self._left:
            try:
                self._left = self._left[self.socket.send(self._left[: 1 << 16]) :]
            except BlockingIOError:
                pass
            except OSError:
                self._left = self._left[:0]  # whoever answers without listening to the end may: read what it said
        if events & selectors.EVENT_READ:
            try:
                data = self.socket.recv(1 << 16)
            except BlockingIOError:
                return ""
            except OSError:
                return "closed"
            if not data:
                return "closed"
            self._came += data
            if len(self._came) > most:
                return "much"
        return ""

    def over(self, how: str) -> tuple[bytes, float, str]:
        self.socket.close()
        return bytes(self._came), time.monotonic() - self.begun, how


def hold(path: str, part: bytes) -> int:
    """Begin a request and do not end it: the number of its connection; 0 if nobody is there."""
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(5)
        line.connect(path)
        line.sendall(part)
    except OSError:
        line.close()
        return 0
    number = len(_held) + 1
    _held[number] = line
    return number


def go_on(number: int, rest: bytes, seconds: float, most: int) -> tuple[bytes, float, str]:
    """End a request that is held; as one of ``exchange``."""
    line = _held.pop(number)
    begun = time.monotonic()
    came = bytearray()
    try:
        line.settimeout(seconds)
        line.sendall(rest)
        while len(came) <= most:
            left = begun + seconds - time.monotonic()
            if left <= 0:
                return bytes(came), time.monotonic() - begun, "slow"
            line.settimeout(left)
            data = line.recv(1 << 16)
            if not data:
                return bytes(came), time.monotonic() - begun, "closed"
            came += data
        return bytes(came), time.monotonic() - begun, "much"
    except TimeoutError:
        return bytes(came), time.monotonic() - begun, "slow"
    except OSError:
        return bytes(came), time.monotonic() - begun, "closed"
    finally:
        line.close()


def replace(source: str, target: str) -> None:
    """Move one file over another in one step, as a deployment does."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(source).replace(target)


def terminate(pid: int) -> None:
    """Ask it to end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def ended(pid: int, seconds: float) -> int | None:
    """Its exit code, negative for a signal; None if it still runs after ``seconds``."""
    until = time.monotonic() + seconds
    while True:
        try:
            done, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return _codes.get(pid)
        if done:
            _codes[pid] = os.waitstatus_to_exitcode(status)
            return _codes[pid]
        if time.monotonic() >= until:
            return None
        time.sleep(0.02)


_codes: dict[int, int] = {}  # of those that were waited for


def kill(pid: int) -> None:
    """End it and all that it started in its session."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)
    ended(pid, 5.0)


def tail(said: str, most: int) -> bytes:
    """The last ``most`` bytes of a file; nothing if there is none."""
    try:
        return Path(said).read_bytes()[-most:]
    except OSError:
        return b""
