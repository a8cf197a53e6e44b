"""Builds and starts a learner's image, on the judge's orders. The one program of ours that runs in a builder.

A file of its own on purpose: it is mounted into a builder, where nothing else of the grader is to be seen. So it
imports nothing but the standard library. Orders come in and answers go out over a socket, each a length and then JSON;
bytes are base64. `image_build` says what may be ordered.

Whatever the learner's code may be running in (the build's RUN lines, the started image, its health check) has processes
of its own, which cannot see this one and end as a whole before anything is looked at. What is looked at then is data.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import fnmatch
import json
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SCRATCH = Path("/scratch")
CONTEXT = SCRATCH / "context"
BESIDE = SCRATCH / "beside"  # what is mounted into a started image
STORE = SCRATCH / "store"
HERE = "10.88.0.2"  # where a started image is asked: an address that is not the loopback's own
MOST_SAID = 4_000  # bytes of what a program says, from its end
MOST_ANSWER = 1 << 20
MOST_HITS = 10  # of one kind that are told, of as many as there are
_HEADER = struct.Struct("!I")
_PIECE = 1 << 20  # bytes of a file that are searched at a time
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8916, 0x891C, 0x8913, 0x8914

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin"),
    "HOME": str(SCRATCH / "home"),
    "TMPDIR": str(SCRATCH / "tmp"),
    "LANG": "C.UTF-8",
    "BUILDAH_ISOLATION": "chroot",
    "BUILDAH_HISTORY": "true",
}


class Builder:
    """The engine, its storage and what is running."""

    def __init__(self, images: str) -> None:
        self._wheels = f"{images}/wheels"
        self._hadolint = f"{images}/hadolint/bin/hadolint"
        store = ["--root", str(STORE), "--runroot", str(SCRATCH / "run"), "--storage-driver", "overlay"]
        self._engine = ["buildah", *store, "--storage-opt", f"overlay.imagestore={images}/store"]
        base = json.loads(Path(images, "store", "overlay-layers", "layers.json").read_bytes())
        self._base = sum(int(layer["diff-size"]) for layer in base)
        self._started: Started | None = None
        for folder in ("home", "tmp", "run", "cache", "context", "beside", "said"):
            (SCRATCH / folder).mkdir(mode=0o755)
        _second_address()

    # -- the Dockerfile

    def lint(self, dockerfile: str, seconds: float) -> dict[str, Any]:
        """What hadolint says of a Dockerfile."""
        argv = [self._hadolint, "--no-color", "--disable-ignore-pragma", "--format", "json", "--no-fail", "-"]
        done = run(argv, seconds, _bytes(dockerfile))
        try:
            return {"found": json.loads(done["out"])}
        except ValueError:
            return {"found": None, "said": _text(done["err"])}

    # -- building

    def lay(self, files: Mapping[str, str], executable: Sequence[str]) -> dict[str, Any]:
        """Put files into the build's context."""
        for path, data in files.items():
            target = CONTEXT / path
            if not target.resolve().is_relative_to(CONTEXT):
                raise ValueError(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_bytes(data))
            target.chmod(0o755 if path in executable else 0o644)
        return {}

    def build(self, name: str, seconds: float) -> dict[str, Any]:
        """Build the context as the image ``name``; what came out, as far as it did."""
        before = time.monotonic()
        argv = [*self._engine, "build", "--layers", "--pull=never", "--format", "docker", "--network", "host"]
        argv += ["--volume", f"{self._wheels}:/wheels:ro", "--tag", f"localhost/{name}", str(CONTEXT)]
        done = run(apart(argv), seconds)
        answer = {
            "code": done["code"],
            "said": _text(done["err"] or done["out"]),
            "steps": _text(done["out"], 20_000),
            "seconds": time.monotonic() - before,
        }
        if done["code"] == 0:
            return answer | self._image(name)
        self.end()
        run([*self._engine, "rm", "--all"], 60)  # what was half made lies on the disk, and may fill it
        return answer

    def _image(self, name: str) -> dict[str, Any]:
        done = run([*self._engine, "inspect", "--type", "image", f"localhost/{name}"], 60)
        content = json.loads(done["out"])
        layers = []
        for layer in self._own_layers(name):
            size, count = 0, 0
            for path in _files(STORE / "overlay" / layer["id"] / "diff"):
                size, count = size + path.lstat().st_size, count + 1
            layers.append({"digest": layer["diff-digest"], "bytes": size, "files": count})
        return {"config": content["Docker"]["config"], "text": done["out"], "layers": layers, "base": self._base}

    def _own_layers(self, name: str) -> list[dict[str, Any]]:
        """The layers above the base, lowest first; the base's are in a storage of their own."""
        images = json.loads((STORE / "overlay-images" / "images.json").read_bytes())
        layers = {one["id"]: one for one in json.loads((STORE / "overlay-layers" / "layers.json").read_bytes())}
        (image,) = [one for one in images if f"localhost/{name}:latest" in (one.get("names") or [])]
        found = []
        at = image.get("layer", "")
        while at in layers:
            found.append(layers[at])
            at = layers[at].get("parent", "")
        return found[::-1]

    def search(self, name: str, needles: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
        """Files in the layers of an image that contain a needle, or whose path matches one of ``names``."""
        wanted = {key: _bytes(value) for key, value in needles.items()}
        hits: list[list[Any]] = []
        counts = dict.fromkeys([*wanted, *names], 0)
        for number, layer in enumerate(self._own_layers(name)):
            top = STORE / "overlay" / layer["id"] / "diff"
            for file in _files(top):
                path = str(file.relative_to(top))
                found = [pattern for pattern in names if fnmatch.fnmatchcase(path, pattern)]
                found += _held(file, wanted)
                for what in found:
                    counts[what] += 1
                    if counts[what] <= MOST_HITS:
                        hits.append([number, path, what])
        return {"hits": hits, "counts": counts}

    # -- running

    def start(self, name: str, target: str, command: Sequence[str] | None) -> dict[str, Any]:
        """Start an image, with the folder that ``put`` writes to at ``target``; instead of its own, a ``command``."""
        self.end()
        made = run([*self._engine, "from", "--pull=never", f"localhost/{name}"], 60)
        if made["code"] != 0:
            raise RuntimeError(_text(made["err"]))
        container = made["out"].strip().splitlines()[-1]
        seen = run([*self._engine, "inspect", "--type", "container", container], 60)
        said = json.loads(seen["out"])["Docker"]["config"]
        argv = [*(said.get("Entrypoint") or []), *(said.get("Cmd") or [])] if command is None else list(command)
        if not argv:
            return {"problem": "the image has neither ENTRYPOINT nor CMD"}
        self._started = Started(self._engine, container, target, argv, said.get("Healthcheck") or {})
        return {}

    def put(self, path: str, data: str) -> dict[str, Any]:
        """Put a file, in one step, into the folder that the started image sees."""
        target = BESIDE / path
        beside = BESIDE / f".{target.name}.new"
        beside.write_bytes(_bytes(data))
        beside.chmod(0o644)
        beside.replace(target)
        return {}

    def listening(self, port: int, seconds: float) -> dict[str, Any]:
        """Wait until somebody listens at the port, from outside or at least from inside, or it has ended."""
        until = time.monotonic() + seconds
        while True:
            up = _connects(HERE, port)
            inner = up or _connects("127.0.0.1", port)
            code = self._running.code
            if inner or code is not None or time.monotonic() > until:
                return {"up": up, "inner": inner, "code": code, "said": self._running.said}
            time.sleep(0.1)

    def ask(self, port: int, request: str, seconds: float) -> dict[str, Any]:
        """The bytes that come back for the bytes of a request."""
        came = bytearray()
        until = time.monotonic() + seconds
        try:
            with socket.create_connection((HERE, port), seconds) as sock:
                sock.sendall(_bytes(request))
                while len(came) < MOST_ANSWER:
                    sock.settimeout(max(0.01, until - time.monotonic()))
                    data = sock.recv(65_536)
                    if not data:
                        break
                    came += data
        except ConnectionRefusedError:
            return {"came": "", "how": "refused"}
        except TimeoutError:
            return {"came": _base64(came), "how": "slow"}
        except OSError:
            pass
        return {"came": _base64(came), "how": ""}

    def processes(self) -> dict[str, Any]:
        """Whose the processes of the started image are."""
        return {"processes": list(self._running.processes())}

    def health(self, seconds: float) -> dict[str, Any]:
        """Run the image's own health check where it was started; its exit code, None if it took too long."""
        return self._running.health(seconds)

    def stop(self) -> dict[str, Any]:
        """Kill the image's own processes; a health check can still be run where they were."""
        self._running.stop()
        return {}

    def end(self) -> dict[str, Any]:
        """End all that was started."""
        if self._started is not None:
            self._started.end()
            self._started = None
        return {}

    @property
    def _running(self) -> Started:
        if self._started is None:
            raise RuntimeError("nothing is started")
        return self._started


class Started:
    """A started image: processes of its own, below a first one that does nothing."""

    def __init__(
        self, engine: Sequence[str], container: str, target: str, argv: Sequence[str], check: Mapping[str, Any]
    ) -> None:
        self._check = check
        self._out = (SCRATCH / "said" / "out").open("w+b")
        # the first process lives on when the image's own has ended, so that a health check can be run beside it
        self._first = subprocess.Popen(apart(["sleep", "infinity"]), env=_ENVIRONMENT, stdin=subprocess.DEVNULL)
        self._holder = _child_of(self._first.pid)
        self._spaces = Path(f"/proc/{self._holder}/ns/pid").stat().st_ino
        self._root = Path("/").stat()
        self._run = [*engine, "run", "--network", "host", "--volume", f"{BESIDE}:{target}:ro", container, "--"]
        self._process = subprocess.Popen(
            self._enter([*self._run, *argv]),
            env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=self._out, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _enter(self, argv: Sequence[str]) -> list[str]:
        return ["nsenter", "--target", str(self._holder), "--pid", "--mount", "--", *argv]

    @property
    def code(self) -> int | None:
        return self._process.poll()

    @property
    def said(self) -> str:
        size = os.fstat(self._out.fileno()).st_size
        return os.pread(self._out.fileno(), MOST_SAID, max(0, size - MOST_SAID)).decode("utf-8", "replace")

    def processes(self) -> Iterator[dict[str, Any]]:
        """Every process of the image's: those that have another root than this program and the engine."""
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError, ValueError, KeyError):
                root = (folder / "root").stat()
                ours = os.path.samestat(root, self._root)
                if ours or (folder / "ns" / "pid").stat().st_ino != self._spaces:
                    continue
                if str((folder / "exe").readlink()).startswith("/memfd:buildah"):
                    continue  # the engine's own, which waits in there for what it has started
                lines = (folder / "status").read_text("utf-8", "replace").splitlines()
                fields = dict(line.split(":", 1) for line in lines)
                yield {
                    "pid": int(folder.name),
                    "uids": [int(word) for word in fields["Uid"].split()],
                    "groups": [int(word) for word in (fields["Gid"] + fields["Groups"]).split()],
                    "name": fields["Name"].strip(),
                }

    def health(self, seconds: float) -> dict[str, Any]:
        test = list(self._check.get("Test") or [])
        if not test or test[0] == "NONE" or len(test) < 2:
            return {"there": False}
        argv = test[1:] if test[0] == "CMD" else ["/bin/sh", "-c", *test[1:2]]
        # not the image's own timeout: entering a container takes time here, and more on a machine that is busy
        done = run(self._enter([*self._run, *argv]), seconds)
        return {"there": True, "code": done["code"], "said": _text(done["err"] or done["out"].encode())}

    def stop(self) -> None:
        """Kill the image's processes, and wait until nobody listens for them any more."""
        until = time.monotonic() + 10
        while (found := list(self.processes())) and time.monotonic() < until:
            for one in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one["pid"], signal.SIGKILL)
            time.sleep(0.05)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._holder, signal.SIGKILL)  # the first of its processes: all the others go with it
        for process in (self._process, self._first):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._out.close()


def apart(argv: Sequence[str]) -> list[str]:
    """The command with processes and mounts of its own, all of which end with it."""
    return ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--ipc", *argv]


def run(argv: Sequence[str], seconds: float, stdin: bytes = b"") -> dict[str, Any]:
    """Run a command to its end or to that of the time; its exit code (None: it had to be killed) and output."""
    with (SCRATCH / "said" / f"{time.monotonic_ns()}").open("w+b") as out, open(f"{out.name}.err", "w+b") as err:  # noqa: PTH123
        process = subprocess.Popen(argv, env=_ENVIRONMENT, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=SCRATCH)
        code: int | None = None
        try:
            process.communicate(stdin, seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            said = {"out": _end_of(out, MOST_ANSWER).decode("utf-8", "replace"), "err": _end_of(err, MOST_SAID)}
            os.unlink(out.name)  # noqa: PTH108
            os.unlink(err.name)  # noqa: PTH108
    return {"code": code, **said}


def _end_of(file: Any, most: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), most, max(0, size - most))


def _child_of(pid: int) -> int:
    """The one child of a process that is about to have one."""
    for _ in range(200):
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].split() if folder.name.isdigit() else []
                if fields and int(fields[1]) == pid and (folder / "comm").read_bytes() == b"sleep\n":
                    return int(folder.name)
        time.sleep(0.02)
    raise RuntimeError("the started image's first process did not come")


def _held(file: Path, needles: Mapping[str, bytes]) -> list[str]:
    """The keys of the needles that a file contains. It is read in pieces: a file may be larger than the builder is."""
    if not needles:
        return []
    longest = max(map(len, needles.values()))
    found: set[str] = set()
    piece = b""
    with file.open("rb") as opened:
        while more := opened.read(_PIECE):
            piece = piece[-longest:] + more
            found |= {key for key, needle in needles.items() if needle in piece}
    return [key for key in needles if key in found]


def _files(top: Path) -> Iterator[Path]:
    """The regular files below a folder; no link is followed."""
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def _connects(address: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
        return True
    return False


def _second_address() -> None:
    """Give the loopback a second address: whoever listens at 127.0.0.1 alone is not to be had there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for call, address in ((_SIOCSIFADDR, HERE), (_SIOCSIFNETMASK, "255.255.255.255")):
            packed = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(sock, call, packed)


def _bytes(data: str) -> bytes:
    return base64.b64decode(data)


def _base64(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()


def _text(data: bytes | str, most: int = MOST_SAID) -> str:
    return (data if isinstance(data, str) else data.decode("utf-8", "replace"))[-most:]


def main() -> None:
    """``argv``: the folder of what is installed, the socket's descriptor."""
    sock = socket.socket(fileno=int(sys.argv[2]))
    sock.set_inheritable(False)
    os.umask(0o022)
    builder = Builder(sys.argv[1])
    orders: dict[str, Callable[..., dict[str, Any]]] = {
        name: getattr(builder, name)
        for name in (
            "lint", "lay", "build", "search", "start", "put", "listening", "ask", "processes", "health", "stop", "end"
        )
    }  # fmt: skip
    sock.sendall(b"+")
    with contextlib.suppress(EOFError, OSError):
        while True:
            order = json.loads(_receive(sock))
            try:
                answer = orders[order.pop("do")](**order)
            except Exception as error:  # noqa: BLE001  the judge wants to know, and asks on
                answer = {"fault": f"{type(error).__name__}: {error}"}
            data = json.dumps(answer).encode()
            sock.sendall(_HEADER.pack(len(data)) + data)
    builder.end()
    shutil.rmtree(CONTEXT, ignore_errors=True)


def _receive(sock: socket.socket) -> bytes:
    (size,) = _HEADER.unpack(_exactly(sock, _HEADER.size))
    return _exactly(sock, size)


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = sock.recv(min(size - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


if __name__ == "__main__":
    main()
