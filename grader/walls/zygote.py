"""The zygote: a warm process that forks a keeper, and through it a child, per request.

It runs inside bubblewrap, has never seen a learner's byte, and never waits for a child. Main asks over a
sequenced-packet socket: one JSON message with two descriptors, the child's socket and the keeper's lifeline.
Standard library only, until it imports what it is told to preload.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.walls import init, inner, keeper, landlock, limits

MESSAGE_BYTES = 1 << 16


def main() -> None:
    """``argv``: the control socket's descriptor, then the place as JSON."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    words = json.loads(sys.argv[2])
    sys.argv = [""]  # learner code shall find nothing of ours in it
    try:
        place = prepare(words)
    except BaseException as error:
        control.send(init.failure(error))
        raise
    # children share what is there now; a collection in a child would copy it all
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps keepers
    control.send(json.dumps({"ready": True, "landlock": landlock.version()}).encode())
    _serve(control, place)


def prepare(words: dict[str, Any]) -> inner.Place:
    """Import what is to be preloaded; the place of all children to come."""
    _rewrite_scripts(words["scripts"])
    if words["preload"]:
        _function(words["preload"])()
    return inner.Place(
        serve=_function(words["serve"]),
        spaces=tuple(words["spaces"]),
        locked=tuple(words["locked"]),
        dumpable=words["dumpable"],
        inherited_mb=limits.status_mb("VmData"),
    )


def _serve(control: socket.socket, place: inner.Place) -> None:
    """Fork keepers until main is gone."""
    me = os.getpid()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_BYTES, 2)
        if not message:
            return
        if len(descriptors) == 2 and os.fork() == 0:
            control.close()
            request: dict[str, Any] = json.loads(message)
            keeper.keep(place, request, descriptors[0], socket.socket(fileno=descriptors[1]), me)
        for descriptor in descriptors:
            os.close(descriptor)


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
