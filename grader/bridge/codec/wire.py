"""The bytes of a message: a flat run of msgpack tokens, then raw buffers.

``u32 version, u64 length of the tokens, tokens, buffers``. No token is a msgpack array or map: a declared
length could make msgpack reserve memory for elements that never come. A container is a tag, a count, and then
its items; arrays keep only type and shape among the tokens and put their memory into the buffers.
"""

import itertools
import struct
from collections.abc import Sequence
from enum import IntEnum, unique
from typing import Any, Final

import msgpack

from .limits import DecodeLimits, Malformed, NotData

HEADER: Final = struct.Struct("<IQ")
VERSION: Final = 0x4C420001
ATOMS: Final = frozenset({type(None), bool, int, float, str, bytes})
_BIG_INT: Final = 127


@unique
class Tag(IntEnum):
    """What the tokens that follow are."""

    REF = 0
    HANDLE = 1
    LIST = 2
    TUPLE = 3
    DICT = 4
    SET = 5
    FROZENSET = 6
    ORDERED_DICT = 7
    COUNTER = 8
    DEFAULT_DICT = 9
    DEQUE = 10
    BYTEARRAY = 11
    COMPLEX = 12
    RANGE = 13
    SLICE = 14
    ELLIPSIS = 15
    TYPE = 16
    DATE = 20
    TIME = 21
    DATETIME = 22
    TIMEDELTA = 23
    TIMEZONE = 24
    ZONEINFO = 25
    PYTZ = 26
    DECIMAL = 27
    FRACTION = 28
    UUID = 29
    POSIX_PATH = 30
    WINDOWS_PATH = 31
    ARRAY = 40
    STRUCT = 41
    SUBARRAY = 42
    SCALAR = 43
    NUMPY_STR = 44
    NUMPY_BYTES = 45
    DTYPE = 46
    MASKED = 47
    MASKED_CONSTANT = 48
    TENSOR = 49
    TENSOR_SIZE = 50
    SPARSE_MATRIX = 51
    TIMESTAMP = 60
    PANDAS_TIMEDELTA = 61
    PERIOD = 62
    INTERVAL = 63
    NAT = 64
    NA = 65
    PANDAS_DTYPE = 66
    MASKED_VALUES = 70
    STRINGS = 71
    CATEGORICAL = 72
    DATETIMES = 73
    TIMEDELTAS = 74
    PERIODS = 75
    INTERVALS = 76
    SPARSE = 77
    NUMPY_VALUES = 78
    RANGE_INDEX = 80
    INDEX = 81
    MULTI_INDEX = 82
    SERIES = 83
    FRAME = 84


# Values whose identity counts: there twice, they are sent once and come back as one object.
SHARED: Final = frozenset(
    {Tag.HANDLE, Tag.LIST, Tag.TUPLE, Tag.DICT, Tag.SET, Tag.FROZENSET, Tag.ORDERED_DICT, Tag.COUNTER}
    | {Tag.DEFAULT_DICT, Tag.DEQUE, Tag.BYTEARRAY, Tag.ARRAY, Tag.MASKED, Tag.TENSOR, Tag.SPARSE_MATRIX}
    | {tag for tag in Tag if tag >= Tag.PANDAS_DTYPE}
)
# Where a handle may stand: nothing here compares, hashes or copies what it holds.
HOLDERS: Final = frozenset(
    {Tag.LIST, Tag.TUPLE, Tag.DICT, Tag.ORDERED_DICT, Tag.COUNTER, Tag.DEFAULT_DICT, Tag.DEQUE}
    | {Tag.ARRAY, Tag.SERIES, Tag.FRAME}
)
_TAGS: Final = {int(tag): tag for tag in Tag}
EXT: Final = {tag: msgpack.ExtType(int(tag), b"") for tag in Tag}


def _big_int(value: object) -> Any:
    # msgpack asks only for integers of more than 64 bits: nothing else in the tokens is foreign to it.
    if type(value) is not int:
        raise NotData(type(value).__name__)
    return msgpack.ExtType(_BIG_INT, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _from_ext(code: int, payload: bytes) -> object:
    if code == _BIG_INT:
        return int.from_bytes(payload, "little", signed=True)
    tag = _TAGS.get(code)
    if tag is None or payload:
        raise Malformed("unknown tag")
    return tag


def join(tokens: list[Any], buffers: Sequence[memoryview]) -> bytes:
    """One message of `tokens` (atoms, ``EXT`` values) and `buffers`; raises NotData if one is too large."""
    try:
        try:
            packed = msgpack.packb(tokens, default=_big_int, strict_types=True)
        except UnicodeEncodeError:  # lone surrogates are rare, and this way is slower
            packed = msgpack.packb(tokens, default=_big_int, strict_types=True, unicode_errors="surrogatepass")
    except (ValueError, OverflowError, MemoryError) as error:
        raise NotData("a value that is too large") from error
    start = 1 if len(tokens) < 16 else 3 if len(tokens) < 2**16 else 5  # the array header goes
    return b"".join([HEADER.pack(VERSION, len(packed) - start), memoryview(packed)[start:], *buffers])


def split(data: bytes, limits: DecodeLimits) -> tuple[list[Any], memoryview]:
    """The tokens (atoms and tags) of a message and its buffers; raises Malformed or what msgpack raises."""
    if len(data) > limits.bytes:
        raise Malformed("message too large")
    if len(data) < HEADER.size:
        raise Malformed("message too short")
    version, length = HEADER.unpack_from(data)
    if version != VERSION or length > len(data) - HEADER.size:
        raise Malformed("bad header")
    view = memoryview(data)[HEADER.size :]
    unpacker = msgpack.Unpacker(
        raw=False,
        unicode_errors="surrogatepass",
        max_buffer_size=max(length, 1),
        max_array_len=0,
        max_map_len=0,
        ext_hook=_from_ext,
    )
    unpacker.feed(view[:length])
    tokens = list(itertools.islice(unpacker, limits.items + 1))
    if len(tokens) > limits.items:
        raise Malformed("too many items")
    if unpacker.tell() != length:
        raise Malformed("the last token is cut off")
    return tokens, view[length:]
