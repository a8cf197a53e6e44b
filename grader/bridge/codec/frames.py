"""pandas' indexes, series and data frames."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from .columns import read_freq, read_index, write_freq
from .limits import Malformed, NotData
from .reader import Read, Reader
from .wire import Tag
from .writer import Kinds, Writer

# pandas checks a calendar frequency by walking through it, so only short indexes keep one.
_LONGEST_CALENDAR: Final = 100_000
_NUMPY_KINDS: Final = "biufcO"
_TIMES: Final = {np.dtype(f"{kind}8[{unit}]").str for kind in "mM" for unit in ("s", "ms", "us", "ns")}


def _write_values(w: Writer, column: Any) -> None:
    """The values of a Series or Index: a NumPy array where it is one, else the extension array."""
    if isinstance(column.dtype, np.dtype):
        w.value(column.to_numpy())
    else:
        w.data(column.array)


def _of_a_column(dtype: np.dtype[Any]) -> bool:
    if dtype.kind in "mM":  # others are converted on the way in
        return dtype.str in _TIMES
    return dtype.kind in _NUMPY_KINDS


def _read_values(r: Reader, length: int | None = None) -> Any:
    values = r.value()
    kind = type(values)
    if kind is np.ndarray:
        if values.ndim != 1 or not _of_a_column(values.dtype):
            raise Malformed("not a column")
    elif not isinstance(values, pd.api.extensions.ExtensionArray) or kind is pd.arrays.NumpyExtensionArray:
        raise Malformed("not a column")
    if length is not None and len(values) != length:
        raise Malformed("a column of another length")
    return values


def _write_name(w: Writer, name: Any) -> None:
    w.data(name)


def _read_name(r: Reader) -> Any:
    name = r.data()
    hash(name)
    return name


# --- indexes


def _write_range_index(w: Writer, index: pd.RangeIndex) -> None:
    w.tokens += (index.start, index.stop, index.step)
    _write_name(w, index.name)


def _read_range_index(r: Reader) -> pd.RangeIndex:
    edge = 2**62
    numbers = range(r.integer(-edge, edge), r.integer(-edge, edge), r.integer(-edge, edge))
    if len(numbers) > r.limits.bytes:  # what uses one may well lay it out in memory
        raise Malformed("an index too long")
    return pd.RangeIndex(numbers, name=_read_name(r))


def _write_index(w: Writer, index: Any) -> None:
    freq = index.freq if type(index) in (pd.DatetimeIndex, pd.TimedeltaIndex) else None
    if freq is not None and len(index) > _LONGEST_CALENDAR and not isinstance(freq, pd.offsets.Tick):
        raise NotData("long index with a calendar frequency")
    # times go with their zone even where NumPy could hold them
    if type(index) in (pd.DatetimeIndex, pd.TimedeltaIndex):
        w.value(index.array)
    else:
        _write_values(w, index)
    _write_name(w, index.name)
    w.tokens.append(freq is not None)
    if freq is not None:
        write_freq(w, freq)


def _read_index(r: Reader) -> pd.Index[Any]:
    values = _read_values(r)
    name = _read_name(r)
    freq = read_freq(r) if r.flag() else None
    dtype = values.dtype
    index: pd.Index[Any] = pd.Index(values, dtype=dtype, name=name)
    if index.dtype != dtype:
        raise Malformed("not the values of an index")
    if freq is None:
        return index
    if len(index) > _LONGEST_CALENDAR and not isinstance(freq, pd.offsets.Tick):
        raise Malformed("a frequency for too long an index")
    if isinstance(index, pd.DatetimeIndex):
        return pd.DatetimeIndex(index, freq=freq)
    if isinstance(index, pd.TimedeltaIndex):
        return pd.TimedeltaIndex(index, freq=freq)
    raise Malformed("a frequency where there is no time")


def _write_multi_index(w: Writer, index: pd.MultiIndex) -> None:
    w.tokens.append(index.nlevels)
    for level, codes, name in zip(index.levels, index.codes, index.names, strict=True):
        w.value(level)
        w.value(codes)
        _write_name(w, name)


def _read_multi_index(r: Reader) -> pd.MultiIndex:
    levels: list[Any] = []
    codes: list[Any] = []
    names: list[Any] = []
    for _ in range(r.integer(1, 1000)):
        levels.append(read_index(r))
        values = r.of(np.ndarray)
        if values.dtype.kind != "i" or values.ndim != 1:
            raise Malformed("not codes")
        codes.append(values)
        names.append(_read_name(r))
    return pd.MultiIndex(levels=levels, codes=codes, names=names)


# --- series and frames


def _write_extras(w: Writer, value: Any) -> None:
    w.value(value.attrs)
    w.tokens.append(value.flags.allows_duplicate_labels)


def _read_extras(r: Reader, value: Any) -> Any:
    attrs, duplicates = r.of(dict), r.flag()
    if attrs:
        value.attrs = attrs
    if not duplicates:
        value.flags.allows_duplicate_labels = False
    return value


def _write_series(w: Writer, series: Any) -> None:
    w.data(series.index)
    _write_name(w, series.name)
    _write_values(w, series)
    _write_extras(w, series)


def _series(values: Any, index: pd.Index[Any], name: Any = None) -> Any:
    series = pd.Series(values, index=index, name=name, dtype=values.dtype, copy=False)
    if series.dtype != values.dtype:
        raise Malformed("not a column")
    return series


def _read_series(r: Reader) -> Any:
    index = read_index(r)
    name = _read_name(r)
    return _read_extras(r, _series(_read_values(r, len(index)), index, name))


def _write_frame(w: Writer, frame: pd.DataFrame) -> None:
    w.data(frame.index)
    w.data(frame.columns)
    dtypes = set(frame.dtypes)
    block = len(dtypes) == 1 and isinstance(only := dtypes.pop(), np.dtype) and only.kind != "O"
    w.tokens.append(block)
    if block:
        w.value(frame.to_numpy())
    else:
        for position in range(frame.shape[1]):
            _write_values(w, frame.iloc[:, position])
    _write_extras(w, frame)


def _read_frame(r: Reader) -> pd.DataFrame:
    index, columns = read_index(r), read_index(r)
    if r.flag():
        block = r.of(np.ndarray)
        shape = len(index), len(columns)
        if block.shape != shape or not _of_a_column(block.dtype) or block.dtype.kind == "O":
            raise Malformed("not the values of a frame")
        frame = pd.DataFrame(block, index=index, columns=columns, copy=False)
        if (frame.dtypes != block.dtype).any():
            raise Malformed("not the values of a frame")
        return _read_extras(r, frame)  # type: ignore[no-any-return]
    # Columns are numbered first: names may be there twice. All have this very index, so nothing is aligned.
    series = {number: _series(_read_values(r, len(index)), index) for number in range(len(columns))}
    frame = pd.DataFrame(series, index=index, columns=None if series else columns)
    frame.columns = columns
    return _read_extras(r, frame)  # type: ignore[no-any-return]


WRITE: Kinds = {
    pd.RangeIndex: (Tag.RANGE_INDEX, _write_range_index),
    pd.Index: (Tag.INDEX, _write_index),
    pd.DatetimeIndex: (Tag.INDEX, _write_index),
    pd.TimedeltaIndex: (Tag.INDEX, _write_index),
    pd.PeriodIndex: (Tag.INDEX, _write_index),
    pd.CategoricalIndex: (Tag.INDEX, _write_index),
    pd.IntervalIndex: (Tag.INDEX, _write_index),
    pd.MultiIndex: (Tag.MULTI_INDEX, _write_multi_index),
    pd.Series: (Tag.SERIES, _write_series),
    pd.DataFrame: (Tag.FRAME, _write_frame),
}

READ: dict[Tag, Read] = {
    Tag.RANGE_INDEX: _read_range_index,
    Tag.INDEX: _read_index,
    Tag.MULTI_INDEX: _read_multi_index,
    Tag.SERIES: _read_series,
    Tag.FRAME: _read_frame,
}
