"""The objects of a git repository that somebody else made, read from bytes in memory under hard bounds.

Indexes are not believed: every pack is walked from its first object, each object is named by its own digest.
What would inflate beyond the bounds, builds on what is not there, or is damaged raises BrokenHistory.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_INFLATED = 256 * 2**20
MAX_OBJECTS = 100_000
MAX_DELTA_STEPS = 5_000_000  # instructions of all deltas together: each costs time, however little it writes
_CHUNK = 4096
_LOOSE = re.compile(r"objects/([0-9a-f]{2})/([0-9a-f]{38})")
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7


class BrokenHistory(Exception):
    """The submitted history cannot be read; the message is one sentence for the learner."""


@dataclass(frozen=True)
class GitObject:
    """One object: ``kind`` is commit, tree, blob or tag; ``data`` is what stands behind git's header."""

    kind: str
    data: bytes


@dataclass
class _Store:
    objects: dict[str, GitObject] = field(default_factory=dict)
    inflated: int = 0
    packed: int = 0
    delta_steps: int = 0

    def spend(self, size: int) -> None:
        self.inflated += size
        if self.inflated > MAX_INFLATED:
            raise BrokenHistory(f"The history unpacks to more than {MAX_INFLATED >> 20} MB.")

    def expect(self, count: int) -> None:
        self.packed += count
        if self.packed > MAX_OBJECTS:
            raise BrokenHistory(f"The history holds more than {MAX_OBJECTS:,} objects.")

    def step(self) -> None:
        self.delta_steps += 1
        if self.delta_steps > MAX_DELTA_STEPS:
            raise BrokenHistory("The history is packed in more small pieces than any honest one.")

    def add(self, kind: str, data: bytes) -> str:
        name = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
        self.objects[name] = GitObject(kind, data)
        if len(self.objects) > MAX_OBJECTS:
            raise BrokenHistory(f"The history holds more than {MAX_OBJECTS:,} objects.")
        return name


def read_objects(git: Mapping[str, bytes]) -> dict[str, GitObject]:
    """Every object in the files of a ``.git`` folder (paths relative to it), by its 40 hex digits."""
    store = _Store()
    for path in sorted(git):
        if match := _LOOSE.fullmatch(path):
            _loose(store, "".join(match.groups()), git[path])
    for path in sorted(git):
        if path.startswith("objects/pack/") and path.endswith(".pack"):
            _pack(store, git[path])
    return store.objects


def _loose(store: _Store, name: str, data: bytes) -> None:
    inflater = zlib.decompressobj()
    pieces = []
    try:
        while data and not inflater.eof:
            pieces.append(inflater.decompress(data, 2**20))
            store.spend(len(pieces[-1]))
            data = inflater.unconsumed_tail
    except zlib.error:
        raise BrokenHistory(f"Object {name[:12]} of the history is damaged.") from None
    header, _, body = b"".join(pieces).partition(b"\0")
    kind, _, size = header.decode("ascii", "replace").partition(" ")
    if not inflater.eof or kind not in _KINDS.values() or size != str(len(body)):
        raise BrokenHistory(f"Object {name[:12]} of the history is damaged.")
    if store.add(kind, body) != name:
        raise BrokenHistory(f"Object {name[:12]} of the history is not what its name says.")


@dataclass(frozen=True)
class _Delta:
    offset: int
    data: bytes


def _pack(store: _Store, pack: bytes) -> None:
    """Walk a pack; deltas wait until their base, by offset or by name, is known, so a cycle never resolves."""
    if pack[:4] != b"PACK" or int.from_bytes(pack[4:8], "big") not in (2, 3) or len(pack) < 32:
        raise BrokenHistory("A pack of the history is damaged.")
    count = int.from_bytes(pack[8:12], "big")
    store.expect(count)
    names: dict[int, str] = {}
    waiting: dict[int | str, list[_Delta]] = defaultdict(list)
    offset = 12
    for _ in range(count):
        try:
            kind, size, at = _entry_header(pack, offset)
            base: int | str | None = None
            if kind == _OFFSET_DELTA:
                distance, at = _distance(pack, at)
                base = offset - distance
            elif kind == _NAMED_DELTA:
                base, at = pack[at : at + 20].hex(), at + 20
            data, end = _inflate(store, pack, at, size)
        except (IndexError, zlib.error):
            raise BrokenHistory("A pack of the history is damaged.") from None
        if base is not None:
            waiting[base].append(_Delta(offset, data))
        elif kind in _KINDS:
            names[offset] = store.add(_KINDS[kind], data)
        else:
            raise BrokenHistory("A pack of the history is damaged.")
        offset = end
    _resolve(store, names, waiting)


def _resolve(store: _Store, names: dict[int, str], waiting: dict[int | str, list[_Delta]]) -> None:
    ready: list[tuple[int | str, str]] = list(names.items())
    ready += [(base, base) for base in waiting if isinstance(base, str) and base in store.objects]
    while ready:
        key, name = ready.pop()
        base = store.objects[name]
        for delta in waiting.pop(key, ()):
            made = store.add(base.kind, _apply(store, base.data, delta.data))
            ready += [(delta.offset, made), (made, made)]
    if waiting:
        raise BrokenHistory("A pack of the history builds on objects that are not in it.")


def _entry_header(pack: bytes, at: int) -> tuple[int, int, int]:
    """Kind, inflated size and where the entry's content starts."""
    byte = pack[at]
    kind, size = byte >> 4 & 7, byte & 15
    if byte & 0x80:
        more, at = _varint(pack, at + 1)
        return kind, size | more << 4, at
    return kind, size, at + 1


def _distance(pack: bytes, at: int) -> tuple[int, int]:
    """How far back an offset delta's base lies, and where its content starts."""
    byte = pack[at]
    distance = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = pack[at]
        distance = (distance + 1) << 7 | byte & 0x7F
        if distance > at:
            raise IndexError("before the pack's first byte")
    return distance, at + 1


def _inflate(store: _Store, pack: bytes, at: int, size: int) -> tuple[bytes, int]:
    """One entry's content, whose size the header gives, and where the next entry starts."""
    store.spend(size)
    inflater = zlib.decompressobj()
    pieces, left = [], size
    while not inflater.eof:
        # Small chunks: what stands behind the entry is copied at its end.
        chunk = inflater.unconsumed_tail or pack[at : at + _CHUNK]
        if not inflater.unconsumed_tail:
            at += len(chunk)
        if not chunk:
            raise zlib.error("cut short")
        pieces.append(inflater.decompress(chunk, left + 1))
        left -= len(pieces[-1])
        if left < 0:
            raise zlib.error("larger than its header says")
    if left:
        raise zlib.error("smaller than its header says")
    return b"".join(pieces), at - len(inflater.unused_data)


def _apply(store: _Store, base: bytes, delta: bytes) -> bytes:
    """Git's delta: two sizes, then copies from the base (top bit set) and insertions (their length)."""
    try:
        base_size, at = _varint(delta, 0)
        size, at = _varint(delta, at)
        store.spend(size)
        made = bytearray()
        while at < len(delta):
            store.step()
            code = delta[at]
            at += 1
            if code & 0x80:
                numbers = [0] * 7
                for bit in range(7):
                    if code >> bit & 1:
                        numbers[bit] = delta[at]
                        at += 1
                start = int.from_bytes(bytes(numbers[:4]), "little")
                length = int.from_bytes(bytes(numbers[4:]), "little") or 0x10000
                piece = base[start : start + length]
            else:
                length = code
                piece = delta[at : at + length]
                at += length
            if not length or len(piece) != length or len(made) + length > size:
                raise IndexError
            made += piece
    except IndexError:
        raise BrokenHistory("A pack of the history is damaged.") from None
    if len(made) != size or len(base) != base_size:
        raise BrokenHistory("A pack of the history is damaged.")
    return bytes(made)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
        if shift > 63:
            raise IndexError("a size beyond 64 bits")
