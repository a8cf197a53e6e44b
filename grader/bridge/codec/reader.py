"""From tokens and buffers to a value. The message may come from hostile code: nothing in it is believed."""

from collections.abc import Callable, Mapping
from typing import Any

from .book import Book
from .limits import MAX_DEPTH, DecodeLimits, Malformed
from .wire import ATOMS, HOLDERS, SHARED, Tag

Resolve = Callable[[int, dict[Any, Any]], Any]
Read = Callable[["Reader"], Any]


class Reader:
    """Reads one message. `kinds` says how what follows each tag is read."""

    def __init__(
        self,
        kinds: Mapping[Tag, Read],
        tokens: list[Any],
        tail: memoryview,
        handle: Resolve | None,
        limits: DecodeLimits,
        concrete_paths: bool,
    ) -> None:
        self._kinds = kinds
        self._tokens = tokens
        self._at = 0
        self._tail = tail
        self._handle = handle
        self._book = Book(min(limits.depth, MAX_DEPTH), limits.items)
        self._shared: list[Any] = []
        self.limits = limits
        self.concrete_paths = concrete_paths

    def value(self) -> Any:
        """Any value; raises Malformed, or what a constructor raises on bad arguments."""
        token = self._next()
        if type(token) in ATOMS:
            self._book.add(1)
            return token
        if type(token) is not Tag:
            raise Malformed("unknown token")
        if token is Tag.REF:
            slot = self.integer(0, len(self._shared) - 1)
            if not self._book.refer(slot):
                raise Malformed("a value that contains itself")
            return self._shared[slot]
        read = _read_handle if token is Tag.HANDLE else self._kinds.get(token)
        if read is None:
            raise Malformed("no value begins with this tag")
        before = self._book.enter()
        slot_or_none = None
        if token in SHARED:
            slot_or_none = self._book.reserve()
            self._shared.append(None)
        handle = self._handle
        if token not in HOLDERS and token is not Tag.HANDLE:
            self._handle = None
        value = read(self)
        self._handle = handle
        if slot_or_none is not None:
            self._shared[slot_or_none] = value
        self._book.leave(before, slot_or_none)
        return value

    def items(self) -> list[Any]:
        """What ``Writer.items`` wrote."""
        count = self.integer(0, len(self._tokens) - self._at - 1)
        run = self._tokens[self._at : self._at + count]
        if ATOMS.issuperset(map(type, run)):
            self._at += count
            self._book.add(count)
            return run
        return [self.value() for _ in range(count)]

    def of(self, *kinds: type) -> Any:
        """A value of exactly one of these types."""
        value = self.value()
        if type(value) not in kinds:
            raise Malformed(f"{type(value).__name__} where {kinds[0].__name__} belongs")
        return value

    def integer(self, low: int, high: int) -> int:
        """The next token, an int from `low` to `high`."""
        token = self._next()
        if type(token) is not int or not low <= token <= high:
            raise Malformed("a number out of place")
        return token

    def text(self, longest: int = 200) -> str:
        """The next token, a str of at most `longest` characters."""
        token = self._next()
        if type(token) is not str or len(token) > longest:
            raise Malformed("a text out of place")
        return token

    def flag(self) -> bool:
        """The next token, a bool."""
        token = self._next()
        if type(token) is not bool:
            raise Malformed("a flag out of place")
        return token

    def peek(self) -> Any:
        """The next token, left where it is."""
        if self._at >= len(self._tokens):
            raise Malformed("the message ends too early")
        return self._tokens[self._at]

    def skip(self) -> None:
        """Go past the token that ``peek`` showed."""
        self._at += 1

    def buffer(self, size: int) -> memoryview:
        """The next `size` bytes of the buffers, read-only."""
        if not 0 <= size <= len(self._tail):
            raise Malformed("an array larger than the message")
        memory, self._tail = self._tail[:size], self._tail[size:]
        return memory

    def end(self) -> None:
        """Raise Malformed unless everything was read."""
        if self._at != len(self._tokens) or len(self._tail):
            raise Malformed("something follows the value")

    def data(self) -> Any:
        """A value with no handle in it; see ``Writer.data``."""
        handle, self._handle = self._handle, None
        try:
            return self.value()
        finally:
            self._handle = handle

    def keys(self) -> list[Any]:
        """``items``, all of them ``data``."""
        handle, self._handle = self._handle, None
        try:
            return self.items()
        finally:
            self._handle = handle

    def handle(self) -> Any:
        """The rest of a handle: its number and its claim."""
        resolve = self._handle
        if resolve is None:
            raise Malformed("a handle where only data belongs")
        number = self.integer(0, 2**63 - 1)
        self._handle = None
        claim = self.of(dict)
        self._handle = resolve
        return resolve(number, claim)

    def _next(self) -> Any:
        token = self.peek()
        self._at += 1
        return token


def _read_handle(reader: Reader) -> Any:
    return reader.handle()
