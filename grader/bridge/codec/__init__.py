"""The data-only encoding that the bridge speaks.

``encode`` and ``decode`` carry plain data by value: Python's own types, NumPy, pandas, SciPy's sparse
matrices, torch's tensors as arrays. Types are told apart by ``type(obj)`` alone, so a subclass is never data.
Anything else becomes a handle, if the caller says how; a value there twice comes back as one object.
``decode`` is made for hostile input: it gives a value or raises Malformed, runs nothing, and never reserves
more memory than the message itself accounts for. Time is bounded by whoever waits for it, not here.
"""

import warnings
from typing import Any

from . import arrays, columns, frames, plain, tensors
from .limits import MAX_DEPTH, DecodeLimits, Malformed, NotData, Unwelcome
from .reader import Read, Reader, Resolve
from .wire import Tag, join, split
from .writer import Handle, Kinds, Write, Writer

__all__ = ["MAX_DEPTH", "DecodeLimits", "Malformed", "NotData", "Unwelcome", "decode", "encode"]

_WRITE: Kinds = {**plain.WRITE, **arrays.WRITE, **columns.WRITE, **frames.WRITE}
_READ: dict[Tag, Read] = {
    **plain.READ,
    **arrays.READ,
    **tensors.READ,
    **columns.READ,
    **frames.READ,
}


def _late(kind: type) -> tuple[Tag, Write] | None:
    return tensors.late(kind) or arrays.late(kind) or plain.late(kind)


def encode(obj: Any, handle: Handle | None = None) -> bytes:
    """The message for `obj`.

    `handle` is asked for every object that is no data, for a container that holds itself, and for one whose
    keys, members or labels are no data; it returns a non-negative int and a dict of plain data, the claim.
    Raises NotData for such an object without `handle`, and for values nested deeper than ``MAX_DEPTH``.
    """
    writer = Writer(_WRITE, _late, handle)
    try:
        writer.value(obj)
    except RecursionError as error:
        raise NotData("a value nested too deep") from error
    return join(writer.tokens, writer.buffers)


def decode(
    data: bytes,
    handle: Resolve | None = None,
    limits: DecodeLimits = DecodeLimits(),  # noqa: B008 - frozen, so one for all is safe
    concrete_paths: bool = False,
) -> Any:
    """The object of a message; arrays in it are new and writable.

    `handle` makes the object for the int and the claim of a handle; without it a handle is Malformed. Handles
    stand only where nothing compares them: in lists, tuples, mappings' values and cells of objects.
    Paths come back pure, so that nobody opens a file that a message named; `concrete_paths` gives paths that
    can be opened, for the side that trusts the other.
    Raises Malformed and no other Exception, whatever `data` is.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas may have an opinion on a learner's data
            tokens, tail = split(data, limits)
            reader = Reader(_READ, tokens, tail, handle, limits, concrete_paths)
            value = reader.value()
            reader.end()
            return value
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"{type(error).__name__}: {error}"[:300]) from error
