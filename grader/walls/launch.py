"""The launcher: starts bubblewrap as a user who is nobody, and ends it when main is gone.

A process of its own between main and bubblewrap. Main may be root, and root's uid must never reach a learner's
code; main may also start a zygote from a thread that ends, which a parent-death signal would take for its
death. Standard library only; started with a plan (see ``view``) as JSON on its command line.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import select
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from grader.walls import syscalls

_STAGE = "/tmp"  # exists everywhere; covered in the launcher's own mount namespace only
_UIDS = range(61184, 65520)  # what service managers use for passing users


def main() -> None:
    """``argv``: the control and lifeline descriptors, bubblewrap's path, the plan."""
    control, alive = int(sys.argv[1]), int(sys.argv[2])
    bubblewrap, plan = sys.argv[3], json.loads(sys.argv[4])
    child = os.fork()
    if child == 0:
        os.close(alive)
        _become_bubblewrap(bubblewrap, plan, control)
    os.close(control)
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    ended = os.pidfd_open(child)
    poll.register(ended, select.POLLIN)
    if alive in {descriptor for descriptor, _ in poll.poll()}:
        signal.pidfd_send_signal(ended, signal.SIGKILL)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def _become_bubblewrap(bubblewrap: str, plan: dict[str, Any], control: int) -> NoReturn:
    try:
        sources = [mount["source"] for mount in plan["mounts"]]
        staged = sources
        if os.geteuid() == 0:
            staged = _stage([*sources, bubblewrap_folder(bubblewrap)])
            bubblewrap = f"{staged.pop()}/{Path(bubblewrap).relative_to(bubblewrap_folder(bubblewrap))}"
            drop(unused_uid())
        argv = [bubblewrap, *plan["head"]]
        for source, mount in zip(staged, plan["mounts"], strict=True):
            argv += ["--ro-bind", source, mount["target"]]
        for target, text in plan["files"].items():
            argv += ["--ro-bind-data", str(content(text)), target]
        command = [*plan["command"], str(control), json.dumps(plan["place"])]
        os.set_inheritable(control, True)
        os.execve(bubblewrap, [*argv, *plan["tail"], "--", *command], {})
    except BaseException as error:  # noqa: BLE001  the parent only sees the exit code
        print(f"launcher: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(125)


def bubblewrap_folder(bubblewrap: str) -> str:
    """The folder that holds bubblewrap and the libraries that the packaged one finds beside itself."""
    path = Path(bubblewrap)
    return str(path.parents[2] if path.parent.name == "_bin" else path.parent)


def _stage(sources: list[str]) -> list[str]:
    """Bind each source to a path that anybody may walk to; return those paths."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    opened = [os.open(source, os.O_PATH) for source in sources]
    syscalls.mount("ladder", _STAGE, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
    staged = []
    for number, (source, descriptor) in enumerate(zip(sources, opened, strict=True)):
        target = Path(_STAGE, str(number))
        link = f"/proc/self/fd/{descriptor}"
        if Path(link).is_dir():
            target.mkdir()
        else:
            target.touch()
        try:
            syscalls.mount(link, str(target), None, syscalls.MS_BIND | syscalls.MS_REC)
        except OSError as error:
            raise OSError(error.errno, f"bind {source}: {os.strerror(error.errno or 0)}") from None
        os.close(descriptor)
        staged.append(str(target))
    return staged


def unused_uid() -> int:
    """A uid and gid that no account has, different between launchers running side by side."""
    for step in range(len(_UIDS)):
        uid = _UIDS[(os.getpid() + step) % len(_UIDS)]
        with contextlib.suppress(KeyError):
            pwd.getpwuid(uid)
            continue
        return uid
    raise LookupError("every passing uid has an account")


def drop(uid: int) -> None:
    """Be this user and group and no other, for good; the caller was root."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def content(text: str) -> int:
    """A descriptor that reads ``text`` and stays open over exec."""
    descriptor = os.memfd_create("ladder", 0)
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
