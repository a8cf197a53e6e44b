"""The zygote: a small process that forks a keeper per request, and a warm one that forks the child.

Both run inside bubblewrap, have never seen a learner's byte, and never wait for a child. Main asks over a
sequenced-packet socket: one JSON message with two descriptors, the child's socket and the keeper's lifeline.
Two processes, because forking the warm one costs milliseconds for each hundred megabytes it has imported, and
a keeper needs none of them. Standard library only, until the warm one imports what it is told to preload.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grader.walls import init, inner, keeper, landlock, limits, syscalls

MESSAGE_BYTES = 1 << 16


def main() -> None:
    """``argv``: the control socket's descriptor, then the place as JSON."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    words = json.loads(sys.argv[2])
    sys.argv = [""]  # learner code shall find nothing of ours in it
    warm, orders = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    me = os.getpid()
    pid = os.fork()
    if pid == 0:
        warm.close()
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == me:
            _be_warm(control, orders, words)
        os._exit(1)
    orders.close()
    _serve(control, warm, os.pidfd_open(pid))


def _serve(control: socket.socket, warm: socket.socket, warm_end: int) -> None:
    """Fork keepers until main or the warm process is gone."""
    me = os.getpid()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(warm_end, select.POLLIN)
    while warm_end not in {descriptor for descriptor, _ in poll.poll()}:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_BYTES, 2)
        if not message:
            return
        if len(descriptors) == 2 and os.fork() == 0:
            control.close()
            keeper.keep(warm, message, descriptors[0], socket.socket(fileno=descriptors[1]), me)
        for descriptor in descriptors:
            os.close(descriptor)


def _be_warm(control: socket.socket, orders: socket.socket, words: dict[str, Any]) -> None:
    """Import, say so to main, then fork pid 1 of a child per keeper that asks."""
    # imports may start commands and want to know how they ended
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        place = prepare(words)
    except BaseException as error:
        control.send(init.failure(error))
        raise
    # children share what is there now; a collection in a child would copy it all
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(json.dumps({"ready": True, "landlock": landlock.version()}).encode())
    control.close()
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, MESSAGE_BYTES, 2)
        if not message:
            return
        sock, report = descriptors[0], socket.socket(fileno=descriptors[1])
        request = json.loads(message)
        with report:
            try:
                place = _with_more(place, words["preload"], request["preload"])
                pid = syscalls.fork_into(syscalls.NEW_NAMESPACES)
                if pid == 0:
                    inner.enter(place, request["limits"], float(request["seconds"]), sock, report)
                said = json.dumps({"pid": pid}).encode()
            except Exception as error:  # noqa: BLE001  an import may raise anything, and is that one child's end only
                said = init.failure(error)
            with contextlib.suppress(OSError):  # the keeper may be gone
                report.send(said)
        os.close(sock)


def prepare(words: dict[str, Any], more: Sequence[str] = ()) -> inner.Place:
    """Import what is to be preloaded, and what one child wants ``more``; the place of all children to come."""
    _rewrite_scripts(words["scripts"])
    if words["preload"]:
        _function(words["preload"])()
        if more:
            _function(words["preload"])(*more)
    return inner.Place(
        serve=_function(words["serve"]),
        spaces=tuple(words["spaces"]),
        locked=tuple(words["locked"]),
        dumpable=words["dumpable"],
        inherited_mb=limits.status_mb("VmData"),
        preloaded=frozenset(more),
    )


def _with_more(place: inner.Place, preload: str, more: Sequence[str]) -> inner.Place:
    """Import what nobody has asked for so far. It stays for all children to come, so it is paid for once.

    Most submissions want none of it: a zygote of theirs starts sooner and forks faster without.
    """
    missing = [name for name in more if name not in place.preloaded]
    if not missing:
        return place
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        gc.enable()
        _function(preload)(*missing)
    finally:
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    return dataclasses.replace(
        place, inherited_mb=limits.status_mb("VmData"), preloaded=place.preloaded | frozenset(missing)
    )


def _function(name: str) -> Callable[..., Any]:
    """The function called ``module:function``."""
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def _rewrite_scripts(scripts: dict[str, str] | None) -> None:
    """Copy an environment's console scripts, whose first line names a place the environment is not at here."""
    if scripts is None:
        return
    for script in Path(scripts["from"]).iterdir():
        with script.open("rb") as file:
            first = file.readline(512)
            if not first.startswith(b"#!") or scripts["was"].encode() not in first:
                continue
            copy = Path(scripts["to"], script.name)
            copy.write_bytes(first.replace(scripts["was"].encode(), scripts["is"].encode()) + file.read())
            copy.chmod(0o755)
