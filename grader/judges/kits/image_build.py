"""A learner's Dockerfile, built and started by a builder (`walls.builder`) and looked at from the judge.

The builder has no network, one base image and a wheelhouse. What learner code runs there (RUN lines, the started image,
its health check) is never the host's root and cannot see the program that carries out the judge's orders
(`image_driver`); layers are looked at when all of it has ended.

    builder = Builder.of(submission)          # NoBuilder: skip the check
    builder.lay({"Dockerfile": b"FROM …"})
    image = builder.build("first")            # BadImage: its text follows "Came: "
    hits = builder.search(image, {"the key": key})
    builder.start(image, mounted="/model")
    answer = builder.get("/health")
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import re
import socket
import struct
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from grader.errors import GraderFault
from grader.judges.kits.http_service import request

BUILD_SECONDS = 300.0
START_SECONDS = 40.0
_MORE_SECONDS = 60.0  # for what the driver does beside what it was given time for
_MOST = 64 << 20  # bytes of one message
_HEADER = struct.Struct("!I")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ENGINES_OWN = re.compile(r"subprocess exited with|Error: (building at STEP .*: )?exit status \d+$")
_LOG = re.compile(r'^time="[^"]*" level=\w+ msg=')


class NoBuilder(Exception):
    """Images cannot be built here; the text says why."""


class _Gone(GraderFault):
    """The builder has ended, or was ended by the limits that hold for it as a whole."""


class BadImage(Exception):
    """There is no such image, or it does not start; the text says what is the matter, to follow "Came: "."""


@dataclass(frozen=True)
class Layer:
    """What one instruction added; ``digest`` of it as it would be shipped."""

    digest: str
    bytes: int
    files: int


@dataclass(frozen=True)
class Image:
    """A built image. ``layers`` are those above the base, lowest first; ``base`` is the base's size in bytes."""

    name: str
    config: Mapping[str, Any]  # Docker's: User, Cmd, Entrypoint, Env, Healthcheck …
    text: str  # all that is said of it, history included
    layers: tuple[Layer, ...]
    base: int
    seconds: float


@dataclass(frozen=True)
class Hit:
    """A file in a layer (counted from 0, lowest first) that holds what was searched, or is named like it."""

    layer: int
    path: str
    what: str


@dataclass(frozen=True)
class Finding:
    """What hadolint says of a line."""

    code: str
    level: str  # error, warning, info, style
    line: int
    text: str


@dataclass(frozen=True)
class Process:
    """A process of a started image, with its four user ids."""

    name: str
    uids: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """What came for a request; ``status`` is 0 if it was no HTTP, and ``problem`` says why, to follow "Came: "."""

    status: int
    body: bytes
    problem: str = ""

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def __str__(self) -> str:
        return self.problem or f"{self.status} {' '.join(self.body.decode('utf-8', 'replace').split())[:120]}".strip()


class Builder:
    """One builder. It lives as long as the judge, and keeps what it has built."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._port = 0

    @classmethod
    def of(cls, submission: Any) -> Builder:
        """A fresh builder; NoBuilder."""
        try:
            return cls(submission.builder())
        except LookupError as none:
            raise NoBuilder(str(none.args[0])) from None

    # -- the Dockerfile

    def lint(self, dockerfile: bytes) -> list[Finding]:
        """What hadolint says; BadImage if it cannot read the file."""
        said = self._order("lint", 30, seconds=30, dockerfile=_base64(dockerfile))
        if said["found"] is None:
            raise BadImage(f"hadolint cannot read it ({_last(said['said'])})")
        return [Finding(one["code"], one["level"], int(one["line"]), one["message"]) for one in said["found"]]

    def lay(self, files: Mapping[str, bytes], executable: Collection[str] = ()) -> None:
        """Put files into the folder that images are built from."""
        words = {path: _base64(data) for path, data in files.items()}
        self._order("lay", 60, files=words, executable=sorted(executable))

    def build(self, name: str, seconds: float = BUILD_SECONDS) -> Image:
        """Build what lies there; BadImage."""
        try:
            said = self._order("build", seconds, name=name, seconds=seconds)
        except _Gone:
            raise BadImage("the build used more memory or processes than there are, and was ended") from None
        if said["code"] is None:
            raise BadImage(f"the build was not done after {seconds:.0f} seconds (at: {_step(said['steps'])})")
        if said["code"] != 0:
            raise BadImage(
                f"the build ended with exit code {said['code']} at: {_step(said['steps'])} ({_last(said['said'])})"
            )
        layers = tuple(Layer(one["digest"], one["bytes"], one["files"]) for one in said["layers"])
        return Image(name, said["config"], said["text"], layers, said["base"], said["seconds"])

    def search(self, image: Image, needles: Mapping[str, bytes], names: Sequence[str] = ()) -> list[Hit]:
        """Files in any layer that contain one of ``needles``, or whose path matches one of ``names``.

        ``*`` in a name stands for folders too. Ten of each kind are told at most.
        """
        words = {key: _base64(value) for key, value in needles.items()}
        said = self._order("search", 120, name=image.name, needles=words, names=list(names))
        return [Hit(int(layer), str(path), str(what)) for layer, path, what in said["hits"]]

    # -- running

    def start(self, image: Image, mounted: str, port: int, seconds: float = START_SECONDS) -> bool:
        """Start it and wait until it listens; whether it does so outside of itself too. BadImage.

        The folder that ``put`` writes to is mounted at ``mounted``, to be read.
        """
        self._port = port
        said = self._order("start", 120, name=image.name, target=mounted, command=None)
        if "problem" in said:
            raise BadImage(said["problem"])
        try:
            came = self._order("listening", seconds, port=port, seconds=seconds)
        except _Gone:
            raise BadImage("it used more memory or processes than there are, and was ended") from None
        if not came["inner"]:
            code = came["code"]
            how = f"it ended with exit code {code}"
            if code is None:
                how = f"nobody listened at port {port} for {seconds:.0f} seconds"
            raise BadImage(f"{how} ({_last(came['said']) or 'and said nothing'})")
        return came["up"] is True

    def put(self, path: str, data: bytes) -> None:
        """Put a file in place, in one step, in the folder that the started image sees."""
        self._order("put", 30, path=path, data=_base64(data))

    def get(self, path: str, seconds: float = 10.0) -> Answer:
        return self.ask(request("GET", path), seconds)

    def post(self, path: str, body: Any, seconds: float = 10.0) -> Answer:
        return self.ask(request("POST", path, body), seconds)

    def ask(self, sent: bytes, seconds: float = 10.0) -> Answer:
        """Ask what was started, at an address that is not its loopback's."""
        said = self._order("ask", seconds, port=self._port, request=_base64(sent), seconds=seconds)
        if said["how"] == "refused":
            return Answer(0, b"", "nobody there")
        if said["how"] == "slow":
            return Answer(0, b"", f"no whole answer within {seconds:.0f} seconds")
        try:
            response = http.client.HTTPResponse(cast(socket.socket, _Came(base64.b64decode(said["came"]))))
            response.begin()
            return Answer(response.status, response.read())
        except (http.client.HTTPException, OSError, ValueError):
            return Answer(0, b"", "an answer that is no whole HTTP")

    def processes(self) -> list[Process]:
        """The processes of what was started."""
        said = self._order("processes", 30)
        return [Process(one["name"], tuple(one["uids"])) for one in said["processes"]]

    def health(self, seconds: float = 30.0) -> tuple[int | None, str] | None:
        """The exit code of the image's own health check, run in the container, and what it said.

        The code is None if it took too long. None if the image has no health check.
        """
        said = self._order("health", seconds, seconds=seconds)
        return (said["code"], _last(said["said"])) if said["there"] else None

    def stop(self) -> None:
        """Kill the processes of what was started."""
        self._order("stop", 30)

    # -- the socket

    def _order(self, what: str, wait: float, /, **words: Any) -> dict[str, Any]:
        data = json.dumps({"do": what, **words}).encode()
        until = time.monotonic() + wait + _MORE_SECONDS
        try:
            self._sock.settimeout(wait + _MORE_SECONDS)
            self._sock.sendall(_HEADER.pack(len(data)) + data)
            (size,) = _HEADER.unpack(self._exactly(_HEADER.size, until))
            if size > _MOST:
                raise GraderFault("the builder says too much")
            said: dict[str, Any] = json.loads(self._exactly(size, until))
        except ConnectionError:
            raise _Gone(f"the builder is gone ({what})") from None
        except OSError as error:
            raise GraderFault(f"the builder does not answer ({type(error).__name__} on {what})") from None
        if "fault" in said:
            raise GraderFault(f"the builder could not {what}: {said['fault'][:300]}")
        return said

    def _exactly(self, size: int, until: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._sock.settimeout(max(0.01, until - time.monotonic()))
            part = self._sock.recv(min(size - len(data), 1 << 20))
            if not part:
                raise ConnectionError("end of stream")
            data += part
        return bytes(data)


class _Came:
    """Bytes in the place of a socket, which is all that `http.client` wants of one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _last(said: str) -> str:
    lines = [_LOG.sub("", _COLOUR.sub("", line)).strip() for line in said.splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if not _ENGINES_OWN.match(line)] or lines
    return telling[-1][:200] if telling else ""


def _step(said: str) -> str:
    """The last instruction that a build began."""
    steps = re.findall(r"^(?:\[\d+/\d+\] )?STEP \d+/\d+: (.*)$", said, re.MULTILINE)
    return steps[-1][:120] if steps else "its first line"
