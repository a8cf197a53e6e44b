"""Strings that tell one text from every other, and finding many of them in a file at once.

Everything is compared in *normal form*: without blanks, line ends, quotes and backslashes. So a line is found again
however it was indented, quoted, or escaped inside the JSON of a notebook.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable

# A shorter line may well be written twice: of the levels' own, none of 30 stands by chance where learners see it.
LONG_ENOUGH = 30
_CHUNK = 48
_WINDOW = 24  # a string is looked for by its beginning
_VARIED = 12  # different bytes in a chunk; the empty pages of a database are all alike
_DROPPED = b" \t\r\n'\"`\\"
# How something is called is what an exercise tells; what is imported is known to everybody.
_INTERFACE = re.compile(rb"\s*(import\s|from\s+[\w.]+\s+import\b|(async\s+)?def\s|class\s|@)")


def normal(data: bytes) -> bytes:
    """``data`` in normal form."""
    return data.translate(None, _DROPPED)


def long_lines(text: str | bytes) -> frozenset[bytes]:
    """The telling lines of code or prose, in normal form; imports and signatures are none."""
    data = text.encode() if isinstance(text, str) else text
    lines = (normal(line) for line in data.splitlines() if not _INTERFACE.match(line))
    return frozenset(line for line in lines if len(line) >= LONG_ENOUGH)


def chunks(data: bytes) -> frozenset[bytes]:
    """A data file, whatever its format, cut into pieces of 48 bytes of its normal form."""
    whole = normal(data)
    cut = (whole[start : start + _CHUNK] for start in range(0, len(whole), _CHUNK))
    return frozenset(piece for piece in cut if len(piece) >= LONG_ENOUGH and len(set(piece)) >= _VARIED)


class Finder:
    """Finds which of many strings (normal form, `LONG_ENOUGH`) are in a file; a content is read once only."""

    def __init__(self, strings: Iterable[bytes]) -> None:
        self._strings = frozenset(strings)
        self._lengths: dict[bytes, set[int]] = defaultdict(set)  # by beginning: data has many strings of one length
        for string in self._strings:
            self._lengths[string[:_WINDOW]].add(len(string))
        self._known: dict[bytes, frozenset[bytes]] = {}

    def found(self, data: bytes) -> frozenset[bytes]:
        """Those of the strings that are anywhere in the file."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._known:
            self._known[digest] = frozenset(self._look(normal(data)))
        return self._known[digest]

    def _look(self, text: bytes) -> set[bytes]:
        lengths = self._lengths
        found: set[bytes] = set()
        for place in range(len(text) - _WINDOW + 1):
            window = text[place : place + _WINDOW]
            if window in lengths:
                found.update(text[place : place + length] for length in lengths[window])
        return found & self._strings
