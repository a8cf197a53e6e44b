"""Runs a command for the judge, inside the walls. `python …` forks this warm process instead of starting a cold one."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import logging
import multiprocessing.process
import multiprocessing.util
import os
import runpy
import selectors
import signal
import subprocess
import sys
import threading
import time
import types
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.runqueue import Claims, Patience, RunQueue, below

_PYTHONS = {"python", "python3", Path(sys.executable).name, sys.executable}
# What a warm process can still do as told; any other PYTHON… variable is read by the interpreter when it starts.
_WARM_VARIABLES = {"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
_NOT_THEIRS = {__file__, runpy.__file__, "<frozen runpy>"}  # our frames of a traceback
_LOOK_SECONDS = 0.25  # how often it is seen how long a command stood in the run queue
_LEFT_OVER_SECONDS = 1.0  # for output that was in the pipes when the command ended


def run(
    argv: Sequence[str], *, stdin: bytes, env: Mapping[str, str], seconds: float, keep: int, folder: Path
) -> dict[str, Any]:
    """Run ``argv`` in ``folder``; its exit code (None when time ran out), output (``keep`` bytes each) and costs.

    It may take ``seconds``, and what it stood in the run queue.
    """
    before = time.monotonic()
    environment = {**os.environ, **env}
    in_r, in_w = os.pipe()
    out_r, out_w = os.pipe()
    err_r, err_w = os.pipe()
    if _can_be_warm(argv, env, folder):
        pid = os.fork()
        if pid == 0:
            _become(argv[1:], environment, folder, in_r, out_w, err_w)  # never returns
    else:
        pid = _start_cold(argv, environment, folder, in_r, out_w, err_w)
    for fd in (in_r, out_w, err_w):
        os.close(fd)
    streams = _Streams(in_w, stdin, {out_r: keep, err_r: keep})
    status, usage = _wait(pid, streams, seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    streams.drain(time.monotonic() + _LEFT_OVER_SECONDS)
    return {
        "returncode": None if status is None else os.waitstatus_to_exitcode(status),
        "stdout": bytes(streams.kept[out_r]),
        "stderr": bytes(streams.kept[err_r]),
        "seconds": time.monotonic() - before,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }


def _can_be_warm(argv: Sequence[str], env: Mapping[str, str], folder: Path) -> bool:
    """Whether a fork of this process can stand for the command: Python, a program, and nothing only a start can set."""
    if not hasattr(os, "fork") or len(argv) < 2 or argv[0] not in _PYTHONS:
        return False
    if argv[1] in ("-m", "-c"):
        program = len(argv) > 2
    else:
        program = not argv[1].startswith("-") and not (folder / argv[1]).is_dir()
    return program and not any(name.startswith("PYTHON") and name not in _WARM_VARIABLES for name in env)


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

    def drain(self, deadline: float) -> None:
        """Take what is left in the pipes, but from somebody who goes on writing no more than time allows."""
        while self.open and time.monotonic() < deadline and self.step(0):
            pass
        for key in list(self._selector.get_map().values()):
            self._done(key.fd)
        self._selector.close()

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


def _wait(pid: int, streams: _Streams, seconds: float) -> tuple[int | None, Any]:
    """Wait for ``pid`` while its pipes move. A grandchild that keeps a pipe open does not hold us."""
    queue, look = RunQueue(), time.monotonic() + _LOOK_SECONDS
    patience = Patience(seconds, Claims(lambda: queue.look(below(pid))))
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return status, usage
        now = time.monotonic()
        if now > look:
            queue.look(below(pid))
            look = now + _LOOK_SECONDS
        if now > patience.until():
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
        _open_streams()
        _forget(folder)
        code = _interpret(argv, folder)
        _end_program()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


def _open_streams() -> None:
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(  # type: ignore[misc]  # noqa: SIM115
        1, "w", encoding="utf-8", errors="surrogateescape", closefd=False
    )
    if unbuffered:
        sys.stdout.reconfigure(write_through=True)
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1
    )


def _forget(folder: Path) -> None:
    """What this process knows and a new interpreter would not: the learner's modules as they were when they were
    imported, the state of random generators, what others wanted done at exit."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and Path(file).is_relative_to(folder):
            del sys.modules[name]
    importlib.invalidate_caches()
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    modules: dict[str, Any] = dict(sys.modules)
    if "numpy.random" in modules:
        modules["numpy.random"].seed()
    if "torch" in modules:
        modules["torch"].seed()
    _forget_exits()


def _forget_exits() -> None:
    """What was to be done at this process's exit is not the program's to do; the interpreter's own habits stay."""
    finalizers: Any = weakref.finalize
    for finalizer in list(finalizers._registry):
        finalizer.atexit = False
    finalizers._registered_with_atexit = True
    children: Any = multiprocessing.process
    children._children.clear()
    util: Any = multiprocessing.util
    atexit._clear()
    for habit in (logging.shutdown, finalizers._exitfunc, util._exit_function):
        atexit.register(habit)


def _end_program() -> None:
    """What an interpreter does before it exits: wait for threads, call what was registered."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()


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
            _as_main(argv[1], "<string>", None)
        else:
            sys.argv = list(argv)
            if not (folder / argv[0]).exists():
                print(f"python: can't open file {str(folder / argv[0])!r}: No such file or directory", file=sys.stderr)
                return 2
            script = folder / argv[0]
            sys.path.insert(0, str(script.resolve().parent))
            _as_main(script.read_bytes(), str(script), str(script))
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return (leaving.code or 0) & 0xFF
        print(leaving.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001 - as the interpreter would
        kind, error, trace = sys.exc_info()
        while trace is not None and trace.tb_frame.f_code.co_filename in _NOT_THEIRS:
            trace = trace.tb_next
        assert kind is not None and error is not None
        sys.excepthook(kind, error.with_traceback(trace), trace)
        return 1
    return 0


def _as_main(code: str | bytes, name: str, file: str | None) -> None:
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    if file is not None:
        main.__file__ = file
    exec(compile(code, name, "exec"), main.__dict__)  # noqa: S102 - the learner's program
