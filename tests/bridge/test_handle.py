"""The judge's side against a worker that says whatever a hostile one might: a script at the other end of the socket."""

import copy
import math
import operator
import os
import pickle
import socket
import struct
import threading

import numpy as np
import pandas as pd
import pytest

from grader.bridge.channel import Channel, Closed
from grader.bridge.codec import decode, encode
from grader.bridge.faults import BrokenBridge, Died, OutOfTime, Refused, RemoteError
from grader.bridge.session import Budget, Session
from grader.model import Limits


class Claim:
    """Encodes as a handle."""

    def __init__(self, kind="Thing"):
        self.kind = kind

    def __repr__(self):
        return f"Claim({self.kind!r})"  # the same in every process: it names tests


def as_handle(value):
    return 7, {"type": value.kind, "callable": True}


class Script:
    """A worker that gives one prepared answer after the other: a value, or a function of the request's number."""

    def __init__(self, sock, answers):
        self._channel = Channel(sock)
        self._answers = list(answers)
        self.asked = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            for answer in self._answers:
                number, operation, arguments = decode(self._channel.receive(), handle=lambda n, c: ("handle", n))
                self.asked.append((operation, arguments))
                said = answer(number) if callable(answer) else (number, "ok", answer)
                self._channel.send(said if type(said) is bytes else encode(said, handle=as_handle))
        except Closed:
            pass
        self._channel.close()

    def join(self):
        self._thread.join(10)


@pytest.fixture
def scripted():
    made = []

    def make(*answers):
        ours, theirs = socket.socketpair()
        session = Session(ours, Limits(check_seconds=2), Budget(30))
        script = Script(theirs, answers)
        session.script = script
        made.append((session, script))
        return session

    yield make
    for session, script in made:
        session.close()
        script.join()


REFUSED = {
    "==": lambda h: h == 1,
    "!=": lambda h: h != 1,
    "reversed ==": lambda h: h == 1,
    "<": lambda h: h < 1,
    "in a list": lambda h: h in [1, 2],
    "contains": lambda h: 1 in h,
    "truth": bool,
    "not": operator.not_,
    "if": lambda h: 1 if h else 2,
    "float": float,
    "int": int,
    "index": operator.index,
    "round": round,
    "abs": abs,
    "neg": operator.neg,
    "+": lambda h: h + 1,
    "reversed +": lambda h: 1 + h,
    "*": lambda h: 2 * h,
    "/": lambda h: h / 2,
    "%": lambda h: h % 2,
    "<<": lambda h: h << 1,
    "divmod": lambda h: divmod(h, 2),
    "@": lambda h: h @ h,
    "-=": lambda h: operator.isub(h, 1),
    "//=": lambda h: operator.ifloordiv(h, 1),
    "and": lambda h: h & True,
    "math": math.sqrt,
    "array": np.asarray,
    "with an array": lambda h: np.ones(3) == h,
    "allclose": lambda h: np.allclose(h, 1.0),
    "isclose": lambda h: math.isclose(h, 1.0),
    "series": lambda h: pd.Series([1.0]) + h,
    "set attribute": lambda h: setattr(h, "x", 1),
    "set item": lambda h: operator.setitem(h, 0, 1),
    "delete": lambda h: delattr(h, "x"),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "next": next,
    "max of two": lambda h: max(h, 1),
    "path": os.fspath,
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_be_the_learners_opinion_is_refused_and_remembered(scripted, what):
    session = scripted(Claim("function"))
    handle = session.fetch("f")
    with pytest.raises(Refused):
        REFUSED[what](handle)
    assert isinstance(session.refusal, Refused)
    assert "of type function" in str(session.refusal)


def test_a_check_that_swallows_everything_does_not_swallow_the_memory(scripted):
    session = scripted(Claim())
    handle = session.fetch("f")
    try:
        passed = handle == 1
    except:  # noqa: E722 - what a careless check does
        passed = True
    assert passed
    assert isinstance(session.refusal, Refused)


def test_a_class_of_their_own_is_not_named(scripted):
    session = scripted(Claim("HIDDEN_INPUT_WAS_42"))
    handle = session.fetch("f")
    with pytest.raises(Refused) as caught:
        bool(handle)
    assert "42" not in str(caught.value)
    assert "42" not in repr(session.module("m")) if session.script.asked == [] else True


def test_a_claim_is_never_a_type(scripted):
    handle = scripted(Claim("ndarray")).fetch("x")
    assert not isinstance(handle, np.ndarray | int | str | float)
    assert repr(handle) == "<your x>"


@pytest.mark.parametrize(
    "name", ["__array_interface__", "__array_struct__", "__array__x__", "__dict__y__", "_typ", "_values"]
)
def test_private_attributes_are_never_asked_for(scripted, name):
    session = scripted(Claim(), {"data": (0, False)})
    handle = session.fetch("x")
    with pytest.raises(AttributeError):
        getattr(handle, name)
    assert [operation for operation, _ in session.script.asked] == ["fetch"]


@pytest.mark.parametrize("length", [-1, "3", 2.0, None, True])
def test_a_length_that_is_none_is_a_type_error(scripted, length):
    session = scripted(Claim(), length)
    handle = session.fetch("x")
    with pytest.raises(TypeError):
        len(handle)


def test_members_that_are_no_list_are_a_type_error(scripted):
    session = scripted(Claim(), {"a": 1})
    with pytest.raises(TypeError):
        list(session.fetch("x"))


GOOD_CALL = {"result": 5, "same": None, "changed": {}, "changed_keywords": {}}
NONSENSE = [None, 3, "text", [], {}, (1, 2), np.zeros(3), pd.DataFrame({"a": [1]}), pd.NA, Claim(), float("inf")]


@pytest.mark.parametrize("answer", NONSENSE, ids=lambda answer: type(answer).__name__)
@pytest.mark.parametrize("operation", ["call", "run", "cell"])
def test_an_answer_of_the_wrong_form_is_a_broken_bridge(scripted, answer, operation):
    session = scripted(Claim(), answer)
    handle = session.fetch("f")
    if operation == "cell" and answer is None:
        assert session.cell("x", "c") is None  # how a cell ends well
        return
    with pytest.raises(BrokenBridge):
        {"call": lambda: handle(1), "run": lambda: session.run(["x"]), "cell": lambda: session.cell("x", "c")}[
            operation
        ]()
    assert isinstance(session.fault, BrokenBridge)


@pytest.mark.parametrize(
    "wrong",
    [
        {"same": 1},
        {"same": -1},
        {"same": "0"},
        {"same": True},
        {"changed": {5: 1}},
        {"changed": {0: "text"}},
        {"changed": {-1: 3}},
        {"changed": [1]},
        {"changed": {0: np.zeros(99)}},
        {"changed": {float("inf"): []}},
        {"changed_keywords": {"nobody": 1}},
        {"changed_keywords": None},
    ],
    ids=repr,
)
def test_a_call_that_claims_impossible_changes_is_a_broken_bridge(scripted, wrong):
    session = scripted(Claim(), {**GOOD_CALL, **wrong})
    handle = session.fetch("f")
    with pytest.raises(BrokenBridge):
        handle(np.zeros(3))


GOOD_RUN = {"returncode": 0, "stdout": b"", "stderr": b"", "seconds": 0.1, "cpu_seconds": 0.1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"stdout": 10**12},
        {"stdout": "text"},
        {"stderr": [1]},
        {"returncode": float("inf")},
        {"returncode": "0"},
        {"returncode": Claim()},
        {"seconds": Claim()},
        {"cpu_seconds": None},
    ],
    ids=repr,
)
def test_a_command_that_claims_nonsense_is_a_broken_bridge(scripted, wrong):
    session = scripted({**GOOD_RUN, **wrong})
    with pytest.raises(BrokenBridge):
        session.run(["x"])


GOOD_CELL = {"kinds": ["ValueError"], "text": "", "label": "", "line": 1, "source": ""}


@pytest.mark.parametrize(
    "wrong",  # noqa: E501
    [{"kinds": []}, {"kinds": [1]}, {"line": float("inf")}, {"line": Claim()}, {"text": Claim()}, {"source": 1}],
    ids=repr,
)  # fmt: skip
def test_a_cell_failure_of_the_wrong_form(scripted, wrong):
    session = scripted({**GOOD_CELL, **wrong})
    if wrong == {"kinds": []}:
        assert session.cell("x", "c").kind == "Exception"
        return
    with pytest.raises(BrokenBridge):
        session.cell("x", "c")


@pytest.mark.parametrize(
    "wrong", [{"kinds": "ValueError"}, {"line": float("inf")}, {"text": Claim()}, None, 3, {}], ids=repr
)
def test_an_exception_of_the_wrong_form_is_a_broken_bridge(scripted, wrong):
    failure = {**GOOD_CELL, **wrong} if type(wrong) is dict and wrong else wrong
    session = scripted(lambda number: (number, "raised", failure))
    with pytest.raises(BrokenBridge):
        session.fetch("x")


@pytest.mark.parametrize(
    "kinds", [["bad\0name"], ["\ud800"], [""], ["x" * 100_000], ["Skipped", "BaseException"], ["exit"]]
)
def test_an_exception_with_an_impossible_name_fails_the_request(scripted, kinds):
    session = scripted(lambda number: (number, "raised", {**GOOD_CELL, "kinds": kinds}))
    with pytest.raises((BrokenBridge, RemoteError)) as caught:
        session.fetch("x")
    assert not isinstance(caught.value, pytest.skip.Exception | SystemExit)


MESSAGES = {
    "garbage": lambda number: b"garbage",
    "empty": lambda number: b"",
    "another number": lambda number: (number + 1, "ok", 1),
    "number before": lambda number: (number - 1, "ok", 1),
    "number as float": lambda number: (float(number), "ok", 1),
    "number as array": lambda number: (np.array([number]), "ok", 1),
    "number is a handle": lambda number: (Claim(), "ok", 1),
    "no verdict": lambda number: (number, "passed", 1),
    "verdict is a handle": lambda number: (number, Claim(), 1),
    "verdict is NA": lambda number: (number, pd.NA, 1),
    "two parts": lambda number: (number, "ok"),
    "a list": lambda number: [number, "ok", 1],
    "a handle": lambda number: Claim(),
    "a text of three": lambda number: "abc",
    "a handle of odd number": lambda number: encode((number, "ok", Claim()), handle=lambda v: (1 << 40, {"kind": 1})),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_no_answer_is_a_broken_bridge_for_good(scripted, message):
    session = scripted(MESSAGES[message], 1)
    with pytest.raises(BrokenBridge):
        session.fetch("x")
    with pytest.raises(BrokenBridge):
        session.fetch("y")


def test_an_announced_giant_is_a_broken_bridge():
    ours, theirs = socket.socketpair()
    session = Session(ours, Limits(check_seconds=2), Budget(30))
    theirs.sendall(struct.pack("!I", 0xFFFFFFFF))
    with pytest.raises(BrokenBridge):
        session.fetch("x")
    theirs.close()


def test_an_answer_given_before_the_question_is_no_answer():
    ours, theirs = socket.socketpair()
    session = Session(ours, Limits(check_seconds=2), Budget(30))
    early = encode((2, "ok", "forged"))
    theirs.sendall(struct.pack("!I", len(early)) + early)
    with pytest.raises(BrokenBridge):
        session.fetch("x")
    theirs.close()


def test_silence_is_out_of_time_and_an_end_is_death():
    ours, theirs = socket.socketpair()
    session = Session(ours, Limits(check_seconds=0.2), Budget(30))
    with pytest.raises(OutOfTime):
        session.fetch("x")
    theirs.close()
    ours, theirs = socket.socketpair()
    session = Session(ours, Limits(), Budget(30))
    theirs.close()
    with pytest.raises(Died):
        session.fetch("x")


def test_a_masked_array_in_an_answer_is_refused_wherever_it_hides(scripted):
    session = scripted([1, {"a": np.ma.masked_array([1], mask=[True])}], 3)
    with pytest.raises(Refused, match="mask"):
        session.fetch("x")
    assert session.refusal is not None
    assert session.fetch("y") == 3
