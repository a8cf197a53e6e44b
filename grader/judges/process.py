"""The judge as a process of its own: reads its job from main, judges one exercise, tells each result as it comes.

Messages are length-prefixed JSON, the job is a pickle (main is trusted by the judge, never the other way round).
To ask for a worker the judge says ``{"want": "worker"}``; main answers with one byte and a file descriptor. To ask for
a builder it says ``{"want": "builder"}``; main answers with a message, which may say that there is none, then likewise.
To ``{"want": "queued", "worker": 0}`` main answers with the seconds that this worker stood in the run queue.
"""

from __future__ import annotations

import array
import json
import pickle
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.bridge import warm
from grader.bridge.channel import Channel
from grader.bridge.faults import LearnerFault
from grader.errors import GraderFault
from grader.judges.exercise import judge_exercise
from grader.judges.job import Job


def preload() -> None:
    """Import what checks want, once, in the judge zygote."""
    import importlib

    for name in ("numpy", "pandas", "pyarrow.parquet", "nbformat", "pytest"):
        importlib.import_module(name)
    for name in ("linear_model", "metrics", "pipeline", "preprocessing", "compose"):
        importlib.import_module(f"sklearn.{name}")
    warm.pandas_types()
    warm.scikit_learn()
    warm.nbformat()


def serve(fd: int) -> None:
    """Judge the one job that comes in on ``fd``."""
    sock = socket.socket(fileno=fd)
    channel = Channel(sock)
    job: Job = pickle.loads(channel.receive())  # noqa: S301 - from main
    sys.stdout = sys.stderr = Path("/dev/null").open("w")  # noqa: SIM115 - pytest and checks may print; nobody listens
    try:
        judge_exercise(
            job,
            _WorkersFromMain(sock, channel),
            lambda line: _tell(channel, {"result": asdict(line)}),
            lambda cell, outputs: _tell(channel, {"cell": cell, "shown": outputs}),
        )
        _tell(channel, {"done": True})
    except (Exception, LearnerFault) as error:  # noqa: BLE001 - main makes it errors of the checks not judged yet
        _tell(channel, {"fault": f"{type(error).__name__}: {error}"})


def _tell(channel: Channel, message: dict[str, Any]) -> None:
    channel.send(json.dumps(message).encode())


class _WorkersFromMain:
    """Asks main, which alone can reach the worker zygote."""

    def __init__(self, sock: socket.socket, channel: Channel) -> None:
        self._sock = sock
        self._channel = channel
        self._numbers: dict[int, int] = {}
        self._count = 0

    def new(self) -> socket.socket:
        _tell(self._channel, {"want": "worker"})
        sock = self._take()
        self._numbers[id(sock)] = self._count
        self._count += 1
        return sock

    def queued(self, sock: socket.socket) -> float:
        _tell(self._channel, {"want": "queued", "worker": self._numbers[id(sock)]})
        return float(json.loads(self._channel.receive())["queued"])

    def builder(self) -> socket.socket:
        """A builder's socket; main ends it with this judge. LookupError with the reason where there is none."""
        _tell(self._channel, {"want": "builder"})
        said = json.loads(self._channel.receive())
        if "without" in said:
            raise LookupError(said["without"])
        return self._take()

    def _take(self) -> socket.socket:
        data, ancillary, _, _ = self._sock.recvmsg(1, socket.CMSG_SPACE(4))
        fds = array.array("i")
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
        if data != b"w" or len(fds) != 1:
            raise GraderFault("main gave no worker")
        return socket.socket(fileno=fds[0])

    def drop(self, sock: socket.socket) -> None:
        sock.close()
        _tell(self._channel, {"drop": self._numbers[id(sock)]})
