"""Main's side of a builder: where a learner's image is built and started (`ladder tools install images`).

Neither a worker nor a judge: both have no namespaces to make and nothing to mount, which is what building an image is.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderFault
from grader.tools import images
from grader.walls import outer, view
from grader.walls.child import Child

IDS = 65_536  # of a user namespace, as images use them
_NOBODYS = 0x7000_0000  # ids that no distribution, service manager or engine hands out
_READY_SECONDS = 30.0
_SUBORDINATE = {"uid": Path("/etc/subuid"), "gid": Path("/etc/subgid")}
_DRIVER = Path(__file__).resolve().parent.parent / "judges" / "kits" / "image_driver.py"
_INSIDE = f"{view.NEUTRAL}/images"
SCRATCH = "/scratch"
GREETING = b"+"
_FILES = {
    "/etc/passwd": f"root:x:0:0:root:{SCRATCH}/home:/bin/sh\n",
    "/etc/group": "root:x:0:\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/containers/policy.json": '{"default": [{"type": "insecureAcceptAnything"}]}\n',
}


@dataclass(frozen=True)
class Room:
    """What a builder may use."""

    seconds: float = 600.0
    memory_mb: float = 3072.0  # of all processes; what is on its disk counts apart
    processes: int = 400
    disk_mb: int = 3072  # of memory, in which its disk lies


@dataclass(frozen=True)
class Shown:
    """A path of the machine that a builder sees."""

    source: Path
    target: str
    writable: bool = False


def spawn(folder: Path, room: Room = Room()) -> Child:
    """A builder with the installation in ``folder``; GraderFault, with the reason, where it cannot be had."""
    about = images.about(folder)
    if about is None:
        raise GraderFault("images cannot be built here: `ladder tools install images`")
    missing = images.missing_programs()
    if missing:
        raise GraderFault(f"images cannot be built here: {missing[0]} is not installed")
    ids = about.ids
    if ids != subordinate_ids():
        raise GraderFault("images cannot be built here: the local base image belongs to other ids; install it again")
    shown = [Shown(folder / part, f"{_INSIDE}/{part}") for part in images.PARTS]
    return start([Shown(_DRIVER, f"{_INSIDE}/driver.py"), *shown], (f"{_INSIDE}/driver.py", _INSIDE), ids, room)


def start(shown: Sequence[Shown], command: Sequence[str], ids: tuple[int, int], room: Room = Room()) -> Child:
    """Run a Python program in a builder that sees ``shown``. It is told its socket's descriptor last, and greets there.

    GraderFault if it never does.
    """
    sock, theirs = socket.socketpair()
    lifeline, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = Child(sock, lifeline)
    with theirs, its_end, tempfile.TemporaryFile() as said:
        words = json.dumps(orders(shown, command, ids, room))
        launcher = None
        try:
            launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, outer.small_start("builder_launch"),
                 str(theirs.fileno()), str(its_end.fileno()), words],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                pass_fds=(theirs.fileno(), its_end.fileno()), cwd="/",
            )  # fmt: skip
            launcher.wait(_READY_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            if launcher is not None:
                launcher.kill()
                launcher.wait()
            sock.close()
            lifeline.close()
            raise GraderFault(f"no builder could be started: {type(error).__name__}") from None
        theirs.close()
        its_end.close()
        child.await_ready(_READY_SECONDS)
        if not _greeted(sock):
            sock.close()
            child.wait(0)
            said.seek(0)
            lines = said.read()[-4000:].decode(errors="replace").strip().splitlines()
            raise GraderFault(f"no builder stands here ({lines[-1] if lines else 'it said nothing'})")
    return child


def _greeted(sock: socket.socket) -> bool:
    """Whether the program in the builder has said that it is there: by one byte."""
    sock.settimeout(_READY_SECONDS)
    try:
        return sock.recv(1) == GREETING
    except OSError:
        return False
    finally:
        sock.settimeout(None)


# The launcher outlives whoever starts it and must not become main's zombie: started by a process that ends at once.
_START = "import os, sys; code = sys.argv.pop(1); os.fork() and os._exit(0); exec(code)"


def orders(shown: Sequence[Shown], command: Sequence[str], ids: tuple[int, int], room: Room) -> dict[str, Any]:
    """What the launcher is told."""
    head = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
            "--hostname", "builder", "--cap-add", "ALL", "--die-with-parent", "--new-session",
            "--clearenv"]  # fmt: skip
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": f"{SCRATCH}/home",
        "TMPDIR": f"{SCRATCH}/tmp",
        "LANG": "C.UTF-8",
    }
    for name, value in environment.items():
        head += ["--setenv", name, value]
    head += ["--proc", "/proc", "--dev", "/dev", "--size", str(room.disk_mb << 20), "--tmpfs", SCRATCH,
             "--dir", "/sys", "--dir", "/run"]  # fmt: skip
    for name, at in (("tmp", "/tmp"), ("tmp", "/var/tmp"), ("cache", "/var/cache")):  # an engine writes there
        head += ["--symlink", f"{SCRATCH}/{name}", at]
    mounts = [Shown(Path("/usr"), "/usr")]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if Path(name).is_symlink():
            head += ["--symlink", os.readlink(name), name]  # noqa: PTH115  as it is, unresolved
        elif Path(name).is_dir():
            mounts.append(Shown(Path(name), name))
    mounts += [Shown(Path(name), name) for name in ("/etc/ld.so.cache", "/etc/alternatives") if Path(name).exists()]
    python = Path(sys.base_prefix)
    if not python.is_relative_to("/usr"):
        mounts.append(Shown(python, str(python)))
    interpreter = python / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "ids": list(ids),
        "bubblewrap": outer.bubblewrap(),
        "head": head,
        "mounts": [
            {"source": str(one.source.resolve()), "target": one.target, "writable": one.writable}
            for one in (*mounts, *shown)
        ],
        "files": _FILES,
        "tail": ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH],
        "command": [str(interpreter), "-I", "-S", "-B", *command],
        "seconds": room.seconds,
        "memory_mb": room.memory_mb,
        "processes": room.processes,
        "limits": {"NPROC": room.processes, "FSIZE": room.disk_mb << 20, "CORE": 1, "NOFILE": 4096},
    }


def subordinate_ids() -> tuple[int, int]:
    """The first of the ids that a builder's user namespace is given, and how many; GraderFault where there are none."""
    if os.geteuid() == 0:
        if _may_map(_NOBODYS):
            return _NOBODYS, IDS
        raise GraderFault("images cannot be built here: this root may not give a user namespace ids that nobody has")
    found = {kind: _first_of(file, getpass.getuser()) for kind, file in _SUBORDINATE.items()}
    first = found["uid"]
    if first is None or found["gid"] != first or not all(map(shutil.which, ("newuidmap", "newgidmap"))):
        raise GraderFault(
            "images cannot be built here: this account has no subordinate ids (newuidmap, and a line with the same "
            f"{IDS} ids in /etc/subuid and /etc/subgid)"
        )
    return first, IDS


def _may_map(first: int) -> bool:
    """Whether those ids exist in this process's own user namespace."""
    for kind in ("uid", "gid"):
        with contextlib.suppress(OSError):
            lines = [list(map(int, line.split())) for line in Path(f"/proc/self/{kind}_map").read_text().splitlines()]
            if any(inside <= first and first + IDS <= inside + count for inside, _, count in lines):
                continue
        return False
    return True


def _first_of(file: Path, user: str) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            name, first, count = line.split(":")
            if name in (user, str(os.geteuid())) and int(count) >= IDS:
                return int(first)
    return None
