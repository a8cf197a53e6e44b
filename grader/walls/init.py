"""Process number 1 of a child's namespaces: forks the child, reaps orphans, ends everything, counts.

Killing pid 1 from outside would lose the resource usage of all below it, so the keeper asks first.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
from typing import NoReturn


def fork() -> int:
    """Fork the child; pid 1 itself is left deaf to the signals its namespace can send."""
    # Python's handlers would let the child interrupt pid 1; without a handler the kernel drops its signals
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return os.fork()


def failure(error: BaseException) -> bytes:
    """A message that says why no child came to be."""
    return json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode()


def look_after(child: int, report: socket.socket) -> NoReturn:
    """Wait until the child ends or the keeper speaks (or is gone); end the rest; report; exit."""
    ear, mouth = socket.socketpair()
    ear.setblocking(False)
    mouth.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    poll = select.poll()
    for sock in (ear, report):
        poll.register(sock, select.POLLIN)
    status: int | None = None
    while status is None:
        status = _reap(child)
        if status is not None:
            break
        for descriptor, _ in poll.poll():
            if descriptor == ear.fileno():
                ear.recv(4096)
            else:
                report.recv(4096)
                status = _end_all(child)
                break
    later = _end_all(child)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = {
        "status": later if status is None else status,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_memory_mb": used.ru_maxrss / 1024,
    }
    report.send(json.dumps(words).encode())
    os._exit(0)


def _reap(child: int) -> int | None:
    """Collect whoever has ended; the child's wait status if it is among them."""
    status = None
    while True:
        try:
            pid, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == child:
            status = code


def _end_all(child: int) -> int | None:
    """Kill every process of the namespace but this one and wait for them all."""
    status = None
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return status
        try:
            pid, code = os.waitpid(-1, 0)
        except ChildProcessError:
            return status
        if pid == child:
            status = code
