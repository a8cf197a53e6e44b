"""A learner's web service, started in a submission's worker on a Unix socket and asked from the judge.

The worker has no network that the judge could reach, so a relay (`http_relay`) is put beside the service, and carries
raw bytes: the judge makes every request itself and reads every answer itself. The relay runs beside learner code, so
what it says is the learner's word, and it must not pay to forge it. Answers are worth something only where a check
compares them with what it works out itself from rows that it drew in this grading; whoever forged such an answer would
have had to do what was asked. What remains of the relay's own word is when an answer came, whether the process ended
and with which code; a service that lies about these passes one check and no more.

    service = Service.start(submission, ["python", "-m", "app", "--uds", SOCKET])
    answer = service.post("/predict", {"flights": []})
    answers = service.ask([request("POST", "/predict", body) for body in bodies], at_once=20)
    service.terminate()
    ended = service.ended(seconds=5)
"""

from __future__ import annotations

import email.errors
import http.client
import io
import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

MOST_BYTES = 1 << 20  # of one answer
_AT_A_TIME = 100  # requests of one call over the bridge
_BEGIN = 5.0  # seconds: a call that has lasted so long begins no more of them
_SAID = 2_000
_ASKED, _ENDED = "asked your service", "waited for your service to end"


class BadService(Exception):
    """The service cannot be asked; the text says what is the matter, to follow "Came: "."""


@dataclass(frozen=True)
class Answer:
    """One answer. ``status`` is 0 if none came that is HTTP, and ``problem`` says why, to follow "Came: "."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    problem: str = ""

    @property
    def json(self) -> Any:
        """The body, read as JSON; None if it is none. NaN and the infinities are none."""
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return None

    @property
    def text(self) -> str:
        """The body as far as it is text, with what JSON escapes written out."""
        said = self.json
        return self.body.decode("utf-8", "replace") if said is None else json.dumps(said, ensure_ascii=False)

    def __str__(self) -> str:
        """What came, in words that follow "Came: "."""
        return self.problem or f"{self.status} {' '.join(self.text.split())[:120]}".strip()


@dataclass(frozen=True)
class Ended:
    """How a service ended. ``code`` is None if it did not within the time, and negative for a signal."""

    code: int | None
    socket_is_there: bool
    answers: bool  # whether somebody still listens at the socket
    said: str


_NOT_ASKED = Answer(0, {}, b"", 0.0, "not asked: one before it had no whole answer in time")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def request(
    method: str, path: str, body: bytes | Any = None, *, kind: str = "application/json", headers: str = ""
) -> bytes:
    """The bytes of an HTTP request on a connection of its own. A ``body`` that is no bytes is sent as JSON."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: service", "Connection: close", "Accept: application/json"]
    if body is not None:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, *headers.splitlines(), "", ""]).encode() + data


class Service:
    """A service that runs in a submission's worker. Ends with the worker, at the latest."""

    def __init__(self, submission: Any, relay: Any, address: str, pid: int, said: str) -> None:
        self._submission = submission
        self._relay = relay
        self._address = address
        self._said = said
        self.pid = pid

    @classmethod
    def start(
        cls,
        submission: Any,
        argv: Sequence[str],
        address: str,
        env: Mapping[str, str] | None = None,
        seconds: float = 20.0,
    ) -> Service:
        """Start ``argv`` in the repo's folder and wait until it answers at the socket ``address``; BadService."""
        relay = _relay(submission)
        said = f"/tmp/said-{secrets.token_hex(4)}"  # noqa: S108 - the worker's own
        service = cls(submission, relay, address, 0, said)
        pid = service._do("started your service", "start", list(argv), dict(env or {}), said)
        if type(pid) is not int or pid <= 1:
            raise BadService("it could not be started")
        service.pid = pid
        up, code = _pair(service._do("waited for your service to listen", "listening", address, pid, seconds))
        if up is not True:
            last = service.said
            service.kill()
            how = f"ended with exit code {code}" if type(code) is int else f"listened nowhere for {seconds:.0f} seconds"
            raise BadService(f"it {how} ({last or 'and said nothing'})")
        return service

    # -- asking

    def get(self, path: str, seconds: float = 10.0) -> Answer:
        return self.ask([request("GET", path)], seconds=seconds)[0]

    def post(self, path: str, body: Any, seconds: float = 10.0) -> Answer:
        return self.ask([request("POST", path, body)], seconds=seconds)[0]

    def ask(self, requests: Sequence[bytes], at_once: int = 1, seconds: float = 10.0) -> list[Answer]:
        """One answer for each request, in their order.

        ``seconds`` is for each, and less than an exercise's ``check_seconds`` by more than ``_BEGIN``. After one that
        took longer no more are begun: whoever hangs is not waited for again and again.
        """
        answers: list[Answer] = []
        while len(answers) < len(requests):
            some = list(requests[len(answers) : len(answers) + _AT_A_TIME])
            came = self._do(_ASKED, "exchange", self._address, some, at_once, seconds, MOST_BYTES, _BEGIN)
            if type(came) is not list or not 0 < len(came) <= len(some):
                raise BadService("what stands beside it in the worker was changed, and does not answer")
            answers += [_answer(one, sent) for one, sent in zip(came, some, strict=False)]
            if any(how == "slow" for _, _, how in came):
                answers += [_NOT_ASKED] * (len(requests) - len(answers))
        return answers

    def hold(self, begun: bytes) -> int:
        """Send a part of a request and leave it at that; the number by which ``go_on`` ends it."""
        number = self._do(_ASKED, "hold", self._address, begun)
        if type(number) is not int or number < 1:
            raise BadService("nobody answers at its socket any more")
        return number

    def go_on(self, number: int, rest: bytes, seconds: float = 10.0) -> Answer:
        """Send the rest of a request that is held, and take the answer."""
        return _answer(self._do(_ASKED, "go_on", number, rest, seconds, MOST_BYTES), b"")

    # -- what else happens to a service

    def put(self, path: str, data: bytes) -> None:
        """Put a file in place in one step: nobody ever sees half of it."""
        beside = f"{path}.{secrets.token_hex(4)}"
        self._submission.files.write(beside, data)
        self._do(f"moved a file to `{path}`", "replace", beside, path)

    def terminate(self) -> None:
        """Send it SIGTERM, and do not wait."""
        self._do("sent your service SIGTERM", "terminate", self.pid)

    def ended(self, seconds: float) -> Ended:
        """How it ended within ``seconds``; what is left of it after that is killed."""
        code = self._do(_ENDED, "ended", self.pid, seconds)
        there = self._submission.files.exists(self._address)
        answers = _pair(self._do(_ENDED, "listening", self._address, self.pid, 0.0))[0] is True
        ended = Ended(code if type(code) is int else None, there, answers, self.said)
        self.kill()
        return ended

    def kill(self) -> None:
        self._do("ended your service", "kill", self.pid)

    @property
    def said(self) -> str:
        """The last line of what it said on its standard output and error."""
        data = self._do("read what your service said", "tail", self._said, _SAID)
        lines = data.decode("utf-8", "replace").split("\n") if type(data) is bytes else []
        lines = [line.strip() for line in lines if line.strip()]
        return lines[-1][:200] if lines else ""

    def _do(self, what: str, function: str, *arguments: Any) -> Any:
        """Have the relay do something; if that fails, a learner reads ``what``, and nothing of a relay."""
        try:
            return getattr(self._relay, function)(*arguments)
        finally:
            self._submission.session.last_call = what


def _relay(submission: Any) -> Any:
    """The relay as a handle. Its file is gone again before any learner code runs."""
    name = f"relay_{secrets.token_hex(8)}"
    submission.files.write(f"{name}.py", (Path(__file__).parent / "http_relay.py").read_bytes())
    try:
        relay = submission.module(name)
    finally:
        submission.session.last_call = "started your service"
    submission.files.remove(f"{name}.py")
    return relay


def _pair(value: Any) -> tuple[Any, Any]:
    return (value[0], value[1]) if type(value) in (list, tuple) and len(value) == 2 else (None, None)


def _answer(came: Any, sent: bytes) -> Answer:
    """What the relay brought, read as HTTP."""
    if type(came) not in (list, tuple) or [type(part) for part in came] != [bytes, float, str]:
        raise BadService("what stands beside it in the worker was changed, and does not answer")
    data, seconds, how = came
    if how == "slow":
        return Answer(0, {}, b"", seconds, f"no whole answer within {seconds:.0f} seconds ({len(data)} bytes came)")
    if how == "much":
        return Answer(0, {}, b"", seconds, f"an answer of more than {MOST_BYTES >> 20} MB")
    if how == "refused":
        return Answer(0, {}, b"", seconds, "nobody at its socket")
    if not data:
        return Answer(0, {}, b"", seconds, "no answer: the connection was closed")
    try:
        method = "HEAD" if sent.startswith(b"HEAD ") else "POST"  # an answer to HEAD ends with its headers
        response = http.client.HTTPResponse(cast(socket.socket, _Came(data)), method=method)
        response.begin()
        body = response.read()
    except (http.client.HTTPException, OSError, ValueError, email.errors.MessageError) as error:
        return Answer(0, {}, b"", seconds, f"an answer that is no whole HTTP ({type(error).__name__})")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body, seconds)


class _Came:
    """Bytes in the place of a socket, which is all that `http.client` wants of one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)

    def sendall(self, _: bytes) -> None:
        """Nothing is ever sent here."""
