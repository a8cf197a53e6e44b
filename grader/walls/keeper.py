"""The keeper: a small process beside one child, outside the child's namespaces.

It ends the child when main says so or is gone, when the time is over or when all its processes together hold
too much memory, and tells main how it ended; and meanwhile, when asked, how long they stood in the run queue. Standard
library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from grader.runqueue import RunQueue, below
from grader.walls import init, syscalls

_SAMPLE_SECONDS = 0.1
_GRACE_SECONDS = 2.0  # for pid 1 to end everything and count; after that it is killed and the count is lost


def keep(warm: socket.socket, message: bytes, sock: int, lifeline: socket.socket, parent: int) -> NoReturn:
    """Have the warm process fork one child and see it to its end. A fork of the zygote, whose pid is ``parent``."""
    try:
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        Keeper(warm, message, sock, lifeline).run()
    except BaseException as error:  # noqa: BLE001  the last place that can still tell main
        with contextlib.suppress(OSError):
            lifeline.send(init.failure(error))
    os._exit(0)


class Keeper:
    """One child's keeper; ``run`` returns when the child and all it started are gone and reported."""

    def __init__(self, warm: socket.socket, message: bytes, sock: int, lifeline: socket.socket) -> None:
        request = json.loads(message)
        self.deadline = time.monotonic() + float(request["seconds"])
        self.total_mb = float(request["limits"]["total_memory_mb"])
        self.lifeline = lifeline
        self.report, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.reason: str | None = None
        self.stop_by = 0.0
        self.pid = 0  # pid 1 of the child's namespaces, once the warm process has said which that is
        self.pidfd: int | None = None
        self.queue = RunQueue()
        socket.send_fds(warm, [message], [sock, theirs.fileno()])
        theirs.close()
        warm.close()
        os.close(sock)

    def run(self) -> None:
        """Watch until pid 1 has reported or died, then report to main."""
        poll = select.poll()
        poll.register(self.report, select.POLLIN)
        poll.register(self.lifeline, select.POLLIN)
        sample = time.monotonic() + _SAMPLE_SECONDS
        words: dict[str, Any] | None = None
        while words is None:
            now = time.monotonic()
            until = self.stop_by if self.reason else min(self.deadline, sample)
            ready = {descriptor for descriptor, _ in poll.poll(max(0.0, until - now) * 1000)}
            if self.report.fileno() in ready:
                message = self._hear()
                said = json.loads(message) if message else {}
                if "ready" in said:
                    self._tell(message)
                elif "pid" in said:
                    self.pid = said["pid"]
                    with contextlib.suppress(ProcessLookupError):  # it may have failed already
                        self.pidfd = os.pidfd_open(self.pid)
                else:
                    words = said
                continue
            now = time.monotonic()
            hung_up = self.lifeline.fileno() in ready and not self._asked()
            if hung_up:
                poll.unregister(self.lifeline)
            if self.reason:
                if now >= self.stop_by:
                    break
            elif hung_up:
                self._stop("killed")
            elif now >= self.deadline:
                self._stop("deadline")
            elif now >= sample:
                # the more there is to look at, the rarer
                if self.pid and self._look() > self.total_mb:
                    self._stop("memory")
                sample = now + max(_SAMPLE_SECONDS, 10 * (time.monotonic() - now))
        self._finish(words or {})

    def _asked(self) -> bool:
        """Whether main has a question, which is answered, and has not hung up."""
        try:
            asked = self.lifeline.recv(16)
        except OSError:
            return False
        if asked and self.pid:
            self.queue.look(family(self.pid))
        if asked:
            self._tell(json.dumps({"queued": self.queue.seconds}).encode())
        return bool(asked)

    def _look(self) -> float:
        """How much memory the child's processes hold, in MiB; what they stood in the run queue is kept."""
        found = family(self.pid)
        self.queue.look(found)
        return held_mb(found, self.total_mb)

    def _stop(self, reason: str) -> None:
        self.reason = reason
        self.stop_by = time.monotonic() + _GRACE_SECONDS
        with contextlib.suppress(OSError):
            self.report.send(b"end")

    def _hear(self) -> bytes:
        try:
            return self.report.recv(4096)
        except ConnectionResetError:
            # pid 1 ended with our "end" unread; the error comes once and before what it had said
            return self.report.recv(4096)

    def _finish(self, words: dict[str, Any]) -> None:
        if "failed" in words:
            self._tell(json.dumps(words).encode())
            return
        if self.pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            # pid 1 counts as ended once everything below it is gone
            poll = select.poll()
            poll.register(self.pidfd, select.POLLIN)
            poll.poll()
        status = words.get("status")
        status = int(signal.SIGKILL) if status is None else status
        signalled = os.WIFSIGNALED(status)
        own_end = "signal" if signalled else "exit"
        # it may have ended by itself just before it was to be killed
        ours = self.reason is not None and signalled and os.WTERMSIG(status) == signal.SIGKILL
        how = {
            "ended": self.reason if ours else own_end,
            "status": os.WTERMSIG(status) if signalled else os.WEXITSTATUS(status),
            "cpu_seconds": words.get("cpu_seconds", 0.0),
            "peak_memory_mb": words.get("peak_memory_mb", 0.0),
        }
        self._tell(json.dumps(how).encode())

    def _tell(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # main may be gone
            self.lifeline.send(message)


def family(top: int) -> dict[int, float]:
    """The process ``top`` and all below it, and how much anonymous and shared memory each maps, in MiB."""
    parents: dict[int, int] = {}
    sizes: dict[int, float] = {}
    for folder in os.listdir("/proc"):  # noqa: PTH208  names only, many times a second
        if folder.isdigit():
            with contextlib.suppress(OSError, ValueError):
                fields = _fields(f"/proc/{folder}/status")
                parents[int(folder)] = fields["PPid"]
                sizes[int(folder)] = (fields.get("RssAnon", 0) + fields.get("RssShmem", 0)) / 1024
    return {pid: sizes.get(pid, 0.0) for pid in below(top, parents)}


def held_mb(family: Mapping[int, float], enough: float) -> float:
    """Anonymous and shared memory of processes, in MiB, from what each of them maps.

    Pages still shared with the zygote are counted by every process that maps them, unless the sum exceeds
    ``enough``: then they are looked at closely and count once.
    """
    if sum(family.values()) <= enough:
        return sum(family.values())
    total = 0.0
    for pid, mapped in family.items():
        try:
            fields = _fields(f"/proc/{pid}/smaps_rollup")
            total += (fields["Pss_Anon"] + fields["Pss_Shmem"]) / 1024
        except (OSError, KeyError, ValueError):  # hides its maps: all it shows counts
            total += mapped
    return total


def _fields(path: str) -> dict[str, int]:
    """The lines ``Name: number …`` of a file of /proc."""
    found = {}
    for line in Path(path).read_text(errors="replace").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            found[name] = int(words[0])
    return found
