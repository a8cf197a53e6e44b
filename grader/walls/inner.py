"""The inner walls: what a fresh child does to itself before it may touch a learner's bytes.

Runs inside the zygote's bubblewrap, as pid 1 of new namespaces. Standard library only.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from grader.walls import init, landlock, limits, seccomp, syscalls
from grader.walls.syscalls import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC, MS_REMOUNT

UID = 1000
STORE = "/ladder/store"  # where the child's one tmpfs is mounted before its parts go to their places
SOCKET_FD = 3
_INODES_PER_MB = 128
# in a fresh /proc, what says something about the machine and nobody inside needs
_HIDDEN_FILES = ("kcore", "keys", "key-users", "kallsyms", "kmsg", "timer_list", "sysrq-trigger", "config.gz",
                 "kpagecount", "kpageflags", "kpagecgroup", "modules", "iomem", "ioports")  # fmt: skip
_HIDDEN_FOLDERS = ("acpi", "scsi", "bus", "irq", "fs", "driver", "tty")


@dataclass(frozen=True)
class Place:
    """What a zygote knows about all its children: where they may write and what they run."""

    serve: Callable[[int], object]  # called in the child with its socket's descriptor
    spaces: tuple[str, ...]  # folders that become the child's own, empty, size-limited; the first is its cwd
    locked: tuple[str, ...]  # mounts the zygote could write to and a child may not
    dumpable: bool  # False hides the child's memory and descriptors from its neighbours
    inherited_mb: float  # data mapped by the zygote before any child
    preloaded: frozenset[str] = frozenset()  # libraries beyond the usual ones that some child has asked for


def enter(place: Place, numbers: Mapping[str, float], seconds: float, sock: int, report: socket.socket) -> NoReturn:
    """Be pid 1: raise the walls, fork the child, look after it, end. Never returns."""
    ready = False
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keep_only(sock, report.fileno())
        _map_user()
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        _mount(place, numbers["disk_mb"])
        syscalls.loopback_up()
        # if the machine runs short, the learner's processes go first
        Path("/proc/self/oom_score_adj").write_text("1000")
        _lock_proc()
        limits.apply(numbers, seconds, place.inherited_mb)
        syscalls.drop_capabilities()
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        # the child has pid 1's uid: without this it could write pid 1's memory
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        landlock.confine((*place.spaces, "/dev"))
        seccomp.install()
        child = init.fork()
        if child == 0:
            report.close()
            run(place, sock)
        os.close(sock)
        report.send(b'{"ready": true}')
        ready = True
        init.look_after(child, report)
    except BaseException as error:  # noqa: BLE001  whatever it is, main has to hear it
        if not ready:
            with contextlib.suppress(OSError):
                report.send(init.failure(error))
    os._exit(1)


def keep_only(*descriptors: int) -> None:
    """Close every descriptor but these; standard input and output become nothing."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    last = 2
    for descriptor in sorted(descriptors):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _map_user() -> None:
    me = Path("/proc/self")
    (me / "setgroups").write_text("deny")
    (me / "uid_map").write_text(f"{UID} {UID} 1")
    (me / "gid_map").write_text(f"{UID} {UID} 1")


def _mount(place: Place, disk_mb: float) -> None:
    syscalls.mount(None, "/", None, MS_REC | syscalls.MS_PRIVATE)
    # one file system for all writable folders, so that the size is a total
    sizes = f"size={int(disk_mb)}m,nr_inodes={int(disk_mb * _INODES_PER_MB)},mode=755"
    syscalls.mount("ladder", STORE, "tmpfs", MS_NOSUID | MS_NODEV, sizes)
    for number, space in enumerate(place.spaces):
        part = Path(STORE, str(number))
        part.mkdir()
        part.chmod(0o1777 if space in ("/tmp", "/dev/shm") else 0o755)
        syscalls.mount(str(part), space, None, MS_BIND)
    syscalls.unmount(STORE)
    for target in place.locked:
        syscalls.mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    # the zygote's terminals would be one channel between all its children
    syscalls.mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    syscalls.mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def _lock_proc() -> None:
    for setting in sorted(Path("/proc/sys/user").glob("max_*_namespaces")):
        setting.write_text("0")
    proc = Path("/proc")
    for name in _HIDDEN_FILES:
        if (proc / name).exists():
            syscalls.mount("/dev/null", f"/proc/{name}", None, MS_BIND)
    for name in _HIDDEN_FOLDERS:
        if (proc / name).exists():
            syscalls.mount("none", f"/proc/{name}", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=0,nr_inodes=1")
    syscalls.mount("/proc/sys", "/proc/sys", None, MS_BIND | MS_REC)
    flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
    syscalls.mount(None, "/proc/sys", None, flags)


def run(place: Place, sock: int) -> NoReturn:
    """Become the child proper: own session, one descriptor, fresh randomness; then serve."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1 if place.dumpable else 0)
        if sock != SOCKET_FD:
            os.dup2(sock, SOCKET_FD, inheritable=False)
        os.closerange(SOCKET_FD + 1, limits.FILES)
        os.umask(0o022)
        os.chdir(place.spaces[0])
        _reseed()
        gc.enable()
        place.serve(SOCKET_FD)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _reseed() -> None:
    """Forked children share every generator's state; give each its own."""
    random.seed(os.urandom(32))
    modules: dict[str, Any] = dict(sys.modules)
    if "numpy.random" in modules:
        modules["numpy.random"].seed(int.from_bytes(os.urandom(4), "little"))
    if "torch" in modules:
        modules["torch"].manual_seed(int.from_bytes(os.urandom(4), "little"))
