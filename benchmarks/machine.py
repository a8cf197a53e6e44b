"""Process 1 of a machine in a sandbox: lays out files, runs another grader's commands, looks what came of it.

Runs inside, under the other grader's interpreter, so it needs the standard library alone. ``sandbox.py`` starts it and
reads its report. What somebody could reach lies here as it does around Ladder's own walls: a canary that anybody may
write to, ports, Unix sockets. Every change to them counts, every process that stays, every file with the attack's mark.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

SECRET = "the canary's secret is 7741"
OUTSIDE = Path("/outside")
PORT, UDP = 47001, 47002
SOCKET, ABSTRACT = str(OUTSIDE / "socket"), "outside-the-walls"
PID_WORD = "@@PID@@"  # the grader's own process, known only once it is there
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/")
_TAIL = 20_000  # bytes of a command's output that are kept
_GRACE = 8.0  # seconds for what is about to end by itself


class Command:
    """A command that waits for ``go()``, so that its process id can be told to the attack first."""

    def __init__(self, argv, cwd, environment):
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'read go; exec "$0" "$@" < /dev/null', *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment,
            start_new_session=True,
        )
        self.said = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while block := self.process.stdout.read1(1 << 16):
            self.said = (self.said + block)[-_TAIL:]

    def go(self, seconds):
        """Let it run; its exit code, or None if it was still running after so long (it is killed)."""
        self.process.stdin.write(b"go\n")
        self.process.stdin.close()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # process 1 is also the parent of everybody whose own is gone
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self.process.pid:
                    self.process.returncode = os.waitstatus_to_exitcode(status)
                    self._reader.join(1)
                    return self.process.returncode
                if pid:
                    continue
            time.sleep(0.02)
        kill_all()
        return None


def main():
    control, order = socket.socket(fileno=int(sys.argv[1])), json.loads(Path("/job/order.json").read_text())
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: as little to be touched as a machine's first process
    for what, limit in order["limits"].items():
        resource.setrlimit(getattr(resource, what), (limit, limit))
    control.set_inheritable(False)
    for source, target in order["copies"]:
        shutil.copytree(source, target, dirs_exist_ok=True)
    report = _run(order)
    control.sendall(json.dumps(report).encode())
    control.shutdown(socket.SHUT_WR)


def _run(order):
    environment = order["environment"]
    listeners = _furnish()
    watched = [Path(name) for name in order["watched"]]
    before = {str(path): _digest(path) for path in watched}
    commands = []
    for step in order["commands"]:
        command = Command(step["argv"], step["cwd"], environment)
        for name in step.get("told", ()):
            _replace(Path(name), PID_WORD, str(command.process.pid))
        began = time.monotonic()
        code = command.go(step["seconds"])
        commands.append({"code": code, "seconds": round(time.monotonic() - began, 2),
                         "said": command.said.decode(errors="replace")})  # fmt: skip
    report = {"commands": commands}
    if mark := order.get("mark"):
        changed = [name for name, digest in before.items() if _digest(Path(name)) != digest]
        report["harmed"] = changed + _called(listeners)
        report["left"] = _until_gone(_others) + _lying(mark, order["places"])
    kill_all()
    report["collected"] = {}
    for name, step in order["collect"].items():
        command = Command(step["argv"], step["cwd"], environment)
        code = command.go(60)
        report["collected"][name] = command.said.decode(errors="replace") if code == 0 else None
    for name in order.get("read", ()):
        path = Path(name)
        report["collected"][name] = path.read_text(errors="replace") if path.is_file() else None
    return report


def kill_all():
    """End every process but this one."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    end = time.monotonic() + _GRACE
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            return


def _furnish():
    (OUTSIDE / "canary.txt").write_text(SECRET + "\n")
    listeners = [socket.create_server(("127.0.0.1", PORT)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
    listeners[-1].bind(("127.0.0.1", UDP))
    for address in (SOCKET, f"\0{ABSTRACT}"):
        listeners.append(socket.socket(socket.AF_UNIX))
        listeners[-1].bind(address)
        listeners[-1].listen(8)
    for listener in listeners:
        listener.setblocking(False)
    return listeners


def _called(listeners):
    reached = []
    for listener in listeners:
        with contextlib.suppress(BlockingIOError):
            if listener.type == socket.SOCK_DGRAM:
                listener.recvfrom(1)
            else:
                listener.accept()[0].close()
            reached.append(f"reached {listener.getsockname()!r}")
    return reached


def _digest(path):
    """Of everything below a path: names and bytes."""
    found = hashlib.sha256()
    for file in sorted([path, *path.rglob("*")]):
        found.update(f"{file}\0".encode(errors="surrogateescape"))
        if file.is_file() and not file.is_symlink():
            found.update(file.read_bytes())
    return found.hexdigest()


def _replace(path, word, value):
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            if word.encode() in data:
                file.write_bytes(data.replace(word.encode(), value.encode()))


def _until_gone(find):
    end = time.monotonic() + _GRACE
    while (found := find()) and time.monotonic() < end:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(0.05)
    return found


def _others():
    """Every process but this one: nothing that the commands started may be there when they have ended."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and folder.name != "1":
            with contextlib.suppress(OSError):
                name = (folder / "cmdline").read_bytes().replace(b"\0", b" ")[:40]
                found.append(f"a process ({name.decode(errors='replace').strip()})")
    return found


def _lying(mark, places):
    folders = [Path(name) for name in (*_PLACES, *places)]
    return [str(path) for folder in folders if folder.is_dir() for path in folder.iterdir() if mark in path.name]


main()
