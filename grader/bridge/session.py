"""The judge's side of the bridge: requests to one worker, each with a deadline; answers are data or refused.

Time that the worker stood in the run queue is nobody's: it lengthens deadlines and does not use up the exercise's time.
"""

from __future__ import annotations

import contextlib
import copy
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from grader.bridge.channel import Channel, Closed, TooLarge, TooLate
from grader.bridge.codec import DecodeLimits, Malformed, NotData, Unwelcome, decode, encode
from grader.bridge.faults import (
    BrokenBridge,
    CellFailure,
    Died,
    LearnerFault,
    NoRoom,
    OutOfTime,
    Refused,
    RemoteError,
    Starved,
    known_kind,
    mirror,
)
from grader.bridge.handle import Handle, known_type
from grader.model import Limits
from grader.runqueue import MOST, Claims, Patience
from grader.tree import Tree

# A masked array leaves what is masked out of `(answer == expected).mean()`: it would choose its own examiner.
_TAKEN = DecodeLimits(masked=False)


_SET_UP_SECONDS = 120.0
_WORTH_A_QUESTION = 1.0  # seconds of a worker's life
NO_TIME_LEFT = "used up the time of the whole exercise"


@dataclass(frozen=True)
class Done:
    """A finished command. ``returncode`` is negative for a signal; output is cut at the limit."""

    returncode: int
    stdout: bytes
    stderr: bytes
    seconds: float
    cpu_seconds: float


class Session:
    """One worker. Any LearnerFault ends it: ``fault`` keeps the first, and every later request raises it again."""

    def __init__(
        self, sock: socket.socket, limits: Limits, budget: Budget, queued: Callable[[], float] = lambda: 0.0
    ) -> None:
        """``queued`` says how many seconds the worker has stood in the run queue; it is asked when time runs short."""
        self._channel = Channel(sock)
        self._limits = limits
        self._budget = budget
        self._queued = Claims(queued)
        self._spent = 0.0
        self._number = 0
        self._open = True
        self.fault: LearnerFault | None = None
        self.refusal: LearnerFault | None = None
        self.last_call: str = ""
        self._lent: list[tuple[Any, Any]] = []  # what learner code changed in place, and how it was before
        self.calls = 0  # requests that ran learner code: a check that made some cannot fail by our cause alone

    # -- what judges ask

    def put(self, tree: Tree) -> None:
        """Write a tree into the worker's folder; before any learner code runs, so that NoRoom is the truth."""
        try:
            self._set_up("put", dict(tree.files), sorted(tree.executable))
        except RemoteError as full:
            size = sum(map(len, tree.files.values())) / 2**20
            room = f"{len(tree.files):,} files of {size:.0f} MB, where {self._limits.disk_mb} MB are allowed"
            raise self._lost(NoRoom(f"did not fit into the work folder: {room}")) from full

    def enter(self, folder: str, *, notebook: bool) -> None:
        self._set_up("enter", folder, notebook)

    def watch(self) -> None:
        """Have the worker keep what cells display."""
        self._set_up("watch")

    def shown(self) -> list[dict[str, Any]]:
        """What cells displayed since the last time, as nbformat outputs: for people to read, and nothing else.

        What is not of that form is left out.
        """
        with contextlib.suppress(RemoteError):
            answer = self.ask("shown")
            return [one for one in map(_output, answer if type(answer) is list else ()) if one is not None]
        return []

    def _set_up(self, operation: str, *arguments: Any) -> None:
        """Ask for what is ours: it takes as long as the machine takes, and nothing of the learner's time."""
        budget, self._budget = self._budget, Budget(_SET_UP_SECONDS)
        try:
            self.ask(operation, *arguments, seconds=_SET_UP_SECONDS)
        finally:
            self._budget = budget

    def cell(self, code: str, label: str) -> CellFailure | None:
        """Run one notebook cell; how it failed, or None. Raises LearnerFault when the worker is lost."""
        self.last_call = f"ran your {label}"
        try:
            answer = self.ask("cell", code, label, seconds=self._limits.cell_seconds)
        except RemoteError as error:
            # The cell broke what runs cells (IPython's own objects are in its reach).
            return CellFailure(error.ladder_known_kind, str(error), label, 0, "")
        if answer is None:
            return None
        claim = self._fields(answer, kinds=list, text=str, label=str, line=int, source=str)
        if not all(type(kind) is str for kind in claim["kinds"]):
            raise self._no_message()
        kind = known_kind(claim["kinds"])
        return CellFailure(kind, claim["text"], claim["label"] or label, claim["line"], claim["source"])

    def fetch(self, name: str) -> Any:
        """The value a notebook's name has: data by value, anything else as a Handle; NameError if it has none."""
        self.last_call = f"looked for your `{name}`"
        return self.named(self.ask("fetch", name), name)

    def named(self, value: Any, name: str) -> Any:
        """The same value; if it is a Handle, called ``name`` in messages from here on."""
        if type(value) is Handle:
            object.__setattr__(value, "_ladder_name", name)
        return value

    def module(self, name: str) -> Any:
        self.last_call = f"imported your {name}"
        return self.named(self.ask("module", name), name)

    def call(self, target: Handle, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a learner's function. Arguments go by value; what it changed in them is changed here too."""
        self.last_call = f"called your `{target._ladder_name}` with {describe(args, kwargs)}"
        sent = [self._encode(value) for value in args]
        sent_keywords = {name: self._encode(value) for name, value in kwargs.items()}
        answer = self._fields(self.ask("call", target, sent, sent_keywords), changed=dict, changed_keywords=dict)
        same = answer.get("same")
        if same is not None and not (type(same) is int and 0 <= same < len(args)):
            raise self._no_message()
        try:
            for i, value in answer["changed"].items():
                self._change(args[i], value)
            for name, value in answer["changed_keywords"].items():
                self._change(kwargs[name], value)
        except (TypeError, LookupError, AttributeError, ValueError, OverflowError) as wrong:
            raise self._no_message() from wrong
        return self.named(answer.get("result"), f"{target._ladder_name}()") if same is None else args[same]

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Done:
        """Run a command in the worker's folder; OutOfTime when it does not end in time."""
        self.last_call = "ran `" + " ".join(argv) + "`"
        wanted = seconds or self._limits.check_seconds
        allowed = self._allowed(wanted)
        keep = self._limits.output_mb << 20
        began = time.monotonic()
        answer = self.ask("run", list(argv), stdin, dict(env or {}), allowed, keep, seconds=allowed + 5)
        done = self._fields(answer, stdout=bytes, stderr=bytes, seconds=float, cpu_seconds=float)
        code = done.get("returncode", ...)
        if code is None:
            # The worker still answers, so this session goes on; the check does not.
            if time.monotonic() - began >= MOST * allowed:
                raise self.remember(_starved())
            why = f"did not end within {allowed:.0f} seconds" if allowed == wanted else NO_TIME_LEFT
            raise self.remember(OutOfTime(why))
        if type(code) is not int:
            raise self._no_message()
        return Done(code, done["stdout"], done["stderr"], done["seconds"], done["cpu_seconds"])

    # -- the one way to ask

    def ask(self, operation: str, *arguments: Any, seconds: float | None = None) -> Any:
        """One request and its answer; learner exceptions are raised here as the same built-in type."""
        if self.fault is not None:
            raise self.fault
        wanted = seconds or self._limits.check_seconds
        allowed = self._allowed(wanted)
        if allowed <= 0:
            raise self._lost(OutOfTime(NO_TIME_LEFT))
        self._number += 1
        self.calls += 1
        request = self._encode((self._number, operation, arguments))
        began, patience = time.monotonic(), Patience(allowed, self._claim)
        try:
            self._channel.send(request, patience.until)
            answer = decode(self._channel.receive(patience.until), handle=self._handle, limits=_TAKEN)
            if type(answer) is not tuple or len(answer) != 3:
                raise Malformed("no answer")
            number, verdict, value = answer
            if type(number) is not int or type(verdict) is not str or number != self._number:
                raise Malformed("out of order")
            if verdict not in ("ok", "raised"):
                raise Malformed("no verdict")
            error = mirror(value) if verdict == "raised" else None
        except TooLate:
            if patience.starved:
                raise self._lost(_starved()) from None
            why = f"did not answer within {allowed:.0f} seconds" if allowed == wanted else NO_TIME_LEFT
            raise self._lost(OutOfTime(why)) from None
        except Closed:
            raise self._lost(Died("the process was gone (killed, out of memory, or ended by its own code)")) from None
        except Unwelcome as kept_out:
            raise self.remember(Refused(f"gave {kept_out} where the check needs plain data")) from None
        except TooLarge:
            raise self._lost(BrokenBridge("answered with more data than the bridge carries")) from None
        except (Malformed, TypeError, ValueError, LookupError, OverflowError) as wrong:
            raise self._no_message() from wrong
        finally:
            self._spend(time.monotonic() - began)
        if error is not None:
            raise error
        return value

    def _allowed(self, seconds: float) -> float:
        """So many seconds, or those that are left of the exercise's."""
        if self._budget.left < seconds:
            self._claim()
        return min(seconds, self._budget.left)

    def _spend(self, seconds: float) -> None:
        self._spent += seconds
        self._budget.spend(seconds)

    def _claim(self) -> float:
        """Give the exercise back what this worker stood in the run queue, and return it; each second once."""
        new = self._queued()
        self._budget.spend(-new)
        return new

    def remember(self, fault: LearnerFault) -> LearnerFault:
        """Keep a fault that ends the check in hand but not the worker; returns it, to be raised."""
        self.refusal = self.refusal or fault
        return fault

    def take_back(self) -> None:
        """Make everything that learner code changed in place what it was; for the end of a check.

        What a check lends may belong to the whole file of checks (a table, a list of cases), and the next check must
        not work out what it expects from something a learner has written.
        """
        while self._lent:
            _change_in_place(*self._lent.pop())

    def _change(self, target: Any, value: Any) -> None:
        self._lent.append((target, copy.copy(target)))  # first: a change that fails half-way is taken back as well
        _change_in_place(target, value)

    def close(self) -> None:
        if self._open:
            self._open = False
            if self._spent > _WORTH_A_QUESTION:
                self._claim()
            self._channel.close()

    def _fields(self, answer: Any, **kinds: type) -> dict[str, Any]:
        """``answer`` if it is a dict with fields of exactly these types; what a worker says is never converted."""
        if type(answer) is dict and all(type(answer.get(name)) is kind for name, kind in kinds.items()):
            return answer
        raise self._no_message()

    def _no_message(self) -> LearnerFault:
        return self._lost(BrokenBridge("answered with something that is no message"))

    def _lost(self, fault: LearnerFault) -> LearnerFault:
        self.fault = fault
        self.close()
        return fault

    def _encode(self, value: Any) -> bytes:
        return encode(value, handle=_number_of)

    def _handle(self, number: int, claim: Any) -> Handle:
        kind = known_type(claim["type"])
        return Handle(self, number, kind, kind)


def _starved() -> Starved:
    return Starved(f"got no core for most of {MOST:.0f} times its time: the machine that grades is too busy")


def _output(claim: Any) -> dict[str, Any] | None:
    """A worker's output as nbformat has it; None if it is none."""
    if type(claim) is not dict:
        return None
    kind = claim.get("output_type")
    if kind == "stream" and type(claim.get("text")) is str and claim.get("name") in ("stdout", "stderr"):
        return {"output_type": "stream", "name": claim["name"], "text": claim["text"]}
    data = claim.get("data")
    if kind not in ("display_data", "execute_result") or type(data) is not dict:
        return None
    kept = {mime: text for mime, text in data.items() if type(mime) is str and type(text) is str}
    made = {"output_type": kind, "data": kept, "metadata": {}}
    return {**made, "execution_count": None} if kind == "execute_result" else made


class Budget:
    """Seconds that the learner's code of one exercise may still use, over all its workers."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def spend(self, seconds: float) -> None:
        self.left -= seconds


def describe(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Arguments in the words of a learner: kinds and sizes, never values."""
    words = [_kind(value) for value in args] + [f"{name}={_kind(value)}" for name, value in kwargs.items()]
    return ", ".join(words) if words else "no arguments"


def _kind(value: Any) -> str:
    if isinstance(value, pd.DataFrame):
        return f"a table of {len(value)} rows and {value.shape[1]} columns"
    if isinstance(value, pd.Series):
        return f"a column of {len(value)} values"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, list | tuple | dict | set):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bool | np.bool_):
        return "a truth value"
    if isinstance(value, int | float | np.number):
        return "a number"
    if value is None:
        return "None"
    if type(value) is Handle:
        return f"your `{value._ladder_name}`"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeioAEIO' else 'a'} {kind}"


def _number_of(value: object) -> tuple[int, dict[str, Any]]:
    if type(value) is Handle:
        return value._ladder_number, {}
    raise NotData(type(value).__name__)


def _change_in_place(target: Any, value: Any) -> None:
    """Give ``target`` the content that the learner's code left in its copy."""
    if isinstance(target, pd.DataFrame | pd.Series) and type(target) is type(value):
        target._update_inplace(value)  # type: ignore[operator]
    elif isinstance(target, np.ndarray) and isinstance(value, np.ndarray) and target.shape == value.shape:
        target[...] = value
    elif isinstance(target, list | bytearray) and isinstance(value, list | bytearray):
        target[:] = value
    elif isinstance(target, dict | set) and type(target) is type(value):
        target.clear()
        target.update(value)
    else:
        raise TypeError("an argument changed its kind")
