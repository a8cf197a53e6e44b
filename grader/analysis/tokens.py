"""Source text as tokens without what a copyist changes first: names, comments, docstrings, layout, texts of strings.

No parser: what does not parse is compared all the same, and a hostile text costs time in proportion to its length.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Language = Literal["python", "text"]

# Every alternative takes what it begins with to its end, closed or not, so that no text is scanned twice.
_PYTHON = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>(?:[rbuft]{1,2}(?=["']))?(?:
          \"{3}(?:\\(?:.|\Z)|[^\\])*?(?:\"{3}|\Z)
        | '{3}(?:\\(?:.|\Z)|[^\\])*?(?:'{3}|\Z)
        | \"(?:\\(?:.|\Z)|[^"\\\n])*+\"?
        | '(?:\\(?:.|\Z)|[^'\\\n])*+'?))
    | (?P<name>[^\W\d]\w*+)
    | (?P<number>\d[\w.]*+)
    | (?P<break>\n)
    | (?P<other>[^\s\w])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_TEXT = re.compile(r"(?P<name>\w++)|(?P<break>\n)|(?P<other>[^\s\w])")
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins))  # these keep their meaning, and so their name
_STRING = "'…'"


@dataclass(frozen=True)
class Tokens:
    """``symbols`` (uint64) per token; ``back`` counts tokens to the last use of the same name, 0 for the first use
    and for everything that is no name of the author's; ``lines`` count from 1."""

    symbols: NDArray[np.uint64]
    back: NDArray[np.int64]
    lines: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def shape(self) -> str:
        """A digest that is the same for texts that differ in names, comments, layout and texts of strings only."""
        return hashlib.sha256(self.symbols.tobytes() + self.back.tobytes()).hexdigest()


def tokens_of(text: str, language: Language) -> Tokens:
    """The tokens of ``text``. Prose keeps its words, in lower case; in Python names become one symbol.

    Kept by name: keywords, builtins, and what follows a dot unless the text itself defines it (``.groupby`` is
    pandas' name and no copyist can change it).
    """
    symbols: list[int] = []
    back: list[int] = []
    lines: list[int] = []
    last: dict[str, int] = {}
    for word, own, line in _python(text) if language == "python" else _prose(text):
        position = len(symbols)
        symbols.append(_symbol("name" if own else word))
        back.append(position - last.get(word, position) if own else 0)
        lines.append(line)
        if own:
            last[word] = position
    return Tokens(np.array(symbols, np.uint64), np.array(back, np.int64), np.array(lines, np.int64))


@lru_cache(maxsize=100_000)
def _symbol(word: str) -> int:
    """A number for a token, the same in every process and on every machine, unlike `hash`."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _prose(text: str) -> Iterator[tuple[str, bool, int]]:
    line = 1
    for match in _TEXT.finditer(text):
        if match.lastgroup == "break":
            line += 1
        else:
            yield match[0].casefold(), False, line


def _python(text: str) -> Iterator[tuple[str, bool, int]]:
    """Word, whether it is a name of the author's, and line."""
    defined = frozenset(re.findall(r"\b(?:def|class)\s+(\w+)|\b(?:self|cls)\.(\w+)", text))
    own_attributes = {name for names in defined for name in names}
    line, depth = 1, 0
    first = True  # nothing yet in this line: a string that begins here, outside brackets, is a docstring
    previous = ""
    for match in _PYTHON.finditer(text):
        kind, word = match.lastgroup, match[0]
        at = line
        line += word.count("\n")
        if kind == "break":
            first = True
            continue
        if kind == "comment":
            continue
        if kind == "string":
            if not (first and depth == 0):
                yield _STRING, False, at
        elif kind == "name":
            given = word in _KEPT or (previous == "." and word not in own_attributes)
            yield word, not given, at
        else:
            if kind == "other":
                depth = max(0, depth + (word in "([{") - (word in ")]}"))
            yield word, False, at
        first = False
        previous = word
