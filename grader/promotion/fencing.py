"""Words of others inside Markdown of ours: they cannot end the block they stand in, colour a terminal or turn a line.

Where a character would not show, or would move what follows, it is written out: ``\\x1b``, ``\\u202e``.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"  # format characters that Bengali, Persian and other scripts are written with
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")


def fence(text: str, language: str = "") -> str:
    """A fenced block that holds ``text`` line by line, and that nothing in it can close."""
    clean = visible(text.replace("\r\n", "\n")).rstrip("\n")
    ticks = "`" * max(3, _longest_run(clean) + 1)
    return f"{ticks}{language}\n{clean}\n{ticks}\n"


def code(text: str) -> str:
    """``text`` as one code span; line breaks are written out."""
    clean = visible(text).replace("\n", "\\n").replace("\t", "\\t")
    ticks = "`" * (_longest_run(clean) + 1)
    pad = " " if not clean.strip() or clean[0] in " `" or clean[-1] in " `" else ""
    return f"{ticks}{pad}{clean}{pad}{ticks}"


def plain(text: str) -> str:
    """``text`` as words in a sentence: one line, without markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))


def visible(text: str) -> str:
    """``text`` with every control and direction-changing character written out, except line feeds and tabs."""
    return "".join(letter if _shows(letter) else _written(letter) for letter in text)


def _shows(letter: str) -> bool:
    if letter in "\n\t" or letter in _JOINERS:
        return True
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _written(letter: str) -> str:
    number = ord(letter)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
