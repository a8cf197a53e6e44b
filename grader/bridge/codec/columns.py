"""pandas' scalars, dtypes and extension arrays: what stands in one column."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from .arrays import read_array, read_dtype, write_dtype
from .limits import Malformed, NotData
from .plain import read_zone
from .reader import Read, Reader
from .wire import Tag
from .writer import Kinds, Write, Writer

_UNITS: Final = ("s", "ms", "us", "ns")
_FREQ: Final = re.compile(r"-?[0-9]{0,6}[A-Za-z]{1,6}(-[A-Za-z0-9]{1,6}){0,2}")
_CLOSED: Final = ("left", "right", "both", "neither")
_NULLABLE: Final[dict[str, Any]] = {
    **{f"{sign}nt{bits}": pd.arrays.IntegerArray for sign in ("I", "UI") for bits in (8, 16, 32, 64)},
    "Float32": pd.arrays.FloatingArray,
    "Float64": pd.arrays.FloatingArray,
    "boolean": pd.arrays.BooleanArray,
}
_STRINGS: Final[dict[tuple[str, bool], Any]] = {
    ("python", False): pd.StringDtype("python"),
    ("pyarrow", False): pd.StringDtype("pyarrow"),
    ("python", True): pd.StringDtype("python", na_value=np.nan),
    ("pyarrow", True): pd.StringDtype("pyarrow", na_value=np.nan),
}


def _nullable_dtype(name: str) -> Any:
    return pd.api.types.pandas_dtype(name)


def write_freq(w: Writer, freq: Any) -> None:
    """Write an offset that its own text names; raises NotData on others (custom calendars)."""
    text = freq.freqstr
    if not _FREQ.fullmatch(text) or to_offset(text) != freq:
        raise NotData("frequency with a calendar of its own")
    w.tokens.append(text)


def read_freq(r: Reader) -> Any:
    """An offset."""
    text = r.text(40)
    if not _FREQ.fullmatch(text):
        raise Malformed("not a frequency")
    return to_offset(text)


def read_choice(r: Reader, choices: tuple[str, ...]) -> Any:
    """The next token, one of `choices`."""
    text = r.text()
    if text not in choices:
        raise Malformed("not one of the choices")
    return text


def read_int64(r: Reader) -> np.ndarray[Any, Any]:
    """A one-dimensional array of int64."""
    array = read_array(r)
    if array.dtype != np.int64 or array.ndim != 1 or not array.dtype.isnative:
        raise Malformed("not whole numbers")
    return array


def read_bools(r: Reader) -> np.ndarray[Any, Any]:
    """A one-dimensional array of bool."""
    array = read_array(r)
    if array.dtype != np.bool_ or array.ndim != 1:
        raise Malformed("not truth values")
    return array


def read_index(r: Reader) -> pd.Index[Any]:
    """A value that must be an index."""
    index = r.data()
    if not isinstance(index, pd.Index):
        raise Malformed("not an index")
    return index


# --- scalars


def _write_timestamp(w: Writer, value: pd.Timestamp) -> None:
    if not 1 <= value.year <= 9999:  # the datetime inside it then holds another year
        raise NotData("Timestamp outside the years of datetime")
    w.tokens += (value.unit, int(value.to_datetime64().view("i8")))
    w.value(value.tzinfo)


def _read_timestamp(r: Reader) -> pd.Timestamp:
    unit = read_choice(r, _UNITS)
    moment = pd.Timestamp(np.datetime64(r.integer(-(2**63) + 1, 2**63 - 1), unit))
    zone = read_zone(r)
    if not 1 <= moment.year <= 9999:
        raise Malformed("a moment outside the years of datetime")
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


def _write_timedelta(w: Writer, value: pd.Timedelta) -> None:
    w.tokens += (value.unit, int(value.to_timedelta64().view("i8")))


def _read_timedelta(r: Reader) -> pd.Timedelta:
    unit = read_choice(r, _UNITS)
    return pd.Timedelta(np.timedelta64(r.integer(-(2**63) + 1, 2**63 - 1), unit))


def _write_period(w: Writer, value: pd.Period) -> None:
    w.tokens.append(value.ordinal)
    write_freq(w, value.freq)


def _read_period(r: Reader) -> pd.Period:
    ordinal = r.integer(-(2**63) + 1, 2**63 - 1)
    return pd.Period(ordinal=ordinal, freq=read_freq(r))


def _write_interval(w: Writer, value: Any) -> None:
    w.tokens.append(value.closed)
    w.value(value.left)
    w.value(value.right)


def _read_interval(r: Reader) -> Any:
    closed = read_choice(r, _CLOSED)
    return pd.Interval(r.value(), r.value(), closed)


# --- dtypes


def _write_dtype(w: Writer, dtype: Any) -> None:
    kind = type(dtype)
    if kind is pd.CategoricalDtype:
        w.tokens += ("category", bool(dtype.ordered))
        w.value(dtype.categories)
    elif kind is pd.DatetimeTZDtype:
        w.tokens += ("tz", dtype.unit)
        w.value(dtype.tz)
    elif kind is pd.PeriodDtype:
        w.tokens.append("period")
        write_freq(w, dtype.freq)
    elif kind is pd.IntervalDtype:
        w.tokens += ("interval", dtype.closed)
        w.value(dtype.subtype)
    elif kind is pd.SparseDtype:
        w.tokens.append("sparse")
        write_dtype(w, dtype.subtype)
        w.value(dtype.fill_value)
    elif kind is pd.StringDtype:
        w.tokens += ("string", dtype.storage, dtype.na_value is not pd.NA)
    else:
        w.tokens.append(dtype.name)


def _read_dtype(r: Reader) -> Any:
    name = r.text()
    if name in _NULLABLE:
        return _nullable_dtype(name)
    if name == "category":
        ordered = r.flag()
        categories = r.value()
        if categories is not None and not isinstance(categories, pd.Index):
            raise Malformed("not categories")
        return pd.CategoricalDtype(categories, ordered)
    if name == "tz":
        unit = read_choice(r, _UNITS)
        return pd.DatetimeTZDtype(unit, read_zone(r))
    if name == "period":
        return pd.PeriodDtype(read_freq(r))
    if name == "interval":
        closed: Any = r.value()
        subtype: Any = r.value()
        known = subtype is None or isinstance(subtype, (np.dtype, pd.DatetimeTZDtype))
        if closed not in (*_CLOSED, None) or not known:
            raise Malformed("not an interval")
        return pd.IntervalDtype(subtype, closed)
    if name == "sparse":
        return pd.SparseDtype(read_dtype(r), r.value())
    if name == "string":
        return _STRINGS[r.text(), r.flag()]
    raise Malformed("unknown dtype")


# --- arrays


def _write_nullable(w: Writer, values: Any) -> None:
    w.tokens.append(values.dtype.name)
    missing = values.isna()
    w.value(values.to_numpy(dtype=values.dtype.numpy_dtype, na_value=values.dtype.type(0)))
    w.value(missing)


def _read_nullable(r: Reader) -> Any:
    name = r.text()
    values, missing = read_array(r), read_bools(r)
    if name not in _NULLABLE or values.dtype != _nullable_dtype(name).numpy_dtype:
        raise Malformed("not a nullable column")
    if values.shape != missing.shape:
        raise Malformed("a mask of another length")
    return _NULLABLE[name](values, missing)


def _write_strings(w: Writer, values: Any) -> None:
    w.tokens += (values.dtype.storage, values.dtype.na_value is not pd.NA)
    w.items(values.to_numpy(dtype=object, na_value=None).tolist())


def _read_strings(r: Reader) -> Any:
    dtype = _STRINGS[r.text(), r.flag()]
    items = r.items()
    if not {str, type(None)}.issuperset(map(type, items)):
        raise Malformed("a text that is none")
    return pd.array(items, dtype=dtype)


def _write_categorical(w: Writer, values: pd.Categorical) -> None:
    w.tokens.append(bool(values.ordered))
    w.value(values.categories)
    w.value(values.codes)


def _read_categorical(r: Reader) -> Any:
    ordered = r.flag()
    categories = read_index(r)
    codes = read_array(r)
    if codes.dtype.kind != "i" or codes.ndim != 1:
        raise Malformed("not codes")
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, ordered))


def _write_datetimes(w: Writer, values: Any) -> None:
    w.tokens.append(values.unit)
    w.value(values.tz)
    w.value(values.asi8)


def read_datetimes(r: Reader) -> pd.DatetimeIndex:
    """A DatetimeIndex without name and frequency."""
    unit = read_choice(r, _UNITS)
    zone = read_zone(r)
    moments = pd.DatetimeIndex(read_int64(r).view(f"M8[{unit}]"))
    return moments if zone is None else moments.tz_localize("UTC").tz_convert(zone)


def _write_timedeltas(w: Writer, values: Any) -> None:
    w.tokens.append(values.unit)
    w.value(values.asi8)


def _read_timedeltas(r: Reader) -> Any:
    unit = read_choice(r, _UNITS)
    return pd.TimedeltaIndex(read_int64(r).view(f"m8[{unit}]")).array


def _write_periods(w: Writer, values: Any) -> None:
    write_freq(w, values.freq)
    w.value(values.asi8)


def _read_periods(r: Reader) -> Any:
    dtype: Any = pd.PeriodDtype(read_freq(r))
    return pd.arrays.PeriodArray(read_int64(r), dtype=dtype)


def _write_intervals(w: Writer, values: Any) -> None:
    w.tokens.append(values.closed)
    w.value(values.left)
    w.value(values.right)


def _read_intervals(r: Reader) -> Any:
    closed = read_choice(r, _CLOSED)
    return pd.arrays.IntervalArray.from_arrays(read_index(r), read_index(r), closed)


def _write_sparse(w: Writer, values: Any) -> None:
    w.tokens.append(values.kind)
    w.value(values.fill_value)
    w.value(values.to_dense())


def _read_sparse(r: Reader) -> Any:
    kind: Any = read_choice(r, ("integer", "block"))
    fill: Any = r.value()
    dense = read_array(r)
    single = np.isscalar(fill) or fill is pd.NaT
    if not single or dense.ndim != 1:
        raise Malformed("not a sparse column")
    return pd.arrays.SparseArray(dense, fill_value=fill, kind=kind, dtype=pd.SparseDtype(dense.dtype, fill))


def _write_numpy_values(w: Writer, values: Any) -> None:
    w.value(values.to_numpy())


def _read_numpy_values(r: Reader) -> Any:
    return pd.arrays.NumpyExtensionArray(read_array(r))


def _write_nothing(w: Writer, value: Any) -> None:
    pass


_DTYPES: tuple[type, ...] = (
    *{type(pd.api.types.pandas_dtype(name)) for name in _NULLABLE},
    pd.CategoricalDtype,
    pd.DatetimeTZDtype,
    pd.PeriodDtype,
    pd.IntervalDtype,
    pd.SparseDtype,
    pd.StringDtype,
)
_STRING_KINDS: dict[type, tuple[Tag, Write]] = {
    dtype.construct_array_type(): (Tag.STRINGS, _write_strings) for dtype in _STRINGS.values()
}

WRITE: Kinds = {
    pd.Timestamp: (Tag.TIMESTAMP, _write_timestamp),
    pd.Timedelta: (Tag.PANDAS_TIMEDELTA, _write_timedelta),
    pd.Period: (Tag.PERIOD, _write_period),
    pd.Interval: (Tag.INTERVAL, _write_interval),
    type(pd.NaT): (Tag.NAT, _write_nothing),
    type(pd.NA): (Tag.NA, _write_nothing),
    **dict.fromkeys(_DTYPES, (Tag.PANDAS_DTYPE, _write_dtype)),
    **dict.fromkeys(set(_NULLABLE.values()), (Tag.MASKED_VALUES, _write_nullable)),
    **_STRING_KINDS,
    pd.Categorical: (Tag.CATEGORICAL, _write_categorical),
    pd.arrays.DatetimeArray: (Tag.DATETIMES, _write_datetimes),
    pd.arrays.TimedeltaArray: (Tag.TIMEDELTAS, _write_timedeltas),
    pd.arrays.PeriodArray: (Tag.PERIODS, _write_periods),
    pd.arrays.IntervalArray: (Tag.INTERVALS, _write_intervals),
    pd.arrays.SparseArray: (Tag.SPARSE, _write_sparse),
    pd.arrays.NumpyExtensionArray: (Tag.NUMPY_VALUES, _write_numpy_values),
}

READ: dict[Tag, Read] = {
    Tag.TIMESTAMP: _read_timestamp,
    Tag.PANDAS_TIMEDELTA: _read_timedelta,
    Tag.PERIOD: _read_period,
    Tag.INTERVAL: _read_interval,
    Tag.NAT: lambda r: pd.NaT,
    Tag.NA: lambda r: pd.NA,
    Tag.PANDAS_DTYPE: _read_dtype,
    Tag.MASKED_VALUES: _read_nullable,
    Tag.STRINGS: _read_strings,
    Tag.CATEGORICAL: _read_categorical,
    Tag.DATETIMES: lambda r: read_datetimes(r).array,
    Tag.TIMEDELTAS: _read_timedeltas,
    Tag.PERIODS: _read_periods,
    Tag.INTERVALS: _read_intervals,
    Tag.SPARSE: _read_sparse,
    Tag.NUMPY_VALUES: _read_numpy_values,
}
