"""The builder's launcher: a user namespace with ids of its own around everything, bubblewrap inside it.

An engine that builds images needs to be root and to mount, so the builder is uid 0 of a user namespace whose ids are
nobody's on the machine: 65,536 of them, none of them the host's root or an account. bubblewrap then takes away what it
would see: own processes, own network with nothing but a loopback, own file system, of which only ``/scratch`` can be
written and is gone with the last process. Standard library only; told its orders as JSON on the command line.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from grader.runqueue import parents
from grader.walls import init, keeper, launch, seccomp, syscalls

# what an engine needs of what no other child may do
_ENGINE_CALLS = frozenset(
    {"mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "clone", "sethostname", "setdomainname", "fsopen",
     "fsconfig", "fsmount", "fspick", "open_tree", "move_mount", "mount_setattr", "memfd_create"}
)  # fmt: skip
_SAMPLE_SECONDS = 0.2
_GRACE_SECONDS = 5.0  # for the kernel to take down what there is


def main() -> None:
    """``argv``: the descriptors of the builder's socket and of the lifeline, then the orders."""
    sock, lifeline = int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    orders: dict[str, Any] = json.loads(sys.argv[3])
    try:
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)  # bubblewrap does not wait for what it has started
        child = _start(orders, sock, lifeline)
    except BaseException as error:  # noqa: BLE001  whatever it is, main has to hear it
        with contextlib.suppress(OSError):
            lifeline.send(init.failure(error))
        os._exit(1)
    os.close(sock)
    _see_to_its_end(child, lifeline, orders)


def _start(orders: dict[str, Any], sock: int, lifeline: socket.socket) -> int:
    """Fork what becomes bubblewrap, and give it its ids; its pid."""
    apart_r, apart_w = os.pipe()
    mapped_r, mapped_w = os.pipe()
    me = os.getpid()
    child = os.fork()
    if child == 0:
        lifeline.close()
        os.close(apart_r)
        os.close(mapped_w)
        _become_bubblewrap(orders, sock, me, apart_w, mapped_r)
    os.close(apart_w)
    os.close(mapped_r)
    with os.fdopen(apart_r, "rb") as apart, os.fdopen(mapped_w, "wb") as mapped:
        if apart.read(1) == b"x":
            _give_ids(child, *orders["ids"])
            mapped.write(b"x")
    return child


def _give_ids(pid: int, first: int, count: int) -> None:
    """Map ids 0 to ``count`` of the process's user namespace to ``first`` and up; OSError."""
    for kind in ("uid", "gid"):
        if os.geteuid() == 0:
            Path(f"/proc/{pid}/{kind}_map").write_text(f"0 {first} {count}")
        else:
            helper = shutil.which(f"new{kind}map") or f"new{kind}map"
            subprocess.run([helper, str(pid), "0", str(first), str(count)], check=True)


def _become_bubblewrap(orders: dict[str, Any], sock: int, parent: int, apart: int, mapped: int) -> NoReturn:
    try:
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        Path("/proc/self/oom_score_adj").write_text("1000")  # if the machine runs short, it goes first
        if os.geteuid() == 0:
            os.setgroups([])
        syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS)
        # still who started it, for the sources may lie where nobody else may walk
        folder = launch.bubblewrap_folder(orders["bubblewrap"])
        opened = [os.open(mount["source"], os.O_PATH) for mount in orders["mounts"]] + [os.open(folder, os.O_PATH)]
        os.write(apart, b"x")
        if os.read(mapped, 1) != b"x":
            raise PermissionError("no ids were given to the builder's user namespace")
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        staged = _stage(opened)
        bubblewrap = f"{staged.pop()}/{Path(orders['bubblewrap']).relative_to(folder)}"
        argv = [bubblewrap, *orders["head"]]
        for source, mount in zip(staged, orders["mounts"], strict=True):
            argv += ["--bind" if mount["writable"] else "--ro-bind", source, mount["target"]]
        for target, text in orders["files"].items():
            argv += ["--ro-bind-data", str(launch.content(text)), target]
        for which, value in orders["limits"].items():
            limit = getattr(resource, f"RLIMIT_{which}")
            hard = resource.getrlimit(limit)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (value, value))
        os.set_inheritable(sock, True)
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)  # changing one's ids has cleared it
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(_ENGINE_CALLS)
        os.execve(bubblewrap, [*argv, *orders["tail"], "--", *orders["command"], str(sock)], {})
    except BaseException as error:  # noqa: BLE001  the parent only sees the exit code
        print(f"builder: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(125)


def _stage(opened: list[int]) -> list[str]:
    """Bind what is opened to paths that anybody may walk to; those paths."""
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("ladder", "/tmp", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
    staged = []
    for number, descriptor in enumerate(opened):
        target = Path("/tmp", str(number))
        link = f"/proc/self/fd/{descriptor}"
        if Path(link).is_dir():
            target.mkdir()
        else:
            target.touch()
        syscalls.mount(link, str(target), None, syscalls.MS_BIND | syscalls.MS_REC)
        os.close(descriptor)
        staged.append(str(target))
    return staged


def _see_to_its_end(child: int, lifeline: socket.socket, orders: dict[str, Any]) -> NoReturn:
    """Watch until it has ended, end it where it may not go on, and tell main how it was."""
    ended = os.pidfd_open(child)
    deadline = time.monotonic() + float(orders["seconds"])
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(lifeline, select.POLLIN)
    reason = None
    peak = 0.0
    with contextlib.suppress(OSError):
        lifeline.send(b'{"ready": true}')
    pause = _SAMPLE_SECONDS
    while reason is None:
        ready = {descriptor for descriptor, _ in poll.poll(pause * 1000)}
        if ended in ready:
            break
        before = time.monotonic()
        found = keeper.family(child)
        held, count = keeper.held_mb(found, orders["memory_mb"]), len(found) - 1
        pause = max(_SAMPLE_SECONDS, 10 * (time.monotonic() - before))  # the more there is to look at, the rarer
        peak = max(peak, held)
        if lifeline.fileno() in ready:
            reason = "killed"
        elif time.monotonic() >= deadline:
            reason = "deadline"
        elif held > orders["memory_mb"] or count > orders["processes"]:
            reason = "memory"
    if reason is not None:
        _end(child, ended)
    status = os.waitpid(child, 0)[1]
    _reap(_GRACE_SECONDS)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    signalled = os.WIFSIGNALED(status)
    how = {
        "ended": reason or ("signal" if signalled else "exit"),
        "status": os.WTERMSIG(status) if signalled else os.WEXITSTATUS(status),
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_memory_mb": peak,
    }
    with contextlib.suppress(OSError):
        lifeline.send(json.dumps(how).encode())
    os._exit(0)


def _end(child: int, ended: int) -> None:
    """Kill pid 1 of the builder, and with it all processes there; what they used is counted when they are reaped."""
    for pid, parent in parents().items():
        if parent == child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    if not select.select([ended], [], [], _GRACE_SECONDS)[0]:
        signal.pidfd_send_signal(ended, signal.SIGKILL)  # pid 1 has asked for a death signal


def _reap(seconds: float) -> None:
    """Wait for whatever was left to this process: what it used counts."""
    until = time.monotonic() + seconds
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
