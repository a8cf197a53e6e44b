"""The second choice: one container per worker and per judge, by Docker or Podman.

The image is empty but for folders and links, made here with ``import`` and fetched from nowhere; the host's
interpreter, packages and ``/usr`` are bound into it read-only. A child calls main on a Unix socket bound into its
container, so that a judge can be handed its workers' sockets. Linux only, and slower: every child imports anew.

No container engine ran on the machine this was written on: the command line and the image are tested as data,
detection by its failure, a whole run not at all.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.errors import GraderFault
from grader.model import Limits, WallsReport
from grader.walls import view
from grader.walls.child import Child

ENGINES = ("docker", "podman")
IMAGE = "ladder-empty:1"
SOCKETS = f"{view.NEUTRAL}/sockets"
_START_SECONDS = 120.0
_COMMAND_SECONDS = 60.0


def command(
    engine: str,
    name: str,
    plan: view.Plan,
    limits: Limits,
    seconds: float,
    sockets: str,
    rootless: bool = False,
    preload: Sequence[str] = (),
) -> list[str]:
    """The whole command line that runs one child. ``sockets`` is the host folder with ``sock`` and ``report``."""
    memory = f"{limits.total_memory_mb}m"
    line = [engine, "run", "--rm", "--name", name, "--pull", "never", "--network", "none", "--read-only",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", f"{view.UID}:{view.UID}",
            "--pids-limit", str(limits.processes), "--memory", memory, "--memory-swap", memory,
            "--ipc", "private", "--hostname", "ladder", "--log-driver", "none", "--ulimit", "core=0",
            "--shm-size", f"{limits.disk_mb}m", "--workdir", plan.spaces[0]]  # fmt: skip
    if engine == "podman" and rootless:
        line += ["--userns", f"keep-id:uid={view.UID},gid={view.UID}"]
    for space in (*plan.spaces, *plan.locked):
        if space != "/dev/shm":
            line += ["--tmpfs", f"{space}:rw,exec,nosuid,nodev,size={limits.disk_mb}m,mode=1777"]
    for mount in (*plan.mounts, view.Mount(sockets, SOCKETS)):
        if mount.target != "/sys/devices/system/cpu":  # an engine brings its own /sys
            line += ["--mount", f"type=bind,src={mount.source},dst={mount.target},readonly"]
    for variable, value in plan.environment.items():
        line += ["--env", f"{variable}={value}"]
    orders = {"place": plan.place, "limits": dataclasses.asdict(limits), "seconds": seconds,
              "preload": list(preload), "sock": f"{SOCKETS}/sock", "report": f"{SOCKETS}/report"}  # fmt: skip
    return [*line, IMAGE, *plan.python, plan.code("contained"), json.dumps(orders)]


def image(plan: view.Plan) -> bytes:
    """An uncompressed tar of what the mounts do not bring: links and the small files of /etc."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for points, path in plan.links:
            link = tarfile.TarInfo(path.lstrip("/"))
            link.type, link.linkname = tarfile.SYMTYPE, points
            tar.addfile(link)
        for path, text in plan.files.items():
            file = tarfile.TarInfo(path.lstrip("/"))
            file.size, file.mode = len(text.encode()), 0o644
            tar.addfile(file, io.BytesIO(text.encode()))
    return buffer.getvalue()


def engine_with_image(plan: view.Plan) -> str:
    """The first engine that takes our image; GraderFault with what each said."""
    said = []
    for engine in ENGINES:
        if shutil.which(engine) is None:
            said.append(f"{engine}: not installed")
            continue
        try:
            done = subprocess.run(
                [engine, "import", "-", IMAGE], input=image(plan), capture_output=True, timeout=_COMMAND_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            said.append(f"{engine}: {type(error).__name__}")
            continue
        if done.returncode == 0:
            return engine
        said.append(f"{engine}: {_last_line(done.stderr) or f'exit code {done.returncode}'}")
    raise GraderFault("; ".join(said))


class Containers:
    """Walls of containers; see ``Walls``."""

    kind = "container"

    def __init__(self, worker: view.Role, judge: view.Role) -> None:
        self._plans = {"worker": view.plan(worker), "judge": view.plan(judge)}
        self._engine = engine_with_image(self._plans["worker"])
        self._folder = tempfile.TemporaryDirectory(prefix="ladder-")
        self._children: set[Child] = set()
        self._keepers: list[threading.Thread] = []
        self._landlock = False
        self._lock = threading.Lock()
        self._closed = False

    def spawn_worker(self, limits: Limits, seconds: float, preload: Sequence[str] = ()) -> Child:
        """See ``Walls``."""
        return self._spawn("worker", limits, seconds, preload)

    def spawn_judge(self, limits: Limits, seconds: float) -> Child:
        """See ``Walls``."""
        return self._spawn("judge", limits, seconds)

    def report(self, limits: Limits) -> WallsReport:
        """See ``Walls``."""
        return WallsReport(self.kind, True, self._landlock, "none", dataclasses.asdict(limits))

    def close(self) -> None:
        """See ``Walls``."""
        with self._lock:
            self._closed = True
            keepers, self._keepers = self._keepers, []
            for child in list(self._children):
                child.kill()
        for keeper in keepers:
            keeper.join(_COMMAND_SECONDS)
        self._folder.cleanup()

    def __enter__(self) -> Containers:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _spawn(self, role: str, limits: Limits, seconds: float, preload: Sequence[str] = ()) -> Child:
        if self._closed:
            raise GraderFault("the walls are closed")
        name = f"ladder-{secrets.token_hex(8)}"
        sockets = Path(self._folder.name, name)
        sockets.mkdir(0o755)  # its parent is closed to everybody else
        line = command(
            self._engine,
            name,
            self._plans[role],
            limits,
            seconds + _START_SECONDS,
            str(sockets),
            os.geteuid() != 0,
            preload,
        )
        with _listen(sockets / "sock", socket.SOCK_STREAM) as first, \
                _listen(sockets / "report", socket.SOCK_SEQPACKET) as second:  # fmt: skip
            process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            try:
                sock, report = _accept(first, process), _accept(second, process)
                message = _receive(report, _START_SECONDS)
            except GraderFault:
                _remove(self._engine, name, process)
                raise
            finally:
                shutil.rmtree(sockets, ignore_errors=True)
        if not message.get("ready"):
            _remove(self._engine, name, process)
            raise GraderFault(f"a {role} did not start in its container: {message.get('failed', 'it said nothing')}")
        self._landlock = bool(message["landlock"])
        lifeline, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = Child(sock, lifeline, self._children.discard)
        keeper = threading.Thread(target=_keep, args=(self._engine, name, process, report, ours, seconds), daemon=True)
        with self._lock:
            self._children.add(child)
            self._keepers = [one for one in self._keepers if one.is_alive()] + [keeper]
        keeper.start()
        return child


def _keep(
    engine: str,
    name: str,
    process: subprocess.Popen[bytes],
    report: socket.socket,
    lifeline: socket.socket,
    seconds: float,
) -> None:
    """Be the child's keeper: end it in time or when main says so, and tell how it ended."""
    reason = None
    with report, lifeline:
        until = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([report, lifeline], [], [], max(0.0, until - time.monotonic()))
            if report in ready or lifeline not in ready or not lifeline.recv(16):
                break
            # how long it stood in the run queue: the engine's processes are not to be seen from here
            lifeline.send(json.dumps({"queued": 0.0}).encode())
        if report not in ready:
            reason = "killed" if lifeline in ready else "deadline"
            with contextlib.suppress(OSError):
                report.send(b"end")
        try:
            words = _receive(report, 5.0)
        except GraderFault:
            words = {}
        _remove(engine, name, process)
        with contextlib.suppress(OSError):
            lifeline.send(json.dumps(ending(words, reason, process.returncode)).encode())


def ending(words: Mapping[str, Any], reason: str | None, code: int) -> dict[str, Any]:
    """How a child ended, from its pid 1's last words, what its keeper did and the engine's exit code."""
    status = words.get("status")
    if status is None:
        # pid 1 itself was killed: by us, or by the kernel because the container was out of memory
        ended, number = reason or ("memory" if code == 137 else "signal"), 9
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        ended = reason or "signal" if number == 9 else "signal"
    else:
        ended, number = "exit", os.WEXITSTATUS(status)
    return {"ended": ended, "status": number, "cpu_seconds": words.get("cpu_seconds", 0.0),
            "peak_memory_mb": words.get("peak_memory_mb", 0.0)}  # fmt: skip


def _listen(path: Path, kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, kind)
    sock.bind(str(path))
    path.chmod(0o666)  # the child is another user
    sock.listen(1)
    return sock


def _accept(listener: socket.socket, process: subprocess.Popen[bytes]) -> socket.socket:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if select.select([listener], [], [], 0.2)[0]:
            return listener.accept()[0]
        if process.poll() is not None:
            said = process.stderr.read() if process.stderr else b""
            raise GraderFault(f"a container did not start: {_last_line(said) or f'exit code {process.returncode}'}")
    raise GraderFault(f"a container did not start in {_START_SECONDS:g} seconds")


def _receive(report: socket.socket, seconds: float) -> dict[str, Any]:
    if not select.select([report], [], [], seconds)[0]:
        raise GraderFault("a container's first process says nothing")
    try:
        message = report.recv(1 << 16)
    except ConnectionResetError:  # it ended with our last word unread: once, before what it had said
        message = report.recv(1 << 16)
    words: dict[str, Any] = json.loads(message) if message else {}
    return words


def _remove(engine: str, name: str, process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run([engine, "rm", "--force", name], capture_output=True, timeout=_COMMAND_SECONDS)
    try:
        process.wait(_COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr:
        process.stderr.close()


def _last_line(said: bytes) -> str:
    lines: Sequence[str] = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
