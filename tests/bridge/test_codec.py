"""Plain data, arrays, sharing and refusals."""

import collections
import datetime as dt
import enum
import math
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.bridge.codec import MAX_DEPTH, DecodeLimits, Malformed, NotData, decode, encode


def there_and_back(value: Any) -> Any:
    return decode(encode(value))


PLAIN: list[Any] = [
    None,
    True,
    False,
    0,
    -(2**63),
    2**64 - 1,
    2**64,
    -(2**63) - 1,
    10**4000,
    -(10**400),
    0.1,
    math.inf,
    -math.inf,
    1 + 2j,
    "",
    "naïve \U0001f9ea",
    "\ud800 alone",
    "nul\0",
    b"",
    b"\x00\xff",
    bytearray(b"abc"),
    [],
    [1, [2, [3]]],
    [1, 2**70, None, "x", b"y", 1.5, True],
    (),
    (1, ("a",)),
    {},
    {"a": 1, 2: "b", (1, 2): [3], None: None, 1.5: {}, b"k": set()},
    {True: "yes"},
    set(),
    {1, "a", (2, 3)},
    frozenset({1, frozenset({2})}),
    range(0),
    range(10, 0, -3),
    range(5_000_000),
    range(2**100, 2**101, 2**99),
    slice(None, 5, 2),
    ...,
    OrderedDict(b=1, a=2),
    Counter("abca"),
    defaultdict(None, {"a": 1}),
    deque([1, 2], maxlen=4),
    deque(),
    dt.date(2024, 2, 29),
    dt.date.min,
    dt.time(23, 59, 59, 999_999),
    dt.time(1, tzinfo=dt.UTC),
    dt.datetime(2024, 10, 27, 2, 30, fold=1),
    dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    dt.datetime.max,
    dt.timedelta(days=-1, microseconds=1),
    dt.timedelta.max,
    dt.UTC,
    dt.timezone(dt.timedelta(hours=-3, minutes=-30), "NST"),
    ZoneInfo("Asia/Dhaka"),
    Decimal("1.10"),
    Decimal("-Infinity"),
    Decimal("1E+400"),
    Fraction(-3, 7),
    UUID(int=2**127),
    PurePosixPath("a/../b"),
    PureWindowsPath("C:/x"),
    int,
    np.float32,
    type(None),
]


def _name(value: Any) -> str:
    """The same in every process, whose sets are in orders of their own."""
    text = f"set {sorted(map(repr, value))}" if isinstance(value, set | frozenset) else repr(value)
    return text[:40].encode("ascii", "backslashreplace").decode()


@pytest.mark.parametrize("value", PLAIN, ids=_name)
def test_plain_value_comes_back(value: Any) -> None:
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back == value
    if isinstance(value, dict):
        assert list(back) == list(value)
        assert list(map(type, back)) == list(map(type, value))


def test_what_equality_does_not_see() -> None:
    assert math.isnan(there_and_back(math.nan))
    assert math.copysign(1, there_and_back(-0.0)) == -1
    assert there_and_back(deque([1], maxlen=3)).maxlen == 3
    assert there_and_back(dt.datetime(2024, 10, 27, 2, 30, fold=1)).fold == 1
    assert there_and_back(dt.UTC) is dt.UTC
    assert list(map(type, there_and_back([1, True, 1.0]))) == [int, bool, float]
    assert str(there_and_back(Decimal("1.10"))) == "1.10"
    assert there_and_back(Decimal("sNaN")).is_snan()


def test_a_path_can_be_opened_only_on_the_side_that_asks_for_it() -> None:
    data = encode(Path("data/readings.csv"))
    assert not isinstance(decode(data), Path)
    assert decode(data).as_posix() == "data/readings.csv"
    assert decode(data, concrete_paths=True) == Path("data/readings.csv")


_ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.binary()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.uuids()
)
_KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.tuples(st.integers(), st.text())
_VALUES = st.recursive(
    _ATOMS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(_KEYS, inner)
        | st.lists(inner).map(deque)
        | st.sets(_KEYS)
        | st.frozensets(_KEYS)
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(_VALUES)
def test_any_plain_data_comes_back(value: Any) -> None:
    back = there_and_back(value)
    assert type(back) is type(value)
    assert sorted(repr(back)) == sorted(repr(value))  # NaN is not equal, sets have no order


ARRAYS: dict[str, Any] = {
    **{f"zeros of {kind}": np.zeros(3, kind) for kind in ("?", "i1", "u2", "i4", "u8", "f2", "f4", "g", "F", "D", "G")},
    "big-endian": np.array([1, 2], ">i4"),
    "0-d": np.array(5.0),
    "empty": np.empty((0, 3)),
    "three dimensions": np.arange(24).reshape(2, 3, 4),
    "Fortran order": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "not contiguous": np.arange(20).reshape(4, 5)[::2, ::-1],
    "dates": np.array(["2024-01-01", "NaT"], "M8[D]"),
    "moments": np.array([1, 2], "M8[25ns]"),
    "no unit": np.array([1, 2], "m8"),
    "text": np.array(["a", "üb", ""]),
    "bytes": np.array([b"a", b"bc"]),
    "raw": np.array([b"ab"], "V2"),
    "objects": np.array([1, None, "x", 2.5, (1, 2)], dtype=object),
    "lists as objects": np.fromiter([[1, 2], [3, 4]], dtype=object),
    "objects in a grid": np.array([[1, "a"], [None, 2**80]], dtype=object),
    "structure": np.array([(1, 2.5, "x")], [("a", "i4"), ("b", "f8"), ("c", "U3")]),
    "nested structure": np.zeros(2, [("a", [("x", "i2"), ("t", "M8[s]")]), ("m", "f4", (2, 2))]),
    "aligned structure": np.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "read-only": np.broadcast_to(np.arange(3), (2, 3)),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_array_comes_back(kind: str) -> None:
    array = ARRAYS[kind]
    back = there_and_back(array)
    assert type(back) is np.ndarray
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert repr(back.tolist()) == repr(array.tolist())
    assert back.flags.writeable
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        assert back.flags.f_contiguous


@pytest.mark.parametrize(
    "value",
    [np.float64(0.1), np.float32(0.1), np.int8(-3), np.bool_(True), np.complex64(1j), np.longdouble("0.1")]
    + [np.datetime64("2024-02-29"), np.timedelta64(3, "h"), np.str_("a\0"), np.str_(""), np.bytes_(b"x")]
    + [
        np.zeros(1, "i4,f8")[0],
        np.dtype("f8"),
        np.dtype("M8[us]"),
        np.dtype([("a", "U3")]),
        np.dtype(object),
    ],
    ids=repr,
)
def test_numpy_scalar_or_dtype_comes_back(value: Any) -> None:
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back == value
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


def test_a_mapped_file_comes_back_as_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    came = decode(encode(mapped))
    assert type(mapped) is np.memmap
    assert type(came) is np.ndarray
    assert came.tolist() == mapped.tolist()


def test_masked_array_stays_masked() -> None:
    array = np.ma.MaskedArray([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-1)
    back = there_and_back(array)
    assert type(back) is np.ma.MaskedArray
    assert back.tolist() == [1.0, None, 3.0]
    assert back.fill_value == -1
    assert there_and_back(np.ma.masked) is np.ma.masked


def test_sparse_matrix_comes_back() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    for name in ("csr_matrix", "csc_array"):
        matrix = getattr(sparse, name)([[0, 1.5], [2, 0]])
        back = there_and_back(matrix)
        assert type(back) is type(matrix)
        assert (back != matrix).nnz == 0


def test_tensor_comes_back_where_torch_is_and_as_an_array_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    tensors = [
        torch.arange(6.0).reshape(2, 3),
        torch.tensor(3),
        torch.ones(2).bool(),
        torch.ones(2).bfloat16(),
    ]
    for tensor in [*tensors, torch.arange(6).reshape(2, 3).T, torch.ones(2, requires_grad=True)]:
        back = there_and_back(tensor)
        assert torch.equal(back, tensor)
        assert (back.dtype, back.requires_grad) == (tensor.dtype, tensor.requires_grad)
    assert there_and_back(torch.ones(2, 3).shape) == torch.Size([2, 3])
    messages = [encode(tensor) for tensor in tensors]
    halves = encode(torch.tensor([-1.5, 2.0]).bfloat16())
    monkeypatch.delitem(sys.modules, "torch")
    assert [type(decode(message)) for message in messages] == [np.ndarray] * 4
    assert decode(halves).tolist() == [-1.5, 2.0]


# --- sharing


def test_a_value_there_twice_comes_back_as_one_object() -> None:
    row, frame, array = [1], pd.DataFrame({"a": [1]}), np.arange(3)
    back = there_and_back({"x": [row, row], "f": (frame, frame), "a": [array, array], "again": row})
    assert back["x"][0] is back["x"][1] is back["again"]
    assert back["f"][0] is back["f"][1]
    assert back["a"][0] is back["a"][1]


def test_equal_values_stay_two_objects() -> None:
    first, second = there_and_back([[1], [1]])
    assert first is not second


@pytest.mark.parametrize("members", [list("hgfedcba"), [None, 3, "a", b"b", 2.5, -1], [2**70, 5, 2**80]])
def test_equal_sets_give_equal_messages(members: list[Any]) -> None:
    crowded = set(range(-500, 500)) | set(members)
    crowded -= crowded - set(members)  # a larger table, so another order
    assert encode(crowded) == encode(set(members)) == encode(there_and_back(crowded))


def test_a_list_that_holds_itself_is_not_data() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    with pytest.raises(NotData, match="contains itself"):
        encode(loop)
    back = decode(encode(loop, lambda obj: (7, {})), lambda number, claim: ("handle", number))
    assert back == [1, ("handle", 7)]


def test_depth_has_an_end_on_both_sides() -> None:
    def nest(levels: int) -> Any:
        value: Any = 0
        for _ in range(levels):
            value = [value]
        return value

    assert there_and_back(nest(MAX_DEPTH)) == nest(MAX_DEPTH)
    for levels in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(NotData):
            encode(nest(levels))
    with pytest.raises(Malformed):
        decode(encode(nest(20)), limits=DecodeLimits(depth=10))


def test_sharing_hides_no_depth() -> None:
    chain: list[Any] = [()]
    for _ in range(MAX_DEPTH + 20):
        chain.append((chain[-1],))
    with pytest.raises(NotData):
        encode(chain)


def test_sharing_hides_no_size() -> None:
    doubled: Any = (1, 2)
    for _ in range(60):
        doubled = (doubled, doubled)
    with pytest.raises(Malformed, match="too many items"):
        decode(encode(doubled))


def test_limits_hold() -> None:
    with pytest.raises(Malformed):
        decode(encode(b"x" * 1000), limits=DecodeLimits(bytes=999))
    with pytest.raises(Malformed):
        decode(encode(list(range(1000))), limits=DecodeLimits(items=999))
    with pytest.raises(Malformed):
        decode(encode(pd.RangeIndex(2000)), limits=DecodeLimits(bytes=1000))


# --- what is no data


class Color(enum.IntEnum):
    RED = 1


class Text(str):
    pass


class Mapping(dict):  # type: ignore[type-arg]
    pass


class Frame(pd.DataFrame):
    pass


class Liar:
    __class__ = int  # type: ignore[assignment]


Pair = collections.namedtuple("Pair", "a b")

REFUSED: list[Any] = [
    Color.RED,
    Text("x"),
    Mapping(a=1),
    Frame({"a": [1]}),
    range(10**18),
    np.zeros(2).view(np.recarray),
    Liar(),
    Pair(1, 2),
    object(),
    Color,
    len,
    lambda: None,
    NotImplemented,
    defaultdict(list),
    {Pair(1, 2): 3},
    {Text("x")},
    np.array([object()], dtype=object),
    np.zeros(1, [("a", object)]),
    pd.Series([object()]),
    pd.DataFrame({"a": [1]}, index=[Text("x")]),
    pd.Index([object()]),
    pd.Series([1], name=Text("x")),
    pd.date_range("2024", periods=2, freq=pd.offsets.CustomBusinessDay(holidays=["2024-01-01"])),
]


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_it_is_not_data(value: Any) -> None:
    for wrapped in (value, [value], {"k": (value,)}):
        with pytest.raises(NotData):
            encode(wrapped)


def test_the_message_names_the_type() -> None:
    with pytest.raises(NotData, match="Color"):
        encode({"a": [Color.RED]})


# --- handles


def _to_handles(value: Any) -> tuple[bytes, list[Any]]:
    seen: list[Any] = []

    def handle(obj: Any) -> tuple[int, dict[str, Any]]:
        seen.append(obj)
        return len(seen) - 1, {"class": type(obj).__name__}

    return encode(value, handle), seen


def _from_handle(number: int, claim: dict[Any, Any]) -> Any:
    return "handle", number, claim["class"]


def test_handles_stand_inside_containers() -> None:
    model = object()
    data, seen = _to_handles({"model": model, "all": [model, (1, Color.RED)]})
    assert seen == [model, Color.RED]
    back = decode(data, _from_handle)
    assert back == {
        "model": ("handle", 0, "object"),
        "all": [("handle", 0, "object"), (1, ("handle", 1, "Color"))],
    }
    assert back["model"] is back["all"][0]


def test_handles_stand_in_cells_of_objects() -> None:
    frame = pd.DataFrame({"n": [1], "o": pd.Series([object()], dtype=object)})
    back = decode(_to_handles(frame)[0], _from_handle)
    assert back.loc[0, "o"] == ("handle", 0, "object")


@pytest.mark.parametrize("value", [*REFUSED[-4:], {Pair(1, 2): [[]]}, {Text("x")}], ids=lambda one: type(one).__name__)
def test_what_has_labels_that_are_no_data_is_one_handle(value: Any) -> None:
    data, seen = _to_handles([1, value, [2], [3]])
    assert len(seen) == 1
    assert seen[0] is value
    assert decode(data, _from_handle) == [1, ("handle", 0, type(value).__name__), [2], [3]]


def test_a_frame_with_a_foreign_column_is_one_handle() -> None:
    arrow = pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": [1], "b": pd.array([1], dtype=pd.ArrowDtype(arrow.int64()))})
    data, seen = _to_handles([frame])
    assert [type(obj) for obj in seen] == [pd.DataFrame]
    assert decode(data, _from_handle) == [("handle", 0, "DataFrame")]


def test_a_handle_where_nobody_waits_for_one_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode(_to_handles(object())[0])


def test_what_the_resolver_raises_is_malformed() -> None:
    with pytest.raises(Malformed, match="KeyError"):
        decode(encode(object(), lambda obj: (1, {})), _from_handle)
