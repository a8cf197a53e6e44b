"""The first process of a container: imports, gives up what it can still give up, forks its one child.

The second choice where a zygote cannot make namespaces: cold for every child, since the container engine made
the walls around this process. Standard library only, until it imports what it is told to preload.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from grader.walls import init, inner, landlock, limits, seccomp, syscalls, zygote


def main() -> None:
    """``argv``: the orders as JSON: ``place``, ``limits``, ``seconds``, ``preload``, and the two sockets of main."""
    words = json.loads(sys.argv[1])
    sys.argv = [""]
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(words["sock"])
    report = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    report.connect(words["report"])
    try:
        place = zygote.prepare(words["place"], words["preload"])
        inner.keep_only(sock.fileno(), report.fileno())
        limits.apply(words["limits"], words["seconds"], place.inherited_mb)
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        landlock.confine((*place.spaces, "/dev"))
        seccomp.install()
        child = init.fork()
    except BaseException as error:
        report.send(init.failure(error))
        raise
    if child == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        report.close()
        inner.run(place, sock.detach())
    sock.close()
    report.send(json.dumps({"ready": True, "landlock": landlock.version()}).encode())
    init.look_after(child, report)
    os._exit(1)
