"""From a value to tokens and buffers."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .book import Book
from .limits import MAX_DEPTH, NotData, TooDeep
from .wire import ATOMS, EXT, HOLDERS, SHARED, Tag

Handle = Callable[[Any], tuple[int, dict[Any, Any]]]
Write = Callable[["Writer", Any], None]
Kinds = Mapping[type, tuple[Tag, Write]]


class Writer:
    """Writes one message. `kinds` says how each type is written, `late` those not known beforehand."""

    def __init__(self, kinds: Kinds, late: Callable[[type], tuple[Tag, Write] | None], handle: Handle | None) -> None:
        self._kinds = kinds
        self._late = late
        self._handle = handle
        self._book = Book(MAX_DEPTH)
        self._slots: dict[int, int] = {}
        self._kept: list[Any] = []  # alive as long as their id is in _slots
        self.tokens: list[Any] = []
        self.buffers: list[memoryview] = []

    def value(self, obj: Any) -> None:
        """Write any value; raises NotData if it is none and no handle may stand here."""
        kind = type(obj)
        if kind in ATOMS:
            self.tokens.append(obj)
            self._book.add(1)
            return
        slot = self._slots.get(id(obj))
        if slot is not None:
            if self._book.refer(slot):
                self.tokens += (EXT[Tag.REF], slot)
            else:
                self._opaque(obj, NotData(f"{kind.__name__} that contains itself"), shared=False)
            return
        found = self._kinds.get(kind) or self._late(kind)
        if found is None:
            self._opaque(obj, NotData(kind.__name__))
            return
        tag, write = found
        mark = len(self.tokens), len(self.buffers), len(self._kept), self._book.mark()
        try:
            self._node(tag, obj, write, shared=tag in SHARED)
        except TooDeep:
            raise
        except NotData as error:
            # Something that must be data (a key, an index, a name) is not: the whole is opaque then.
            self._reset(*mark)
            self._opaque(obj, error)

    def items(self, values: Collection[Any]) -> None:
        """Write how many values there are, and each of them."""
        self.tokens.append(len(values))
        if ATOMS.issuperset(map(type, values)):
            self.tokens.extend(values)
            self._book.add(len(values))
        else:
            for value in values:
                self.value(value)

    def buffer(self, memory: memoryview) -> None:
        """Append raw memory (contiguous bytes) to the buffers; its length must follow from the tokens."""
        self.buffers.append(memory)

    def data(self, obj: Any) -> None:
        """Write a value without handles: keys and labels are compared as soon as they arrive."""
        handle, self._handle = self._handle, None
        try:
            self.value(obj)
        finally:
            self._handle = handle

    def keys(self, values: Collection[Any]) -> None:
        """``items``, all of them ``data``."""
        handle, self._handle = self._handle, None
        try:
            self.items(values)
        finally:
            self._handle = handle

    def _node(self, tag: Tag, obj: Any, write: Write, shared: bool) -> None:
        before = self._book.enter()
        slot = None
        if shared:
            slot = self._book.reserve()
            self._slots[id(obj)] = slot
            self._kept.append(obj)
        self.tokens.append(EXT[tag])
        if tag in HOLDERS or self._handle is None:
            write(self, obj)
        else:
            handle, self._handle = self._handle, None
            try:
                write(self, obj)
            finally:
                self._handle = handle
        self._book.leave(before, slot)

    def _opaque(self, obj: Any, error: NotData, shared: bool = True) -> None:
        if self._handle is None:
            raise error
        number, claim = self._handle(obj)
        if type(number) is not int or type(claim) is not dict:
            raise TypeError("handle() gives an int and a dict")

        def write(writer: "Writer", _: Any) -> None:
            writer.tokens.append(number)
            writer.value(claim)

        if shared:
            self._node(Tag.HANDLE, obj, write, shared=True)
        else:  # the object's own slot is taken, and a handle always takes one
            self._node(Tag.HANDLE, object(), write, shared=True)

    def _reset(self, tokens: int, buffers: int, kept: int, book: tuple[int, int, int, int]) -> None:
        del self.tokens[tokens:]
        del self.buffers[buffers:]
        for obj in self._kept[kept:]:
            del self._slots[id(obj)]
        del self._kept[kept:]
        self._book.reset(book)
