"""Tries each kernel feature the namespaces need by using it in a throw-away process.

Started as a process of its own (see ``doctor``), because trying means giving up root. Standard library only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from grader.walls import landlock, launch, seccomp, syscalls

_KINDS = {
    "mount": syscalls.CLONE_NEWNS,
    "pid": syscalls.CLONE_NEWPID,
    "network": syscalls.CLONE_NEWNET,
    "ipc": syscalls.CLONE_NEWIPC,
    "uts": syscalls.CLONE_NEWUTS,
    "cgroup": syscalls.CLONE_NEWCGROUP,
}


def main() -> None:
    """Print ``{feature: null, or why not}`` as one line of JSON."""
    if os.geteuid() == 0:
        launch.drop(launch.unused_uid())
        # without this a process that changed its user may not write its own uid map
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    found: dict[str, str | None] = {"user": _try(_user)}
    for name, flag in _KINDS.items():
        found[name] = _try(lambda flag=flag: syscalls.unshare(syscalls.CLONE_NEWUSER | flag))  # type: ignore[misc]
    found["tmpfs"] = _try(_tmpfs)
    found["seccomp"] = _try(_seccomp)
    found["landlock"] = None if landlock.version() else "this kernel has none"
    print(json.dumps(found))


def _user() -> None:
    uid = os.geteuid()
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")


def _tmpfs() -> None:
    # a system that denies late lets unshare succeed and refuses the first mount
    syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("ladder", "/tmp", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "size=1m")


def _seccomp() -> None:
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install()


def _try(act: Callable[[], None]) -> str | None:
    """Why ``act`` fails in a fork of this process, or None."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            act()
        except Exception as error:  # noqa: BLE001  any failure is the answer
            os.write(writer, f"{error}".encode()[:500] or b"failed")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as said:
        reason = said.read().decode(errors="replace")
    status = os.waitpid(child, 0)[1]
    return reason or (None if status == 0 else f"ended with status {status}")
