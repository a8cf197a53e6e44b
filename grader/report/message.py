"""A check's message as it may be shown: without control characters, of bounded length, in its three parts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

PART_LIMIT = 1500  # characters shown of one part; a learner's error can be a megabyte
LABEL_LIMIT = 200  # characters shown of a name or title

# Terminal sequences go as a whole, or their letters would stay behind: OSC and its like, CSI, short ones.
_TERMINAL = re.compile(
    "(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"
    "|\x1b[ -/]*[0-~]?"
)
_JOINERS = "\u200c\u200d"  # format characters that Bengali, Persian and other scripts are written with
_MARKS = 4  # combining marks kept on one letter; no script needs more, a vandal stacks hundreds


@dataclass(frozen=True)
class Message:
    """``tried``, ``came`` and ``look`` where the text has these three parts, else all of it in ``whole``."""

    whole: str = ""
    tried: str = ""
    came: str = ""
    look: str = ""


def message(text: str) -> Message:
    """The parts of a check's message, each made safe to show.

    The last ``Look:`` counts: what came may quote output of the learner's code, where to look is always ours.
    """
    came, look = text.find("\nCame:"), text.rfind("\nLook:")
    if not text.startswith("Tried:") or came < 0 or look < came:
        return Message(whole=shown(text))
    return Message(
        tried=shown(text[len("Tried:") : came]),
        came=shown(text[came + len("\nCame:") : look]),
        look=shown(text[look + len("\nLook:") :]),
    )


def shown(text: str, limit: int = PART_LIMIT) -> str:
    """``text`` without terminal sequences, control and direction-changing characters, at most ``limit`` long.

    Line breaks stay (CR, line and paragraph separators become LF), tabs become spaces, and a cut is said.
    """
    kept: list[str] = []
    marks = 0
    head = text[: limit * 8]  # enough to fill the limit even when much of it is dropped
    head = _TERMINAL.sub("", head).replace("\r\n", "\n").expandtabs(4)
    for letter in head:
        category = unicodedata.category(letter)
        if letter in "\n\r\u2028\u2029":
            letter = "\n"
        elif category == "Cs":  # half a character: no encoding can write it
            letter = "\ufffd"
        elif category in ("Cc", "Cf") and letter not in _JOINERS:
            continue
        if category not in ("Mn", "Me"):
            marks = 0
        elif (marks := marks + 1) > _MARKS:
            continue
        kept.append(letter)
    clean = "".join(kept).strip("\n ")
    if len(clean) <= limit and len(text) <= limit * 8:
        return clean
    return f"{clean[:limit].rstrip()} … [cut: {len(text):,} characters in all]"


def label(text: str) -> str:
    """``text`` as one line, for names and titles."""
    return " ".join(shown(text, LABEL_LIMIT).split())
