"""The proof of a release: every file is searched for every secret string, and for what its form gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from grader.release.secrets import Piece, Secrets
from grader.release.strings import unpacked
from grader.tree import Tree

SUMS = "SHA256SUMS"  # its lines are digests, and look like keys
_SHARE = 1 / 3  # of a piece, which together give it away although each string of it is shown somewhere
_MARKERS = re.compile(rb"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_NAMES = re.compile(r"expect\.toml|proof\.json|demo\.toml|level\.toml|manifest\.toml|generate\w*\.py|.*\.key|.*\.pem")
_FOLDERS = frozenset({"truth", "solution", "checks", "variants", "demo", ".git"})
_KEYS = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|^[0-9a-fA-F]{64,}\s*$", re.MULTILINE)
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd")


def leaks(tree: Tree, secrets: Secrets) -> Iterator[str]:
    """One line for each find: the file, and what is in it that learners may not have."""
    of_string: dict[bytes, Piece] = {}
    for piece in reversed(secrets.pieces):
        of_string |= dict.fromkeys(piece.strings, piece)
    for path, packed in sorted(tree.files.items()):
        data = unpacked(path, packed)
        yield from (f"{path}: {what}" for what in _by_form(path, data))
        found = secrets.finder.found(data)
        telling = sorted(found - secrets.shown)
        if telling:
            text = telling[0][:60].decode("utf-8", "replace")
            yield f"{path}: has a string of {of_string[telling[0]].what}: {text!r}"
        elif found:
            yield from (f"{path}: has much of {piece.what}" for piece in secrets.pieces if _much(piece, found))


def _much(piece: Piece, found: frozenset[bytes]) -> bool:
    return len(piece.strings & found) >= max(piece.together, len(piece.strings) * _SHARE)


def _by_form(path: str, data: bytes) -> Iterator[str]:
    parts = PurePosixPath(path).parts
    if parts[0] == "levels":
        if _NAMES.fullmatch(parts[-1]):
            yield "is a file of an author's by its name"
        if folder := _FOLDERS & {*parts[2:-1]}:
            yield f"lies in a folder {min(folder)}, which is not given to learners"
        if marker := _MARKERS.search(data):
            yield f"has {marker[0].decode()!r} in it"
    if path != SUMS and _KEYS.search(data):
        yield "has a key in it"
    if data.startswith(_PACKED):
        yield "is packed, so nobody can look what is in it"
