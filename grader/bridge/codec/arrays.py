"""NumPy: arrays, scalars, dtypes, masked arrays; and SciPy's sparse matrices."""

import math
import re
import sys
from typing import Any

import numpy as np

from .limits import Malformed, NotData, Unwelcome
from .reader import Read, Reader
from .wire import EXT, Tag
from .writer import Kinds, Write, Writer

# No multiple of zero: NumPy divides by it, and the process is gone.
_SIMPLE = re.compile(
    r"[<>|](b1|i[1248]|u[1248]|f2|f4|f8|f16|c8|c16|c32|[SUV][0-9]{1,7}"
    r"|[mM]8(\[([1-9][0-9]{0,3})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)"
)
_MOST_BYTES = 2**24  # of one element
_SPARSE = ("csr_matrix", "csc_matrix", "csr_array", "csc_array")


def write_dtype(w: Writer, dtype: np.dtype[Any]) -> None:
    """Write a dtype: a text if simple, else its fields; raises NotData on objects inside a structure."""
    if dtype.names is not None and dtype.fields is not None:
        w.tokens += (EXT[Tag.STRUCT], len(dtype.names), dtype.itemsize)
        for name in dtype.names:
            field = dtype.fields[name]
            w.tokens += (name, field[1])
            if field[0].hasobject:
                raise NotData("structured dtype with objects")
            write_dtype(w, field[0])
    elif dtype.subdtype is not None:
        base, shape = dtype.subdtype
        w.tokens += (EXT[Tag.SUBARRAY], len(shape), *shape)
        write_dtype(w, base)
    elif dtype.kind == "O" or _SIMPLE.fullmatch(dtype.str):
        w.tokens.append("O" if dtype.kind == "O" else dtype.str)
    else:
        raise NotData(f"dtype {dtype}")


def read_dtype(r: Reader, level: int = 0) -> np.dtype[Any]:
    """A dtype of checked parts; "O" only by itself, never inside a structure."""
    if level > 8:
        raise Malformed("a dtype too deep")
    token = r.peek()
    if token is Tag.STRUCT:
        r.skip()
        return _read_struct(r, level)
    if token is Tag.SUBARRAY:
        r.skip()
        shape = tuple(r.integer(0, 2**16) for _ in range(r.integer(1, 8)))
        base = read_dtype(r, level + 1)
        if base.kind == "O" or math.prod(shape) * base.itemsize > _MOST_BYTES:
            raise Malformed("a dtype too large")
        return np.dtype((base, shape))
    text = r.text()
    if text == "O":
        return np.dtype(object)
    if not _SIMPLE.fullmatch(text):
        raise Malformed("not a dtype")
    dtype = np.dtype(text)
    if dtype.str != text or dtype.itemsize > _MOST_BYTES:
        raise Malformed("not a dtype")
    return dtype


def _read_struct(r: Reader, level: int) -> np.dtype[Any]:
    count, itemsize = r.integer(0, 1000), r.integer(0, _MOST_BYTES)
    names: list[str] = []
    formats: list[np.dtype[Any]] = []
    offsets: list[int] = []
    for _ in range(count):
        names.append(r.text())
        offsets.append(r.integer(0, itemsize))
        formats.append(read_dtype(r, level + 1))
        if formats[-1].hasobject or offsets[-1] + formats[-1].itemsize > itemsize:
            raise Malformed("a field outside its structure")
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": itemsize})


def _write_array(w: Writer, array: np.ndarray[Any, Any]) -> None:
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    write_dtype(w, array.dtype)
    w.tokens += (array.ndim, *array.shape, fortran)
    flat = (array.T if fortran else array).reshape(-1)
    if array.dtype.kind == "O":
        w.items(flat.tolist())
    elif flat.size and array.dtype.itemsize:
        # a view of bytes, because dates and structures do not lend their memory otherwise
        w.buffer(np.ascontiguousarray(flat).view(np.uint8).data)


def _read_array(r: Reader) -> np.ndarray[Any, Any]:
    dtype = read_dtype(r)
    if dtype.subdtype is not None:
        raise Malformed("an array of arrays")
    shape = tuple(r.integer(0, 2**48) for _ in range(r.integer(0, 64)))
    order: Any = "F" if r.flag() else "C"
    count = math.prod(shape)
    if dtype.kind == "O":
        items = r.items()
        if len(items) != count:
            raise Malformed("shape and items do not fit")
        flat = np.fromiter(items, dtype=object, count=count)
        return flat if len(shape) == 1 else flat.reshape(shape, order=order)
    if dtype.itemsize == 0 or count == 0:
        if math.prod(side for side in shape if side) > r.limits.items:  # nothing in it, and yet many rows to go through
            raise Malformed("an array too large")
        return np.zeros(shape, dtype, order=order)
    memory = r.buffer(count * dtype.itemsize)
    array: np.ndarray[Any, Any] = np.ndarray(shape, dtype, memory, order=order).copy(order="K")
    _check(array)
    return array


def _check(array: np.ndarray[Any, Any]) -> None:
    """Raise Malformed on memory that no value has: such truth values and letters fail far away from here."""
    dtype = array.dtype
    if dtype.names is not None:
        for name in dtype.names:
            _check(array[name])
    elif not array.size:
        return
    elif dtype.kind == "b":
        if array.view(np.uint8).max() > 1:
            raise Malformed("a truth value that is neither")
    elif dtype.kind == "U" and dtype.itemsize:
        letters = np.ascontiguousarray(array).reshape(-1).view(np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        if letters.max() > sys.maxunicode:
            raise Malformed("a letter outside Unicode")


def read_array(r: Reader) -> np.ndarray[Any, Any]:
    """A value that must be an array."""
    array: np.ndarray[Any, Any] = r.of(np.ndarray)
    return array


def _write_scalar(w: Writer, value: Any) -> None:
    write_dtype(w, value.dtype)
    w.tokens.append(np.asarray(value).tobytes())


def _read_scalar(r: Reader) -> Any:
    dtype = read_dtype(r)
    memory = r.of(bytes)
    if dtype.kind == "O" or dtype.kind in "SU" or dtype.subdtype or len(memory) != dtype.itemsize or not memory:
        raise Malformed("not a scalar")
    array = np.frombuffer(memory, dtype).copy()
    _check(array)
    return array[0]


def _write_masked(w: Writer, value: Any) -> None:
    w.value(value.data if type(value.data) is np.ndarray else np.asarray(value.data))
    w.value(None if value.mask is np.ma.nomask else np.asarray(value.mask))
    w.value(None if value.dtype.kind == "O" else np.asarray(value.fill_value, value.dtype))


def _read_masked(r: Reader) -> Any:
    if not r.limits.masked:
        raise Unwelcome("a masked array")
    data, mask, fill = read_array(r), r.of(np.ndarray, type(None)), r.of(np.ndarray, type(None))
    if mask is not None and mask.shape != data.shape or fill is not None and fill.shape != ():
        raise Malformed("a mask of another shape")
    if mask is not None and data.dtype.names is None and mask.dtype != bool:
        raise Malformed("a mask that is none")
    if fill is not None and fill.dtype != data.dtype:
        raise Malformed("a fill value of another kind")
    masked = np.ma.MaskedArray(data, mask=np.ma.nomask if mask is None else mask)
    if fill is not None:
        masked.fill_value = fill[()]
    return masked


def _write_sparse(w: Writer, value: Any) -> None:
    w.tokens += (type(value).__name__, *map(int, value.shape))
    for part in (value.data, value.indices, value.indptr):
        w.value(part)


def _read_sparse(r: Reader) -> Any:
    name, rows, columns = r.text(), r.integer(0, 2**31 - 1), r.integer(0, 2**31 - 1)
    parts = [read_array(r) for _ in range(3)]
    if name not in _SPARSE or any(part.ndim != 1 or part.dtype.kind not in "biufc" for part in parts):
        raise Malformed("not a sparse matrix")
    if any(part.dtype.str[1:] not in ("i4", "i8") for part in parts[1:]):
        raise Malformed("not a sparse matrix")
    import scipy.sparse

    matrix = getattr(scipy.sparse, name)(tuple(parts), shape=(rows, columns))
    matrix.check_format(full_check=True)
    return matrix


def _write_text(w: Writer, value: Any) -> None:
    w.tokens.append(str.__str__(value))  # NumPy's own str() drops zeros at the end


def _write_bytes(w: Writer, value: Any) -> None:
    w.tokens.append(bytes(value))


def _write_nothing(w: Writer, value: Any) -> None:
    pass


_SCALARS: dict[type, tuple[Tag, Write]] = {
    kind: (Tag.SCALAR, _write_scalar) for kind in np.sctypeDict.values() if kind is not np.object_
}

WRITE: Kinds = {
    **_SCALARS,
    np.str_: (Tag.NUMPY_STR, _write_text),
    np.bytes_: (Tag.NUMPY_BYTES, _write_bytes),
    np.ndarray: (Tag.ARRAY, _write_array),
    np.memmap: (Tag.ARRAY, _write_array),  # what np.load gives of a file it maps: the same numbers, kept elsewhere
    np.ma.MaskedArray: (Tag.MASKED, _write_masked),
    type(np.ma.masked): (Tag.MASKED_CONSTANT, _write_nothing),
}


def _read_masked_constant(r: Reader) -> Any:
    if not r.limits.masked:
        raise Unwelcome("a masked value")
    return np.ma.masked


READ: dict[Tag, Read] = {
    Tag.SCALAR: _read_scalar,
    Tag.NUMPY_STR: lambda r: np.str_(r.of(str)),
    Tag.NUMPY_BYTES: lambda r: np.bytes_(r.of(bytes)),
    Tag.DTYPE: read_dtype,
    Tag.ARRAY: _read_array,
    Tag.MASKED: _read_masked,
    Tag.MASKED_CONSTANT: _read_masked_constant,
    Tag.SPARSE_MATRIX: _read_sparse,
}


def late(kind: type) -> tuple[Tag, Write] | None:
    """NumPy has a class per dtype; SciPy may not be imported."""
    if issubclass(kind, np.dtype):
        return Tag.DTYPE, write_dtype
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and any(kind is getattr(sparse, name, None) for name in _SPARSE):
        return Tag.SPARSE_MATRIX, _write_sparse
    return None
