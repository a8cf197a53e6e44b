"""The three lines a learner reads when a check does not pass: what was tried, what came, where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.bridge.faults import (
    BrokenBridge,
    CellFailure,
    Died,
    LearnerFault,
    NoRoom,
    OutOfTime,
    Place,
    Refused,
    RemoteError,
)
from grader.model import Check

LONGEST = 2000  # characters of a message
UNWRITTEN = "it is not written yet"
_PART = 600  # characters of one of its lines; what learners raise can be of any length


def three_lines(tried: str, came: str, look: str) -> str:
    """The message; each part is cut by itself, so that what a learner raised cannot push out where to look."""
    return f"Tried: {_sentence(tried)}\nCame: {_sentence(came)}\nLook: {_sentence(look)}"


def is_of_unwritten(message: str) -> bool:
    """Whether a check's message says that the learner has not begun with what it asks for."""
    return f"\nCame: {_sentence(UNWRITTEN)}\n" in message


def of_assertion(check: Check, text: str) -> str:
    """An author's own message as it stands; a bare assert gets the check's title."""
    if text.startswith("Tried:"):
        return text[:LONGEST]
    return three_lines(check.title, text or "this does not hold yet", "the contract in the docstring, line by line")


def known_place(label: str, line: int, texts: Mapping[str, str]) -> Place:
    """Where the worker says it happened, as far as the submitted ``texts`` (by label) bear it out.

    The line comes from what was handed in, never from the worker: its words could carry a hidden input.
    """
    lines = texts.get(label, "").splitlines()
    if not 0 < line <= len(lines):
        return Place("", 0, "")
    return Place(label, line, lines[line - 1].strip()[:200])


def of_remote_error(check: Check, error: Exception, last_call: str, texts: Mapping[str, str]) -> str:
    """Learner code raised. In a hidden check its text and the name of a class of theirs are left out."""
    assert isinstance(error, RemoteError)
    place = str(known_place(error.ladder_place.label, error.ladder_place.line, texts))
    kind = error.ladder_known_kind if check.hidden else error.ladder_kind
    if kind == "NotImplementedError":
        return three_lines(last_call, UNWRITTEN, "the place marked YOUR CODE HERE")
    said = "" if check.hidden or not str(error) else f" ({str(error)[:300]})"
    came = f"it raised {kind}{said}" + (f" at {place}" if place else "")
    look = (
        "that line, with inputs like those the docstring allows"
        if place
        else "what the call needs and when it may raise"
    )
    return three_lines(last_call, came, look)


def of_missing_name(name: str, failures: Sequence[CellFailure], killers: Sequence[str]) -> str:
    """A name the check needs is not there; says which cell is the likely reason."""
    tried = f"looked for `{name}` after running your notebook from the top"
    if killers:
        return three_lines(tried, f"it is not there; {killers[0]}", "that cell first: everything below waits for it")
    for failure in failures:
        if failure.kind == "NotImplementedError":
            return three_lines(tried, "it is not there yet", f"{failure.label}, at the place marked YOUR CODE HERE")
    for failure in failures:
        where = f"line {failure.line}: {failure.source}" if failure.line else "its last line"
        came = f"it is not there; {failure.label} ended with {failure.kind} at {where}"
        return three_lines(tried, came, "restart the kernel, run all cells, and mend the first one that stops")
    return three_lines(tried, "it is not there", "the name's spelling, and whether its cell was deleted")


def of_fault(fault: LearnerFault, last_call: str) -> str:
    """The worker was lost, or the answer was of no use."""
    look = {
        OutOfTime: "a loop that cannot end, or work done row by row that one array operation could do",
        Died: "memory use, os._exit and signals: the process must live to answer",
        BrokenBridge: "code that writes to file descriptors or closes them: leave those it did not open",
        NoRoom: "what can be made again (environments, data, outputs): leave it out of what you hand in",
        Refused: "the type the docstring promises: a number, an array, a table",
    }.get(type(fault), "the contract in the docstring")
    return three_lines(last_call or "asked your code for an answer", f"it {fault}", look)


def of_odd_answer(error: Exception, last_call: str) -> str:
    """Our check stumbled over the learner's answer: it has a form the contract does not allow."""
    return three_lines(
        last_call,
        f"the answer has a form this check cannot use ({type(error).__name__})",
        "names of columns, shapes and types that the docstring promises",
    )


def of_prerequisite(titles: Sequence[str]) -> str:
    return three_lines(
        "nothing yet: this check builds on another",
        "not passed so far: " + "; ".join(titles),
        "that check first; this one is judged as soon as it passes",
    )


def _sentence(text: str) -> str:
    flat = " ".join(text.split())
    flat = flat if len(flat) <= _PART else flat[: _PART - 1] + "…"
    flat = flat[:1].upper() + flat[1:]
    return flat if flat.endswith((".", "!", "?", "…")) else flat + "."
