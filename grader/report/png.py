"""A PNG of a learner's made harmless by being taken apart: the chunks that make up its picture, and nothing else."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAX_SIDE = 4000  # pixels; what opens the page has to unpack them all
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Kept beside the picture's own: size, palette, transparency, colours. Texts, profiles, animation and whatever a
# program of its own may have written there stay behind.
_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"pHYs", b"bKGD"})
_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # bits by the kind of colour


class NotAPicture(ValueError):
    """Bytes that are no sound PNG, or one that is too large to show."""


@dataclass(frozen=True)
class Picture:
    """A PNG's bytes, and its sides in pixels."""

    data: bytes
    width: int
    height: int


def picture(data: bytes) -> Picture:
    """The PNG in ``data`` less all that is not its picture; NotAPicture says in a few words why there is none."""
    if not data.startswith(_SIGNATURE):
        raise NotAPicture("no PNG")
    kept = [_SIGNATURE]
    width = height = 0
    names: list[bytes] = []
    for name, body, whole in _chunks(data):
        if (name == b"IHDR") != (not names):
            raise NotAPicture("a damaged PNG")
        if name == b"IHDR":
            width, height = _sides(body)
        if name in _KEPT:
            kept.append(whole)
        elif not name[0] & 0x20:  # a reader may not show the picture without this one
            raise NotAPicture("a PNG of an unknown kind")
        names.append(name)
    if b"IDAT" not in names or names[-1] != b"IEND" or any(names.count(name) > 1 for name in _NEEDED - {b"IDAT"}):
        raise NotAPicture("a damaged PNG")
    return Picture(b"".join(kept), width, height)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Name, body and the whole of each chunk, to the end of the data; NotAPicture where a length or a CRC is wrong."""
    at = len(_SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        whole = data[at : at + 12 + length]
        if len(whole) != 12 + length:
            raise NotAPicture("a damaged PNG")
        name, body = whole[4:8], whole[8:-4]
        if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:], "big") or not name.isalpha():
            raise NotAPicture("a damaged PNG")
        yield name, body, whole
        at += len(whole)


def _sides(header: bytes) -> tuple[int, int]:
    if len(header) != 13:
        raise NotAPicture("a damaged PNG")
    width, height, depth, colour, packing, filtering, order = struct.unpack(">IIBBBBB", header)
    if depth not in _DEPTHS.get(colour, ()) or packing or filtering or order > 1 or not width or not height:
        raise NotAPicture("a damaged PNG")
    if max(width, height) > MAX_SIDE:
        raise NotAPicture(f"larger than {MAX_SIDE:,} pixels a side")
    return width, height
