"""Names that Linux, macOS and Windows all can have, and files that are the same there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from grader.tree import Tree

LONGEST = 179  # characters below OUT: Windows allows 260 for the whole path, and somebody's home comes first
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')


def problems(tree: Tree) -> Iterator[str]:
    """What some system cannot have, or not the same, one line each. All but learners' data ends its lines with LF."""
    spelled: dict[str, str] = {}
    for path in sorted(tree.files):
        if len(path) > LONGEST:
            yield f"{path}: is longer than {LONGEST} characters"
        if path in tree.executable:
            yield f"{path}: is executable, which Windows cannot keep"
        parts = path.split("/")
        if b"\r\n" in tree.files[path] and parts[2:3] != ["data"]:  # learners' data may have what a tired export has
            yield f"{path}: ends its lines with CR LF"
        for part in parts:
            if why := _refused(part):
                yield f"{path}: {why}"
        for end in range(1, len(parts) + 1):
            prefix = "/".join(parts[:end])
            known = spelled.setdefault(unicodedata.normalize("NFC", prefix).casefold(), prefix)
            if known != prefix:
                yield f"{path}: {prefix} and {known} are one name where case does not count"


def _refused(part: str) -> str | None:
    if _DEVICES.fullmatch(part.split(".")[0].rstrip(" ")):
        return f"{part} is the name of a device on Windows"
    if _FORBIDDEN.search(part):
        return f"{part!r} has a character that Windows does not allow"
    if part != part.rstrip(" ."):
        return f"{part!r} ends with a blank or a dot, which Windows drops"
    if not part.isascii():
        return f"{part} is not ASCII, and systems spell such names differently"
    return None
