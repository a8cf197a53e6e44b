"""Where a judge gets its workers from: one interface, behind walls or not."""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from grader.errors import GraderFault
from grader.runqueue import RunQueue, below

_START_SECONDS = 60


class Workers(Protocol):
    """Gives connected sockets to fresh workers that have seen nothing yet."""

    def new(self) -> socket.socket:
        """A fresh worker's socket; raises GraderFault if none can be had."""

    def queued(self, sock: socket.socket) -> float:
        """Seconds that the worker behind this socket stood in the run queue so far."""

    def drop(self, sock: socket.socket) -> None:
        """The worker behind this socket is not needed any more."""


class PlainWorkers:
    """Workers without walls, for a learner's own machine: a subprocess each, over a loopback socket with a token."""

    def __init__(self) -> None:
        self._folders = TemporaryFolders()
        self._running: dict[socket.socket, tuple[subprocess.Popen[bytes], RunQueue]] = {}

    def new(self) -> socket.socket:
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            worker = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "grader.bridge.worker", str(server.getsockname()[1]), token],
                cwd=self._folders.new(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                sock = _answered(server, token, worker)
            except OSError as error:
                worker.kill()
                worker.wait()
                raise GraderFault(f"no worker could be started: {error}") from None
        self._running[sock] = worker, RunQueue()
        return sock

    def queued(self, sock: socket.socket) -> float:
        worker, queue = self._running[sock]
        return queue.look(below(worker.pid))

    def drop(self, sock: socket.socket) -> None:
        sock.close()
        if sock in self._running:
            worker, _ = self._running.pop(sock)
            worker.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(10)

    def close(self) -> None:
        for sock in list(self._running):
            self.drop(sock)
        self._folders.close()


def _answered(server: socket.socket, token: str, worker: subprocess.Popen[bytes]) -> socket.socket:
    """The worker's connection; OSError if it ends before it calls, takes too long, or somebody else calls."""
    for _ in range(_START_SECONDS):
        server.settimeout(1)
        try:
            sock, _ = server.accept()
        except TimeoutError:
            if worker.poll() is not None:
                raise ConnectionError(f"it ended with {worker.returncode}") from None
            continue
        sock.settimeout(10)
        with contextlib.suppress(TimeoutError):
            came = b""
            while len(came) < len(token) and (more := sock.recv(len(token) - len(came))):
                came += more  # piece by piece: not every system waits for all of it on a socket with a time limit
            if came == token.encode():
                sock.settimeout(None)
                return sock
        sock.close()
        raise ConnectionError("another program answered on the worker's port")
    raise TimeoutError(f"it did not answer within {_START_SECONDS} seconds")


class TemporaryFolders:
    """A fresh private folder per worker, all removed at the end."""

    def __init__(self) -> None:
        self._root = tempfile.TemporaryDirectory(prefix="ladder-", ignore_cleanup_errors=True)
        self._count = 0

    def new(self) -> str:
        self._count += 1
        folder = Path(self._root.name) / str(self._count)
        folder.mkdir()
        return str(folder)

    def close(self) -> None:
        self._root.cleanup()


class _NoWorkers:
    """Where answers are given and nothing may run."""

    def new(self) -> socket.socket:
        raise GraderFault("nothing of a learner runs here")

    def queued(self, sock: socket.socket) -> float:
        """Nothing runs, nothing waits."""
        return 0.0

    def drop(self, sock: socket.socket) -> None:
        """Nothing to drop."""


NO_WORKERS: Workers = _NoWorkers()
