"""A small machine in bubblewrap for graders that run a learner's code as themselves.

Other graders are measured here and never outside: an attack that gets through would get this machine. The sandbox has
its own users, processes and network (loopback only), a private disk in memory, and is killed as a whole at a deadline
or when it holds more memory than it may. Started through the launcher of Ladder's own walls, so that root's uid never
goes in. Its process 1 is ``machine.py``.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.walls import outer

_MACHINE = Path(__file__).with_name("machine.py")
_HOST = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_FILES = {
    "/etc/passwd": "teacher:x:1000:1000:teacher:/home/teacher:/bin/sh\n",
    "/etc/group": "teacher:x:1000:\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
HOME = "/home/teacher"
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "/outside", "/course", HOME)
DISK = 768 << 20  # bytes of each of those
MEMORY = 6 << 30  # bytes all processes may hold together
LIMITS = {
    "RLIMIT_NPROC": 600,
    "RLIMIT_DATA": 4 << 30,
    "RLIMIT_FSIZE": DISK,
    "RLIMIT_NOFILE": 4096,
    "RLIMIT_CORE": 0,
}


@dataclass(frozen=True)
class Order:
    """What happens on the machine. Paths are those inside; see ``machine.py`` for each field."""

    commands: Sequence[Mapping[str, Any]]  # {"argv", "cwd", "seconds", "told"}, one after the other
    copies: Sequence[tuple[str, str]]  # laid out first: (read-only folder, where it goes)
    environment: Mapping[str, str]
    collect: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # commands whose output is wanted
    read: Sequence[str] = ()  # files whose text is wanted
    watched: Sequence[str] = ()  # folders that no submission may change
    mark: str = ""  # what an attack signs files and processes with
    places: Sequence[str] = ()  # where else a signed file may lie

    def text(self) -> str:
        return json.dumps({**vars(self), "limits": LIMITS})


@dataclass(frozen=True)
class Report:
    """What came of it. ``stopped``: why there is nothing else here, or empty."""

    stopped: str = ""
    commands: Sequence[Mapping[str, Any]] = ()
    harmed: Sequence[str] = ()
    left: Sequence[str] = ()
    collected: Mapping[str, str | None] = field(default_factory=dict)


def run(order: Order, python: Path, mounts: Mapping[Path, str], seconds: float) -> Report:
    """Carry out an order under the interpreter of a virtual environment, for at most so many seconds.

    ``mounts``: what else is readable, by where it stands inside.
    """
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder)
        job.chmod(0o755)  # inside, nobody is root
        (job / "order.json").write_text(order.text(), encoding="utf-8")
        answer, ended = _machine(_plan(job, python, mounts), seconds)
    if not answer:
        return Report(stopped=ended)
    return Report("", **json.loads(answer))


def _plan(job: Path, python: Path, mounts: Mapping[Path, str]) -> dict[str, Any]:
    readable = {Path("/usr"): "/usr", job: "/job", _MACHINE: "/machine.py"}
    readable |= {Path(sys.base_prefix): sys.base_prefix, python.parent.parent: str(python.parent.parent)}
    readable |= mounts
    links = []
    for name in _HOST:
        if Path(name).is_symlink():
            links += ["--symlink", str(Path(name).readlink()), name]
        elif Path(name).is_dir():
            readable[Path(name)] = name
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/fonts", "/etc/mime.types"):
        if Path(name).exists():
            readable[Path(name).resolve()] = name
    head = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
            "--unshare-cgroup-try", "--uid", "1000", "--gid", "1000", "--as-pid-1", "--die-with-parent",
            "--new-session", "--cap-drop", "ALL", "--clearenv", "--proc", "/proc", "--dev", "/dev"]  # fmt: skip
    for name in WRITABLE:
        head += ["--size", str(DISK), "--perms", "0777", "--tmpfs", name]
    return {
        "head": head,
        "mounts": [{"source": str(source), "target": target} for source, target in readable.items()],
        "files": _FILES,
        "tail": [*links, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME],
        "command": [str(python), "-I", "-B", "/machine.py"],
        "place": {},
    }


def _machine(plan: dict[str, Any], seconds: float) -> tuple[bytes, str]:
    """What the machine reported, and how it ended if it did not."""
    ours, theirs = socket.socketpair()
    alive, hold = os.pipe()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", outer.small_start("launch"),
             str(theirs.fileno()), str(alive), outer.bubblewrap(), json.dumps(plan)],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=(theirs.fileno(), alive), cwd="/",
        )  # fmt: skip
        theirs.close()
        os.close(alive)
        watch = _Watch(process.pid)
        try:
            answer, ended = _answer(ours, time.monotonic() + seconds, watch)
        finally:
            watch.over.set()
            os.close(hold)  # the launcher kills bubblewrap, and the kernel all that is inside
            ours.close()
            process.wait(30)
        said.seek(0)
        tail = said.read()[-2000:].decode(errors="replace").strip()
        return answer, ended or f"the machine ended without a report: {tail}"


def _answer(sock: socket.socket, deadline: float, watch: _Watch) -> tuple[bytes, str]:
    answer = b""
    while True:
        sock.settimeout(1.0)
        if watch.full:
            return b"", "all of the machine's memory was taken"
        if time.monotonic() > deadline:
            return b"", "the machine did not come to an end in time"
        try:
            block = sock.recv(1 << 20)
        except TimeoutError:
            continue
        if not block:
            return answer, ""
        answer += block


class _Watch:
    """Looks twice a second how much memory everything below a process holds."""

    def __init__(self, root: int) -> None:
        self.full = False
        self.over = threading.Event()
        self._root = root
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self.over.wait(0.5):
            all_below = below(self._root)
            # pages shared after a fork count once only in the slower figure
            if sum(_figure(pid, "status", "RssAnon", "RssShmem") for pid in all_below) > MEMORY:
                self.full = self.full or sum(_figure(pid, "smaps_rollup", "Pss") for pid in all_below) > MEMORY


def below(root: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _figure(pid: int, file: str, *names: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/{file}").read_text().splitlines() if ":" in line)
        return sum(int(lines[name].split()[0]) for name in names if name in lines) * 1024
    return 0
