"""Every kind of pandas object comes back as it went."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from grader.bridge.codec import decode, encode


def _attrs() -> pd.DataFrame:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"source": "plant 3", "units": {"a": "kWh"}}
    return frame


def _flags() -> pd.DataFrame:
    return pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)


def _duplicate_columns() -> pd.DataFrame:
    return pd.DataFrame([[1, "x", 2.5], [2, "y", 3.5]], columns=["a", "a", "b"])


def _multi_columns() -> pd.DataFrame:
    columns = pd.MultiIndex.from_product([["p", "q"], [1, 2]], names=["letter", None])
    return pd.DataFrame(np.arange(8).reshape(2, 4), columns=columns)


def _multi_rows() -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", "n"])
    return pd.DataFrame({"v": [1.0, np.nan, 3.0]}, index=index)


def _nested_object() -> pd.DataFrame:
    cells = pd.Series([None, [1, 2], {"k": (3,)}, date(2024, 2, 29), np.nan, pd.NA, pd.NaT, 2**80, "ü"], dtype=object)
    return pd.DataFrame({"o": cells})


def _arrays_in_cells() -> pd.DataFrame:
    return pd.DataFrame({"o": pd.Series([[1, 2], [3, 4]], dtype=object), "n": [1, 2]})


_NA_TIMES = pd.to_datetime(pd.Series(["2024-03-31 01:30", None, "2024-10-27 02:30"]))

FRAMES: dict[str, Any] = {
    "int and float": lambda: pd.DataFrame({"i": [1, 2], "f": [0.1, np.nan]}),
    "small numbers": lambda: pd.DataFrame(
        {"a": np.array([1, 2], "i1"), "b": np.array([1, 2], "u4"), "c": np.array([1, 2], "f4")}
    ),
    "complex": lambda: pd.DataFrame({"z": [1 + 2j, complex("nan")]}),
    "bool": lambda: pd.DataFrame({"b": [True, False]}),
    "one block": lambda: pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc")),
    "infinities": lambda: pd.DataFrame({"f": [np.inf, -np.inf, -0.0]}),
    "object strings": lambda: pd.DataFrame({"s": ["a", "ü", "", None]}),
    "mixed object": _nested_object,
    "lists in cells": _arrays_in_cells,
    "timestamps as objects": lambda: pd.DataFrame({"t": pd.Series([pd.Timestamp("2024")], dtype=object)}),
    "numbers as objects": lambda: pd.DataFrame({"t": pd.Series([1, 2.5, True], dtype=object)}),
    "string": lambda: pd.DataFrame({"s": pd.array(["a", None], dtype="string[python]")}),
    "arrow string": lambda: pd.DataFrame({"s": pd.array(["a", None], dtype="string[pyarrow]")}),
    "nan string": lambda: pd.DataFrame({"s": pd.array(["a", None], dtype=pd.StringDtype(na_value=np.nan))}),
    "Int64": lambda: pd.DataFrame({"i": pd.array([1, None, 3], dtype="Int64")}),
    "UInt8": lambda: pd.DataFrame({"i": pd.array([1, None, 255], dtype="UInt8")}),
    "Float64 with NaN and NA": lambda: pd.DataFrame(
        {"f": pd.array([0.0, None, 1.5], dtype="Float64") / pd.array([0.0, 1.0, 1.0], dtype="Float64")}
    ),
    "Float32": lambda: pd.DataFrame({"f": pd.array([0.5, None], dtype="Float32")}),
    "boolean": lambda: pd.DataFrame({"b": pd.array([True, None], dtype="boolean")}),
    "categorical": lambda: pd.DataFrame({"c": pd.Categorical(["a", None, "b"])}),
    "ordered categorical, unused": lambda: pd.DataFrame(
        {"c": pd.Categorical(["lo"], categories=["lo", "mid", "hi"], ordered=True)}
    ),
    "categories of intervals": lambda: pd.DataFrame({"c": pd.cut(pd.Series([1, 5, 9]), 3)}),
    "datetime with NaT": lambda: pd.DataFrame({"t": _NA_TIMES}),
    "datetime in seconds": lambda: pd.DataFrame({"t": _NA_TIMES.astype("M8[s]")}),
    "time zone by name": lambda: pd.DataFrame({"t": _NA_TIMES.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin")}),
    "ZoneInfo": lambda: pd.DataFrame({"t": _NA_TIMES.dt.tz_localize("UTC").dt.tz_convert(ZoneInfo("Asia/Dhaka"))}),
    "fixed offset": lambda: pd.DataFrame({"t": pd.to_datetime(["2024-01-01T00:00+05:30"])}),
    "timedelta": lambda: pd.DataFrame({"d": pd.to_timedelta(["1h", None, "-3us"])}),
    "period": lambda: pd.DataFrame({"p": pd.PeriodIndex(["2024-01", None], freq="M")}),
    "quarter ending in March": lambda: pd.DataFrame({"p": pd.period_range("2024", periods=3, freq="Q-MAR")}),
    "interval": lambda: pd.DataFrame({"v": pd.IntervalIndex.from_breaks([0, 1, 2], closed="left")}),
    "interval of floats with NaN": lambda: pd.DataFrame(
        {"v": pd.arrays.IntervalArray.from_tuples([(0.5, 1.0), np.nan])}
    ),
    "sparse": lambda: pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 5])}),
    "sparse of NaN": lambda: pd.DataFrame({"s": pd.arrays.SparseArray([np.nan, 2.0, np.nan])}),
    "duplicate columns": _duplicate_columns,
    "mixed column names": lambda: pd.DataFrame([[1, "x", 2, 3]], columns=[1, "a", None, (2, "t")]),
    "MultiIndex columns": _multi_columns,
    "MultiIndex rows": _multi_rows,
    "named index and columns": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="k")).rename_axis(
        columns="what"
    ),
    "duplicate index": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[7, 7]),
    "DatetimeIndex with freq": lambda: pd.DataFrame(
        {"a": range(3), "b": "x"}, index=pd.date_range("2024-01-31", periods=3, freq="ME")
    ),
    "DatetimeIndex with zone and freq": lambda: pd.DataFrame(
        {"a": range(3)}, index=pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin")
    ),
    "TimedeltaIndex": lambda: pd.DataFrame({"a": range(3)}, index=pd.timedelta_range("1h", periods=3, freq="90min")),
    "PeriodIndex": lambda: pd.DataFrame({"a": range(3)}, index=pd.period_range("2024", periods=3, freq="W-WED")),
    "CategoricalIndex": lambda: pd.DataFrame(
        {"a": [1, 2]}, index=pd.CategoricalIndex(["x", "y"], ordered=True, name="c")
    ),
    "IntervalIndex": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.interval_range(0, 2)),
    "Int64 index": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.Index([1, None], dtype="Int64")),
    "float index": lambda: pd.DataFrame({"a": [1, 2]}, index=[0.5, np.nan]),
    "RangeIndex with step": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(10, 4, -3, name="r")),
    "attrs": _attrs,
    "flags": _flags,
    "no rows": lambda: pd.DataFrame({"a": np.array([], "i4"), "b": np.array([], object)}),
    "no columns": lambda: pd.DataFrame(index=pd.Index(["x", "y"], name="k")),
    "nothing at all": pd.DataFrame,
    "no columns, of integers": lambda: pd.DataFrame(columns=pd.Index([], dtype="int64", name="c")),
    "a view, not contiguous": lambda: pd.DataFrame(np.arange(40).reshape(8, 5)).iloc[::2, ::-2],
    "big-endian": lambda: pd.DataFrame({"a": np.array([1, 2], ">i4"), "b": ["x", "y"]}),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frame_comes_back(kind: str) -> None:
    frame = FRAMES[kind]()
    back = decode(encode(frame))
    assert type(back) is pd.DataFrame
    assert_frame_equal(
        frame,
        back,
        check_exact=True,
        check_freq=True,
        check_index_type="exact",
        check_column_type="exact",
        check_flags=True,
    )
    assert list(back.dtypes) == list(frame.dtypes)
    assert type(back.index) is type(frame.index)
    assert type(back.columns) is type(frame.columns)
    assert back.columns.names == frame.columns.names
    assert back.attrs == frame.attrs
    for position in range(frame.shape[1]):
        column, returned = frame.iloc[:, position], back.iloc[:, position]
        assert list(map(type, column)) == list(map(type, returned))
        assert_series_equal(column, decode(encode(column)), check_exact=True, check_freq=True)
    assert_index_equal(frame.index, decode(encode(frame.index)), exact=True)


# pandas itself lets nobody write into a sparse column, and takes a list for a row of values
@pytest.mark.parametrize("kind", sorted(set(FRAMES) - {"sparse", "sparse of NaN", "lists in cells"}))
def test_frame_can_be_written_to(kind: str) -> None:
    back = decode(encode(FRAMES[kind]()))
    for position in range(back.shape[1] if len(back) else 0):
        back.iloc[0, position] = back.iloc[-1, position]
        assert repr(back.iloc[0, position]) == repr(back.iloc[-1, position])


def test_nan_and_na_stay_apart() -> None:
    column = decode(encode(FRAMES["Float64 with NaN and NA"]()))["f"]
    assert column.isna().tolist() == [False, True, False]
    assert np.isnan(column[0])


def test_unused_categories_and_order_stay() -> None:
    values = decode(encode(FRAMES["ordered categorical, unused"]()))["c"].array
    assert list(values.categories) == ["lo", "mid", "hi"]
    assert values.ordered


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2024-10-27 00:30", tz="UTC").tz_convert("Europe/Berlin"),
        pd.Timestamp("1677-09-22"),
        pd.Timestamp("2024-01-01").as_unit("s"),
        pd.Timestamp("2024-01-01", tz=ZoneInfo("Asia/Dhaka")),
        pd.Timedelta("3h 7ns"),
        pd.Timedelta("-1s").as_unit("ms"),
        pd.Period("2024-03", "M"),
        pd.Period("2024", "Y-JUN"),
        pd.Interval(0, 1.5, closed="both"),
        pd.Interval(pd.Timestamp("2024"), pd.Timestamp("2025"), closed="left"),
        pd.CategoricalDtype(["b", "a"], ordered=True),
        pd.CategoricalDtype(),
        pd.DatetimeTZDtype("us", "Europe/Berlin"),
        pd.PeriodDtype("D"),
        pd.IntervalDtype("float64", "left"),
        pd.SparseDtype("int8", 3),
        pd.StringDtype("pyarrow"),
        pd.Int16Dtype(),
        pd.BooleanDtype(),
    ],
    ids=repr,
)
def test_scalars_and_dtypes(value: Any) -> None:
    back = decode(encode(value))
    assert type(back) is type(value)
    assert back == value
    assert repr(back) == repr(value)
    assert getattr(back, "unit", None) == getattr(value, "unit", None)


@pytest.mark.parametrize("value", [pd.NaT, pd.NA], ids=repr)
def test_missing_values_are_the_same_objects(value: Any) -> None:
    assert decode(encode([value]))[0] is value


@pytest.mark.parametrize(
    "kind", ["Int64", "categorical", "string", "period", "interval", "sparse", "time zone by name", "boolean"]
)
def test_extension_arrays_by_themselves(kind: str) -> None:
    values = FRAMES[kind]().iloc[:, 0].array
    back = decode(encode(values))
    assert type(back) is type(values)
    assert_series_equal(pd.Series(values), pd.Series(back))


def test_dtypes_of_a_frame_are_a_series_of_data() -> None:
    dtypes = FRAMES["named index and columns"]().dtypes
    assert_series_equal(dtypes, decode(encode(dtypes)))


def test_long_series_and_index_are_quick_and_exact() -> None:
    series = pd.Series(np.random.default_rng(1).normal(size=50_000), name=("a", 1))
    back = decode(encode(series))
    assert_series_equal(series, back, check_exact=True)
    assert back.name == ("a", 1)
