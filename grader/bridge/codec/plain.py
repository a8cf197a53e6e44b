"""Python's own values: containers, numbers, dates, paths."""

import datetime as dt
import pathlib
import re
import sys
import uuid
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from .limits import Malformed, NotData
from .reader import Read, Reader
from .wire import ATOMS, Tag
from .writer import Kinds, Write, Writer

_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,40}(/[A-Za-z0-9_+\-]{1,40}){0,3}")
_FRACTION_BITS = 100_000  # the other side has to look for common divisors
# Classes that stand for a type of data, as in ``astype(float)``.
_TYPES: dict[str, type] = (
    {
        t.__name__: t
        for t in (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, object)
    }
    | {"NoneType": type(None)}
    | {f"numpy.{t.__name__}": t for t in np.sctypeDict.values()}
)
_TYPE_NAMES = {t: name for name, t in _TYPES.items()}


def _write_mapping(w: Writer, value: dict[Any, Any]) -> None:
    w.keys(value.keys())
    w.items(value.values())


def _read_mapping(r: Reader) -> dict[Any, Any]:
    keys = r.keys()
    values = r.items()
    if len(keys) != len(values):
        raise Malformed("keys without values")
    mapping = dict(zip(keys, values, strict=True))
    if len(mapping) != len(keys):
        raise Malformed("a key that is there twice")
    return mapping


def _write_default_dict(w: Writer, value: defaultdict[Any, Any]) -> None:
    if value.default_factory is not None:
        raise NotData("defaultdict with a factory")
    _write_mapping(w, value)


def _write_set(w: Writer, value: set[Any] | frozenset[Any]) -> None:
    members = list(value)
    if ATOMS.issuperset(map(type, members)):
        # The order of a set differs between processes, and equal sets should give equal messages.
        members.sort(key=lambda member: (type(member).__name__, 0 if member is None else member))
    w.items(members)


def _read_set(r: Reader) -> set[Any]:
    items = r.items()
    members = set(items)
    if len(members) != len(items):
        raise Malformed("a member that is there twice")
    return members


def _write_deque(w: Writer, value: deque[Any]) -> None:
    w.value(value.maxlen)
    w.items(value)


def _read_deque(r: Reader) -> deque[Any]:
    longest = r.of(int, type(None))
    items = r.items()
    if longest is not None and len(items) > longest:
        raise Malformed("a deque longer than its own limit")
    return deque(items, longest)


def _fields(*get: Callable[[Any], Any]) -> Write:
    def write(w: Writer, value: Any) -> None:
        for field in get:
            w.value(field(value))

    return write


def _write_time_zone(w: Writer, value: dt.timezone) -> None:
    offset = value.utcoffset(None)
    w.value(offset)
    name = value.tzname(None)
    w.value(None if name == dt.timezone(offset).tzname(None) else name)


def _read_time_zone(r: Reader) -> dt.timezone:
    offset = r.of(dt.timedelta)
    name = r.of(str, type(None))
    return dt.timezone(offset) if name is None else dt.timezone(offset, name)


def _zone_name(r: Reader) -> str:
    name = r.text()
    if not _ZONE.fullmatch(name):
        raise Malformed("not the name of a time zone")
    return name


def _write_zone_info(w: Writer, value: zoneinfo.ZoneInfo) -> None:
    if value.key is None or not _ZONE.fullmatch(value.key):
        raise NotData("ZoneInfo without a usual name")
    w.tokens.append(value.key)


def _is_pytz(zone: Any) -> bool:
    return type(zone).__module__.partition(".")[0] == "pytz"


def _pytz() -> Any:
    """pandas 2 gives every named zone as pytz's; where pandas is, pytz is."""
    import pytz  # type: ignore[import-untyped,unused-ignore]

    return pytz


def _write_pytz(w: Writer, value: Any) -> None:
    zone = value.zone
    if type(zone) is not str or not _ZONE.fullmatch(zone) or type(_pytz().timezone(zone)) is not type(value):
        raise NotData("pytz zone without a usual name")
    w.tokens.append(zone)


def _read_pytz(r: Reader) -> Any:
    return _pytz().timezone(_zone_name(r))


def _write_datetime(w: Writer, value: dt.datetime) -> None:
    zone = value.tzinfo
    w.value(zone)
    if zone is not None and _is_pytz(zone):
        # pytz keeps the offset in the zone object: going by UTC finds the right one again.
        try:
            value = value.astimezone(dt.UTC)
        except OverflowError as error:
            raise NotData("datetime at the end of time") from error
    w.tokens += (value.year, value.month, value.day, value.hour, value.minute, value.second)
    w.tokens += (value.microsecond, value.fold)


def _read_datetime(r: Reader) -> dt.datetime:
    zone = _zone(r)
    year, month, day, hour, minute, second, micro, fold = (r.integer(0, 10**6) for _ in range(8))
    value = dt.datetime(year, month, day, hour, minute, second, micro, fold=fold)
    if zone is None:
        return value
    if _is_pytz(zone):
        moved: dt.datetime = zone.fromutc(value)
        return moved
    return value.replace(tzinfo=zone)


def _write_time(w: Writer, value: dt.time) -> None:
    w.value(value.tzinfo)
    w.tokens += (value.hour, value.minute, value.second, value.microsecond, value.fold)


def _read_time(r: Reader) -> dt.time:
    zone = _zone(r)
    hour, minute, second, micro, fold = (r.integer(0, 10**6) for _ in range(5))
    return dt.time(hour, minute, second, micro, tzinfo=zone, fold=fold)


def _zone(r: Reader) -> Any:
    zone = r.value()
    if zone is not None and type(zone) not in (dt.timezone, zoneinfo.ZoneInfo) and not _is_pytz(zone):
        raise Malformed("not a time zone")
    return zone


def read_zone(r: Reader) -> Any:
    """A time zone or None."""
    return _zone(r)


# sum() over a longer one cannot be interrupted from inside, and a list of it would fill the memory
_LONGEST_RANGE = 5_000_000


def _write_range(w: Writer, value: range) -> None:
    if value[_LONGEST_RANGE:]:
        raise NotData(f"range of more than {_LONGEST_RANGE:,} numbers")
    w.tokens += (value.start, value.stop, value.step)


def _read_range(r: Reader) -> range:
    value = range(r.of(int), r.of(int), r.of(int))
    if value[_LONGEST_RANGE:]:
        raise Malformed("a range too long")
    return value


def _read_decimal(r: Reader) -> Decimal:
    return Decimal(r.text(longest=10_000))


def _write_decimal(w: Writer, value: Decimal) -> None:
    text = str(value)
    if len(text) > 10_000:
        raise NotData("Decimal of more than 10,000 digits")
    w.tokens.append(text)


def _write_fraction(w: Writer, value: Fraction) -> None:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _FRACTION_BITS:
        raise NotData("Fraction of very large numbers")
    w.value(value.numerator)
    w.value(value.denominator)


def _read_fraction(r: Reader) -> Fraction:
    above, below = r.of(int), r.of(int)
    if below < 1 or max(above.bit_length(), below.bit_length()) > _FRACTION_BITS:
        raise Malformed("not a fraction")
    return Fraction(above, below)


def _read_posix_path(r: Reader) -> pathlib.PurePath:
    text = r.text(longest=10_000)
    if r.concrete_paths and sys.platform != "win32":
        return pathlib.PosixPath(text)
    return pathlib.PurePosixPath(text)


def _read_windows_path(r: Reader) -> pathlib.PurePath:
    text = r.text(longest=10_000)
    if r.concrete_paths and sys.platform == "win32":
        return pathlib.WindowsPath(text)
    return pathlib.PureWindowsPath(text)


def _write_path(w: Writer, value: pathlib.PurePath) -> None:
    w.tokens.append(str(value))


def _read_type(r: Reader) -> type:
    found = _TYPES.get(r.text())
    if found is None:
        raise Malformed("unknown type")
    return found


def _write_type(w: Writer, value: type) -> None:
    name = _TYPE_NAMES.get(value)
    if name is None:
        raise NotData("type")
    w.tokens.append(name)


def _read_bytearray(r: Reader) -> bytearray:
    return bytearray(r.of(bytes))


def _read_uuid(r: Reader) -> uuid.UUID:
    return uuid.UUID(bytes=r.of(bytes))


def _read_timedelta(r: Reader) -> dt.timedelta:
    days = r.integer(-(10**9), 10**9)
    return dt.timedelta(days, r.integer(0, 86_399), r.integer(0, 999_999))


def _write_timedelta(w: Writer, value: dt.timedelta) -> None:
    w.tokens += (value.days, value.seconds, value.microseconds)


def _write_date(w: Writer, value: dt.date) -> None:
    w.tokens.append(value.toordinal())


_PATHS: dict[type, tuple[Tag, Write]] = {
    pathlib.PurePosixPath: (Tag.POSIX_PATH, _write_path),
    pathlib.PosixPath: (Tag.POSIX_PATH, _write_path),
    pathlib.PureWindowsPath: (Tag.WINDOWS_PATH, _write_path),
    pathlib.WindowsPath: (Tag.WINDOWS_PATH, _write_path),
}

WRITE: Kinds = {
    list: (Tag.LIST, Writer.items),
    tuple: (Tag.TUPLE, Writer.items),
    dict: (Tag.DICT, _write_mapping),
    OrderedDict: (Tag.ORDERED_DICT, _write_mapping),
    Counter: (Tag.COUNTER, _write_mapping),
    defaultdict: (Tag.DEFAULT_DICT, _write_default_dict),
    deque: (Tag.DEQUE, _write_deque),
    set: (Tag.SET, _write_set),
    frozenset: (Tag.FROZENSET, _write_set),
    bytearray: (Tag.BYTEARRAY, _fields(bytes)),
    complex: (Tag.COMPLEX, _fields(lambda z: z.real, lambda z: z.imag)),
    range: (Tag.RANGE, _write_range),
    slice: (Tag.SLICE, _fields(lambda x: x.start, lambda x: x.stop, lambda x: x.step)),
    type(...): (Tag.ELLIPSIS, _fields()),
    type: (Tag.TYPE, _write_type),
    dt.date: (Tag.DATE, _write_date),
    dt.time: (Tag.TIME, _write_time),
    dt.datetime: (Tag.DATETIME, _write_datetime),
    dt.timedelta: (Tag.TIMEDELTA, _write_timedelta),
    dt.timezone: (Tag.TIMEZONE, _write_time_zone),
    zoneinfo.ZoneInfo: (Tag.ZONEINFO, _write_zone_info),
    Decimal: (Tag.DECIMAL, _write_decimal),
    Fraction: (Tag.FRACTION, _write_fraction),
    uuid.UUID: (Tag.UUID, _fields(lambda x: x.bytes)),
    **_PATHS,
}

READ: dict[Tag, Read] = {
    Tag.LIST: Reader.items,
    Tag.TUPLE: lambda r: tuple(r.items()),
    Tag.DICT: _read_mapping,
    Tag.ORDERED_DICT: lambda r: OrderedDict(_read_mapping(r)),
    Tag.COUNTER: lambda r: Counter(_read_mapping(r)),
    Tag.DEFAULT_DICT: lambda r: defaultdict(None, _read_mapping(r)),
    Tag.DEQUE: _read_deque,
    Tag.SET: _read_set,
    Tag.FROZENSET: lambda r: frozenset(_read_set(r)),
    Tag.BYTEARRAY: _read_bytearray,
    Tag.COMPLEX: lambda r: complex(r.of(float), r.of(float)),
    Tag.RANGE: _read_range,
    Tag.SLICE: lambda r: slice(r.value(), r.value(), r.value()),
    Tag.ELLIPSIS: lambda r: ...,
    Tag.TYPE: _read_type,
    Tag.DATE: lambda r: dt.date.fromordinal(r.integer(1, dt.date.max.toordinal())),
    Tag.TIME: _read_time,
    Tag.DATETIME: _read_datetime,
    Tag.TIMEDELTA: _read_timedelta,
    Tag.TIMEZONE: _read_time_zone,
    Tag.ZONEINFO: lambda r: zoneinfo.ZoneInfo(_zone_name(r)),
    Tag.PYTZ: _read_pytz,
    Tag.DECIMAL: _read_decimal,
    Tag.FRACTION: _read_fraction,
    Tag.UUID: _read_uuid,
    Tag.POSIX_PATH: _read_posix_path,
    Tag.WINDOWS_PATH: _read_windows_path,
}


def late(kind: type) -> tuple[Tag, Write] | None:
    """pytz makes a class per zone, so there is no table of them."""
    if kind.__module__.partition(".")[0] == "pytz" and "pytz" in sys.modules:
        return Tag.PYTZ, _write_pytz
    return None
