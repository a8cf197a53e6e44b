"""A message from hostile code gives a value or Malformed: nothing else, and no memory it does not account for."""

import random
import resource
import struct
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgpack
import numpy as np
import pandas as pd
import pytest

from grader.bridge.codec import DecodeLimits, Malformed, decode, encode
from grader.bridge.codec.wire import EXT, HEADER, VERSION, Tag

MUTATIONS = 3_000
SEED = 20_240_229
LIMITS = DecodeLimits(bytes=2**20, items=100_000)
_SHARED = [1, {"k": (2, b"x")}]
_TIMES = pd.Series(pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin"))
_FRAMES: list[Any] = [
    pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", "b"]),
    pd.DataFrame({"n": [1, 2], "s": ["a", None], "o": pd.Series([[1], {"k": 2}], dtype=object)}),
    pd.DataFrame(
        {"s": pd.array(["a", None], dtype="string[python]"), "w": pd.array(["b", ""], dtype="string[pyarrow]")}
    ),
    pd.DataFrame({"i": pd.array([1, None], dtype="Int64"), "b": pd.array([True, None], dtype="boolean")}),
    pd.DataFrame({"c": pd.Categorical(["lo", None], categories=["lo", "hi"], ordered=True)}),
    pd.DataFrame({"t": _TIMES, "u": _TIMES.dt.tz_convert("UTC").dt.as_unit("s"), "d": _TIMES.diff()}),
    pd.DataFrame({"p": pd.period_range("2024", periods=2, freq="Q-MAR"), "v": pd.interval_range(0, 2)}),
    pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 5]), "z": [1j, 2j, 3j]}),
    pd.DataFrame([[1, "x", 2.5]], columns=["a", "a", 3]),
    pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])),
    pd.DataFrame({"a": [1, 2]}, index=pd.CategoricalIndex(["x", "y"], name="c")).rename_axis(columns="what"),
    pd.Series([1.5, 2.5], index=pd.date_range("2024-01-31", periods=2, freq="ME"), name="energy"),
    pd.Series([1, 2], index=pd.timedelta_range("1h", periods=2, freq="90min"), name=("a", 1)),
    pd.Series([1, 2], index=pd.period_range("2024", periods=2, freq="W-WED")),
    pd.DataFrame(index=pd.interval_range(0, 2)),
    pd.MultiIndex.from_product([["p", "q"], [1, 2]]),
]
SAMPLES: list[Any] = [
    [None, True, 1, 2**70, 1.5, "text", b"bytes", _SHARED, _SHARED, (1,), {1: 2}, {3}, frozenset({4})],
    [date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")), UTC, Decimal("1.5")],
    [np.arange(6.0).reshape(2, 3), np.float32(1), np.array(["a", "b"]), np.array([True]), np.dtype("i4,f8")],
    [np.zeros(2, "i4,U2,?"), np.ma.MaskedArray([1, 2], mask=[0, 1]), np.array([1, "x"], dtype=object)],
    [pd.Timestamp("2024", tz="Europe/Berlin"), pd.Timedelta("1h"), pd.Period("2024-01"), pd.Interval(0, 1)],
    [range(3), slice(1), ..., bytearray(b"x"), 1j, int, pd.CategoricalDtype(["a"]), pd.SparseDtype("f8")],
    *_FRAMES,
    _FRAMES[::2],
]
# what a field of a message may be taken for
ODDITIES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 63, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63), 2**64 - 1, 2**90),
    *(0.0, float("nan"), float("inf"), "", "O", "|O", "<f8", "<U0", "<U9999999", "|V0", "|S1048576", "M8[ns]"),
    *("<M8[0ns]", "<M8[ns]", "|b1", "ns", "D", "-1bh", "0D", "999999C", "B", "../etc", "UTC", "Int8", "x" * 300),
    *("category", "tz", "both", "\ud800", b"", b"\x02", b"x" * 100),
    *(EXT[tag] for tag in Tag),
    msgpack.ExtType(126, b""),
    msgpack.ExtType(2, b"x"),
    msgpack.Timestamp(1),
    [],
    [1],
    {},
]


def message(tokens: list[Any], tail: bytes = b"") -> bytes:
    """A message of any tokens, those that `encode` would never write included."""
    packed = b"".join(msgpack.packb(token, unicode_errors="surrogatepass", default=_wide) for token in tokens)
    return HEADER.pack(VERSION, len(packed)) + packed + tail


def _wide(number: int) -> Any:
    return msgpack.ExtType(127, number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True))


def take_apart(data: bytes) -> tuple[list[Any], bytes]:
    length = HEADER.unpack_from(data)[1]
    unpacker = msgpack.Unpacker(unicode_errors="surrogatepass", max_buffer_size=2**24)
    unpacker.feed(data[HEADER.size : HEADER.size + length])
    return list(unpacker), data[HEADER.size + length :]


def change_token(tokens: list[Any], other: list[Any], rng: random.Random) -> None:
    """One change: a token gone, replaced by an oddity or a neighbour of its own kind, or a splice of `other`."""
    at = rng.randrange(len(tokens))
    token = tokens[at]
    what = rng.randrange(8)
    if what == 0:
        del tokens[at : at + rng.choice((1, 1, 3))]
        tokens.append(None)
    elif what == 1:
        start = rng.randrange(len(other))
        tokens[at:at] = other[start : start + rng.randrange(1, 8)]
    elif what < 4:
        tokens[at] = rng.choice(ODDITIES)
    elif type(token) is bool:
        tokens[at] = not token
    elif type(token) is int:
        tokens[at] = min(token + rng.choice((-2, -1, 1, 2)), 2**64 - 1)
    elif type(token) is msgpack.ExtType:
        tokens[at] = rng.choice(list(EXT.values()))
    else:
        same = [candidate for candidate in other if type(candidate) is type(token)]
        tokens[at] = rng.choice(same or ODDITIES)


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Half of them change bytes, half change tokens and so reach further in."""
    rng = random.Random(seed)
    originals = [encode(sample) for sample in SAMPLES]
    apart = [take_apart(original) for original in originals]
    for number in range(count):
        if number % 2:
            tokens, tail = rng.choice(apart)
            tokens = tokens.copy()
            for _ in range(rng.choice((1, 1, 1, 2, 4))):
                change_token(tokens, rng.choice(apart)[0], rng)
            if rng.random() < 0.3:  # other numbers in the arrays, or too few or too many
                tail = rng.randbytes(rng.choice((0, len(tail), len(tail), len(tail) + 8)))
            yield message(tokens, tail)
            continue
        data = bytearray(rng.choice(originals))
        what = rng.randrange(5)
        if what == 0:
            for _ in range(rng.randrange(1, 9)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif what == 1:
            del data[rng.randrange(len(data)) :]
        elif what == 2:
            other = rng.choice(originals)
            data[rng.randrange(len(data)) :] = other[rng.randrange(len(other)) :]
        elif what == 3:
            at = rng.randrange(HEADER.size, len(data))
            data[at : at + 2] = bytes((0xC7, rng.randrange(3), rng.randrange(256)))  # an ext of any kind
        else:
            at = rng.randrange(HEADER.size, len(data))
            data[at : at + 5] = bytes([rng.choice((0xDD, 0xDB, 0xC6, 0xDF, 0xC9))]) + rng.randbytes(4)  # huge sizes
        yield bytes(data)


def peak_memory() -> int:
    """Bytes; the highest this process ever used."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def test_mutated_messages_give_a_value_or_malformed() -> None:
    before = peak_memory()
    values = refused = 0
    for data in mutated(MUTATIONS, SEED):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                decode(data, lambda number, claim: "handle", LIMITS)
            except Malformed:
                refused += 1
            else:
                values += 1
    assert values + refused == MUTATIONS
    assert refused > MUTATIONS // 2
    assert values > MUTATIONS // 20  # else nothing got past the first field
    assert peak_memory() - before < 100 * 2**20


def tokens_of(value: Any) -> list[Any]:
    return take_apart(encode(value))[0]


ARRAY, INDEX, LIST = EXT[Tag.ARRAY], EXT[Tag.INDEX], EXT[Tag.LIST]

HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "another version": b"\0" * 12,
    "tokens longer than the message": HEADER.pack(VERSION, 2**63),
    "no value": message([]),
    "two values": message([1, 2]),
    "bytes after the value": message([1], b"x"),
    "msgpack array": message([[1, 2]]),
    "msgpack map": message([{1: 2}]),
    "msgpack timestamp": message([msgpack.Timestamp(1)]),
    "unknown tag": message([msgpack.ExtType(99, b"")]),
    "tag with a payload": message([msgpack.ExtType(int(Tag.LIST), b"x")]),
    "array header of four thousand million": HEADER.pack(VERSION, 5) + b"\xdd\xff\xff\xff\xff",
    "cut-off text": HEADER.pack(VERSION, 3) + b"\xd9\xffx",
    "text that is no UTF-8": HEADER.pack(VERSION, 3) + b"\xa2\xff\xfe",
    "list longer than the message": message([LIST, 2**40, 1]),
    "list of negative length": message([LIST, -1]),
    "list of true things": message([LIST, True, 1]),
    "reference to nothing": message([EXT[Tag.REF], 0]),
    "reference to itself": message([LIST, 1, EXT[Tag.REF], 0]),
    "reference from behind": message([LIST, 1, EXT[Tag.REF], -1]),
    "deeper than allowed": message([LIST, 1] * 200 + [1]),
    "keys that cannot be": message([EXT[Tag.DICT], 1, LIST, 0, 1, 1]),
    "the same key twice": message([EXT[Tag.DICT], 2, "a", "a", 2, 1, 2]),
    "more keys than values": message([EXT[Tag.DICT], 2, "a", "b", 1, 1]),
    "the same member twice": message([EXT[Tag.SET], 2, 1, 1]),
    "a handle as a key": message([EXT[Tag.DICT], 1, EXT[Tag.HANDLE], 1, EXT[Tag.DICT], 0, 0, 1, 1]),
    "a handle in a handle": message([EXT[Tag.HANDLE], 1, EXT[Tag.DICT], 1, 1, 1, EXT[Tag.HANDLE], 1]),
    "array of negative length": message([ARRAY, "<f8", 1, -1, False]),
    "array larger than the message": message([ARRAY, "<f8", 1, 2**40, False], b"\0" * 64),
    "array whose size overflows": message([ARRAY, "<f8", 2, 2**40, 2**40, False], b"\0" * 64),
    "array of many nothings": message([ARRAY, "|V0", 1, 2**40, False]),
    "empty array of an enormous kind": message([ARRAY, "<U9999999", 2, 0, 2**48, False]),
    "array with 65 dimensions": message([ARRAY, "|u1", 65, *[1] * 65, False], b"\0"),
    "objects in a buffer": message([ARRAY, "|O", 1, 1, False], b"\0" * 8),
    "objects in a structure": message([ARRAY, EXT[Tag.STRUCT], 1, 8, "a", 0, "O", 1, 1, False], b"\0" * 8),
    "field outside its structure": message([ARRAY, EXT[Tag.STRUCT], 1, 8, "a", 4, "<f8", 1, 1, False], b"\0" * 8),
    "moments of no length": message([ARRAY, "<M8[0ns]", 1, 1, False], b"\0" * 8),
    "dtype with code": message([ARRAY, "__import__('os')", 1, 0, False]),
    "dtype of two": message([ARRAY, "f8,f8", 1, 0, False]),
    "fewer objects than the shape says": message([ARRAY, "O", 1, 3, False, 2, 1, 2]),
    "truth of two": message([ARRAY, "|b1", 1, 1, False], b"\2"),
    "truth of two in a structure": message([ARRAY, EXT[Tag.STRUCT], 1, 1, "a", 0, "|b1", 1, 1, False], b"\2"),
    "letter outside Unicode": message([ARRAY, "<U1", 1, 1, False], b"\xff\xff\xff\x7f"),
    "zone outside its folder": message([EXT[Tag.ZONEINFO], "../../etc/passwd"]),
    "zone that is none": message([EXT[Tag.ZONEINFO], "Europe/Nowhere"]),
    "day thirty-two": message([EXT[Tag.DATETIME], None, 2024, 1, 32, 0, 0, 0, 0, 0]),
    "date out of range": message([EXT[Tag.DATE], 2**40]),
    "moment out of range": message([EXT[Tag.TIMESTAMP], "s", 2**63 - 1, None]),
    "not a time, as a moment": message([EXT[Tag.TIMESTAMP], "ns", -(2**63), None]),
    "fraction over zero": message([EXT[Tag.FRACTION], 1, 0]),
    "type that is not listed": message([EXT[Tag.TYPE], "module"]),
    "index too long": message([EXT[Tag.RANGE_INDEX], 0, 2**50, 1, None]),
    "range without steps": message([EXT[Tag.RANGE], 0, 1, 0]),
    "range without an end in sight": message([EXT[Tag.RANGE], 0, 10**18, 1]),
    "range longer than can be counted": message([EXT[Tag.RANGE], 0, 2**63, 1]),
    "array of many empty rows": message([ARRAY, "<f8", 2, 2**40, 0, False]),
    "matrix as a column": message(
        [EXT[Tag.SERIES], *tokens_of(pd.RangeIndex(1)), None, ARRAY, "|u1", 2, 1, 1, False], b"\1"
    ),
    "category that does not exist": message(
        [EXT[Tag.CATEGORICAL], False, *tokens_of(pd.Index([], dtype=object)), ARRAY, "|i1", 1, 1, False], b"\x05"
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_malformed(what: str) -> None:
    with pytest.raises(Malformed):
        decode(HOSTILE[what], lambda number, claim: "handle", LIMITS)


def test_the_hand_made_messages_are_refused_for_what_is_wrong_with_them() -> None:
    """The same messages with the one wrong field put right are accepted."""
    assert decode(message([LIST, 1, 1])) == [1]
    assert decode(message([ARRAY, "<f8", 1, 8, False], b"\0" * 64)).tolist() == [0.0] * 8
    assert decode(message([ARRAY, "|b1", 1, 1, False], b"\1")).tolist() == [True]
    assert decode(message([ARRAY, "<U1", 1, 1, False], struct.pack("<I", 0x1F9EA))).tolist() == ["\U0001f9ea"]
    assert decode(message([EXT[Tag.DICT], 2, "a", "b", 2, 1, 2])) == {"a": 1, "b": 2}
    assert len(decode(message([EXT[Tag.RANGE_INDEX], 0, 50, 1, None]))) == 50
    assert decode(message([EXT[Tag.RANGE], 0, 10, 1])) == range(10)
    assert decode(message([ARRAY, "<f8", 2, 20, 0, False])).shape == (20, 0)
    column = [ARRAY, "|u1", 1, 1, False]
    series = decode(
        message([EXT[Tag.SERIES], *tokens_of(pd.RangeIndex(1)), None, *column, EXT[Tag.DICT], 0, 0, True], b"\1")
    )
    assert series.tolist() == [1]
    good = [EXT[Tag.CATEGORICAL], False, *tokens_of(pd.Index(["a"])), ARRAY, "|i1", 1, 1, False]
    assert decode(message(good, b"\0")).tolist() == ["a"]


def test_what_pandas_says_of_a_message_stays_inside() -> None:
    """ "H" is a frequency that pandas warns of, and a warning is an error in these tests."""
    tokens = ["H" if token == "h" else token for token in tokens_of(pd.Period("2024", "h"))]
    assert "H" in tokens
    assert decode(message(tokens)) == pd.Period("2024", "h")
