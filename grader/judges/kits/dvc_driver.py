"""Drives a learner's DVC pipeline inside the worker: a list of steps in, what each came to out.

A file of its own on purpose: `dvc_pipeline` writes its text into the worker, where nothing of the grader's files is to
be seen, and runs it there. It decides nothing. DVC's own command line is called in this one process, since each start
of it costs half a second. The commands of stages run as DVC runs them, in a shell each, except that the `python` they
find first is a fork of the worker's warm process. Where that cannot stand for the command, a cold one starts.

Each of their programs leaves a note of what it has loaded, named by its process: a fork before it ends, a cold one by
a `sitecustomize` that it finds on PYTHONPATH. `-I`, `-E` and `-S` do not look there, and one that is killed notes
nothing. So that this is seen, who starts one says so beside.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import os
import shutil
import signal
import socket
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

_MOST = 200_000  # bytes kept of what one step says
# Written as `python` before all others on the path: hands its command to the warm process, and ends as that does.
_SHIM = """#!{python} -IS
import json, os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(line, [len(asked).to_bytes(8, "big")], [0, 1, 2])
line.sendall(asked)
came = line.recv(8)
if not came:
    with open(os.path.join({loaded!r}, str(os.getpid()) + {began!r}), "w", encoding="utf-8") as file:
        file.write(os.environ.get("DVC_STAGE", ""))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [{cold!r}, os.environ.get("PYTHONPATH")]))
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
code = int.from_bytes(came, "big", signed=True)
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""
# What cold ones find as `sitecustomize`: it sees to a note as `_note` writes it, which is called last because it is
# registered first. Then it leaves its name and its place on the path to a `sitecustomize` of the learner's, if any.
_COLD = """import atexit, os, sys


def note(stage, script):
    try:
        files = [script] + [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        files = [os.path.abspath(file) for file in files if isinstance(file, str)]
        own = sorted({{os.path.relpath(file, {root!r}) for file in files if file.startswith({inside!r})}})
        with open(os.path.join({loaded!r}, str(os.getpid())), "w", encoding="utf-8") as out:
            out.write("\\n".join([stage] + own))
    except Exception:
        pass


if "DVC_STAGE" in os.environ:
    script = os.path.abspath(sys.argv[0])  # `__main__` has forgotten it at the end, but for `-m` and a module
    atexit.register(note, os.environ["DVC_STAGE"], script if os.path.isfile(script) else None)
sys.path[:] = [path for path in sys.path if path != {cold!r}]
ours = sys.modules.pop("sitecustomize")
try:
    import sitecustomize
except ImportError as missing:
    if missing.name != "sitecustomize":
        raise
    sys.modules["sitecustomize"] = ours
"""
_BEGAN = ".began"  # after the process's number: a program of a stage began, and its note is to come


class Slow(BaseException):
    """A step took longer than it may. Nothing in DVC catches it."""


class Driver:
    """Does the steps in a folder, ``place`` being the driver's own."""

    def __init__(self, root: Path, place: Path) -> None:
        self._root = root
        self._place = place
        self._loaded = place / "loaded"
        self._cold = place / "cold"
        self.ran: list[str] = []
        self._server = 0

    def do(self, name: str, *words: Any) -> dict[str, Any]:
        steps: dict[str, Callable[..., dict[str, Any] | None]] = {
            "dvc": self._dvc, "env": os.environ.update, "put": self._put, "add": self._add, "drop": self._drop,
            "pack": self._pack, "unpack": self._unpack,
        }  # fmt: skip
        return steps[name](*words) or {}

    # -- DVC

    def ready(self) -> None:
        """Settings that a command must find, whatever the learner's own say."""
        os.environ.update(
            DVC_NO_ANALYTICS="1", DVC_STUDIO_OFFLINE="1", CI="1",  # CI: does not look for a newer DVC
            DVC_SITE_CACHE_DIR=str(self._place / "site"), DVC_GLOBAL_CONFIG_DIR=str(self._place / "global"),
            DVC_SYSTEM_CONFIG_DIR=str(self._place / "system"), SHELL="/bin/sh",
            SSL_CERT_DIR=str(self._place / "certificates"),  # the git that DVC reads with asks for some when it starts
        )  # fmt: skip
        self._loaded.mkdir()
        (self._place / "certificates").mkdir()
        self._cold.mkdir()
        names = {"root": str(self._root), "inside": f"{self._root}{os.sep}", "loaded": str(self._loaded)}
        (self._cold / "sitecustomize.py").write_text(_COLD.format(cold=str(self._cold), **names))
        # The shim says it too, for a stage that sets the variable. This is for who starts Python by another way.
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(self._cold), os.environ.get("PYTHONPATH")]))
        if (self._root / ".dvc").is_dir():
            cache = self._place / "cache"
            (self._root / ".dvc" / "config.local").write_text(
                f"[core]\n    analytics = false\n    check_update = false\n    autostage = false\n    remote =\n"
                f"[cache]\n    dir = {cache}\n    type = copy\n"
            )

    def _dvc(self, argv: list[str], seconds: float) -> dict[str, Any]:
        run: Any = importlib.import_module("dvc.stage.run")
        main = importlib.import_module("dvc.cli").main
        plain, ran = run.cmd_run, self.ran
        ran.clear()

        def noting(stage: Any, *words: Any, **named: Any) -> None:
            ran.append(str(stage.addressing))
            plain(stage, *words, **named)

        for file in self._loaded.iterdir():
            file.unlink()
        said = [self._place / "out", self._place / "err"]
        run.cmd_run = noting
        signal.signal(signal.SIGALRM, _too_slow)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            with _into(*said):
                code = main(list(argv))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            run.cmd_run = plain
        out, err = (file.read_bytes()[-_MOST:].decode("utf-8", "replace") for file in said)
        return {"code": int(code or 0), "ran": list(ran), "out": out, "err": err, **self._what_was_loaded()}

    def _what_was_loaded(self) -> dict[str, Any]:
        found: dict[str, set[str]] = {}
        unseen: set[str] = set()
        for file in self._loaded.iterdir():
            stage, *files = file.read_text("utf-8", "replace").splitlines() or [""]
            if file.suffix != _BEGAN:
                found.setdefault(stage, set()).update(files)
            elif not file.with_suffix("").exists():
                unseen.add(stage)
        return {"loaded": {stage: sorted(files) for stage, files in found.items()}, "unseen": sorted(unseen)}

    # -- files

    def _put(self, path: str, data: str) -> None:
        file = self._root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(data))

    def _add(self, path: str, text: str) -> None:
        with (self._root / path).open("a", encoding="utf-8") as file:
            file.write(text)

    def _drop(self, *paths: str) -> None:
        for file in [path for name in paths for path in self._root.glob(name)]:
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)
            else:
                file.unlink()

    def _pack(self, target: str) -> None:
        """All that lies here and in the cache, but git's folder and the data."""
        with tarfile.open(target, "w:gz", compresslevel=1) as tar:
            for path in sorted(self._root.iterdir()):
                if path.name not in (".git", "data"):
                    tar.add(path, f"root/{path.name}", filter=_plain)
            if (self._place / "cache").is_dir():
                tar.add(self._place / "cache", "cache")

    def _unpack(self, source: str) -> None:
        between = self._place / "unpacked"
        with tarfile.open(source) as tar:
            tar.extractall(between, filter="data")
        shutil.copytree(between / "root", self._root, dirs_exist_ok=True)
        if (between / "cache").is_dir():
            shutil.copytree(between / "cache", self._place / "cache", dirs_exist_ok=True)
        shutil.rmtree(between)

    # -- python

    def warm(self) -> None:
        """Put a `python` first on the path that is a fork of this process."""
        process = sys.modules.get("grader.bridge.process")
        if process is None:
            return
        address = str(self._place / "python.sock")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
        listening.listen(20)
        folder = self._place / "bin"
        folder.mkdir()
        shim = _SHIM.format(
            python=sys.executable, address=address, loaded=str(self._loaded), began=_BEGAN, cold=str(self._cold)
        )
        for name in ("python", "python3", "python{}.{}".format(*sys.version_info)):
            (folder / name).write_text(shim)
            (folder / name).chmod(0o755)
        self._server = os.fork()
        if self._server == 0:
            with contextlib.suppress(BaseException):
                _serve(listening, process, self._root, self._loaded)
            os._exit(0)
        listening.close()
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

    def over(self) -> None:
        """End the server, and wait for it: what its programs used counts as used by this one."""
        if self._server:
            os.kill(self._server, signal.SIGTERM)
            os.waitpid(self._server, 0)


def _serve(listening: socket.socket, process: Any, root: Path, loaded: Path) -> None:
    def end(_: int, __: FrameType | None) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        line = listening.accept()[0]
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            with contextlib.suppress(BaseException):
                _one(line, process, root, loaded)
            os._exit(0)
        line.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _one(line: socket.socket, process: Any, root: Path, loaded: Path) -> None:
    head, fds, _, _ = socket.recv_fds(line, 8, 3)
    whole = line.makefile("rb").read(int.from_bytes(head, "big"))
    argv, env, cwd = json.loads(whole)
    new = {name: value for name, value in env.items() if os.environ.get(name) != value}
    if not process._can_be_warm(["python", *argv], new, Path(cwd)):
        return  # closed without a word: it starts cold
    pid = os.fork()
    if pid == 0:
        plain = process._end_program

        def noting() -> None:
            plain()
            _note(env.get("DVC_STAGE", ""), _program(argv, Path(cwd)), root, loaded)

        process._end_program = noting
        process._become(argv, env, Path(cwd), *fds)  # never returns
    for fd in fds:
        os.close(fd)
    (loaded / f"{pid}{_BEGAN}").write_text(env.get("DVC_STAGE", ""))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    line.sendall(code.to_bytes(8, "big", signed=True))


def _program(argv: list[str], folder: Path) -> str:
    """The file of the program itself, which no list of modules has once it has ended."""
    if argv[0] != "-m":
        return str(folder / argv[0])
    place = folder / argv[1].replace(".", "/")
    return str(place / "__main__.py" if place.is_dir() else place.with_suffix(".py"))


def _note(stage: str, program: str, root: Path, loaded: Path) -> None:
    """Which of the learner's own files this process has imported."""
    files = {program, *(getattr(module, "__file__", None) for module in list(sys.modules.values()))}
    own = sorted(
        str(Path(file).relative_to(root)) for file in files if isinstance(file, str) and Path(file).is_relative_to(root)
    )
    (loaded / str(os.getpid())).write_text("\n".join([stage, *own]))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    ours = member.name in ("root/.dvc/config.local", "root/.dvc/tmp")
    return member if (member.isreg() or member.isdir()) and not ours else None


def _too_slow(_: int, __: FrameType | None) -> None:
    raise Slow


@contextlib.contextmanager
def _into(out: Path, err: Path) -> Iterator[None]:
    """What this process and its children say goes into two files."""
    kept = os.dup(1), os.dup(2)
    for number, file in ((1, out), (2, err)):
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(fd, number)
        os.close(fd)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, fd in zip((1, 2), kept, strict=True):
            os.dup2(fd, number)
            os.close(fd)


def main() -> int:
    asked = json.load(sys.stdin)
    root, place = Path(asked["root"]).resolve(), Path(asked["place"])
    place.mkdir()
    driver = Driver(root, place)
    driver.warm()
    os.chdir(root)
    driver.ready()
    results: list[dict[str, Any]] = []
    for step in asked["steps"]:
        try:
            results.append(driver.do(*step))
        except Slow:
            results.append({"slow": True, "ran": driver.ran})
            break
    driver.over()
    Path(asked["result"]).write_text(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
