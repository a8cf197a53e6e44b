"""Runs a command for the judge, inside the walls. `python …` forks this warm process instead of starting a cold one."""

from __future__ import annotations

import contextlib
import os
import runpy
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PYTHONS = {"python", "python3", Path(sys.executable).name, sys.executable}


def run(
    argv: Sequence[str], *, stdin: bytes, env: Mapping[str, str], seconds: float, keep: int, folder: Path
) -> dict[str, Any]:
    """Run ``argv`` in ``folder``; its exit code (None when time ran out), output (``keep`` bytes each) and costs."""
    before = time.monotonic()
    environment = {**os.environ, **env}
    in_r, in_w = os.pipe()
    out_r, out_w = os.pipe()
    err_r, err_w = os.pipe()
    if (
        argv[0] in _PYTHONS
        and len(argv) > 1
        and (argv[1] in ("-m", "-c") or not argv[1].startswith("-"))
        and hasattr(os, "fork")
    ):
        pid = os.fork()
        if pid == 0:
            _become(argv[1:], environment, folder, in_r, out_w, err_w)  # never returns
    else:
        pid = _start_cold(argv, environment, folder, in_r, out_w, err_w)
    for fd in (in_r, out_w, err_w):
        os.close(fd)
    streams = _Streams(in_w, stdin, {out_r: keep, err_r: keep})
    status, usage = _wait(pid, streams, before + seconds)
    streams.drain()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return {
        "returncode": None if status is None else os.waitstatus_to_exitcode(status),
        "stdout": bytes(streams.kept[out_r]),
        "stderr": bytes(streams.kept[err_r]),
        "seconds": time.monotonic() - before,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }


def _start_cold(
    argv: Sequence[str], environment: Mapping[str, str], folder: Path, in_fd: int, out_fd: int, err_fd: int
) -> int:
    try:
        started = subprocess.Popen(  # noqa: S603 - the judge's own command line
            argv,
            stdin=in_fd,
            stdout=out_fd,
            stderr=err_fd,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    except OSError as missing:
        # As a shell would say it: the command is the learner's to provide, so its absence is an answer.
        script = f"echo {argv[0]!r}: {missing.strerror} >&2; exit 127"
        started = subprocess.Popen(["/bin/sh", "-c", script], stdin=in_fd, stdout=out_fd, stderr=err_fd)  # noqa: S603
    started.returncode = 0  # _wait reaps it, not Popen
    return started.pid


class _Streams:
    """Feeds stdin and reads both outputs without ever waiting on one of them alone."""

    def __init__(self, stdin_fd: int, stdin: bytes, outputs: Mapping[int, int]) -> None:
        self.kept = {fd: bytearray() for fd in outputs}
        self._room = dict(outputs)
        self._pending = memoryview(stdin)
        self._selector = selectors.DefaultSelector()
        for fd in outputs:
            os.set_blocking(fd, False)
            self._selector.register(fd, selectors.EVENT_READ)
        os.set_blocking(stdin_fd, False)
        if stdin:
            self._selector.register(stdin_fd, selectors.EVENT_WRITE)
        else:
            os.close(stdin_fd)

    @property
    def open(self) -> bool:
        return bool(self._selector.get_map())

    def step(self, seconds: float) -> bool:
        """Move what can be moved; True if anything was ready."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            fd = key.fd
            if fd in self.kept:
                self._read(fd)
            else:
                self._write(fd)
        return bool(ready)

    def drain(self) -> None:
        while self.open and self.step(0):
            pass
        for key in list(self._selector.get_map().values()):
            self._done(key.fd)

    def _read(self, fd: int) -> None:
        try:
            data = os.read(fd, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._done(fd)
            return
        room = self._room[fd] - len(self.kept[fd])
        self.kept[fd] += data[: max(room, 0)]

    def _write(self, fd: int) -> None:
        try:
            self._pending = self._pending[os.write(fd, self._pending[: 1 << 16]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._pending = self._pending[:0]
        if not self._pending:
            self._done(fd)

    def _done(self, fd: int) -> None:
        self._selector.unregister(fd)
        os.close(fd)


def _wait(pid: int, streams: _Streams, deadline: float) -> tuple[int | None, Any]:
    """Wait for ``pid`` while its pipes move. A grandchild that keeps a pipe open does not hold us."""
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return status, usage
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            _, _, usage = os.wait4(pid, 0)
            return None, usage
        if streams.open:
            streams.step(0.01)
        else:
            time.sleep(0.002)


def _become(
    argv: Sequence[str], environment: Mapping[str, str], folder: Path, in_fd: int, out_fd: int, err_fd: int
) -> None:
    """In the forked child: be `python argv…`, as far as a program can tell."""
    code = 1
    try:
        os.setsid()
        os.dup2(in_fd, 0)
        os.dup2(out_fd, 1)
        os.dup2(err_fd, 2)
        os.closerange(3, 1024)  # the bridge, too: what runs here has nothing to say to the judge
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)  # noqa: SIM115
        code = _interpret(argv, folder)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


def _interpret(argv: Sequence[str], folder: Path) -> int:
    for extra in [path for path in sys.path if path in ("", str(folder))]:
        sys.path.remove(extra)
    for path in reversed(os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        if path:
            sys.path.insert(0, path)
    try:
        if argv[0] == "-m":
            sys.path.insert(0, str(folder))
            sys.argv = list(argv[1:])
            runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
        elif argv[0] == "-c":
            sys.path.insert(0, "")
            sys.argv = ["-c", *argv[2:]]
            exec(compile(argv[1], "<string>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})  # noqa: S102 - the learner's program
        else:
            sys.path.insert(0, str((folder / argv[0]).parent))
            sys.argv = list(argv)
            runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return (leaving.code or 0) & 0xFF
        print(leaving.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(*sys.exc_info())
        return 1
    return 0
