"""torch's tensors cross as arrays. Nothing here imports torch: a side without it gets the arrays."""

import sys
from typing import Any

import numpy as np

from .arrays import read_array
from .limits import Malformed, NotData
from .reader import Read, Reader
from .wire import Tag
from .writer import Write, Writer


def _write_tensor(w: Writer, value: Any) -> None:
    torch = sys.modules["torch"]
    if value.device.type != "cpu" or value.layout is not torch.strided or value.is_quantized:
        raise NotData("Tensor that is not dense and in main memory")
    dense = value.detach().resolve_conj().resolve_neg()
    half = dense.dtype is torch.bfloat16  # NumPy has no such type
    try:
        array = (dense.view(torch.int16) if half else dense).numpy()
    except (TypeError, RuntimeError) as error:
        raise NotData(f"Tensor of {value.dtype}") from error
    w.tokens += (half, bool(value.requires_grad))
    w.value(array)


def _read_tensor(r: Reader) -> Any:
    half, grad = r.flag(), r.flag()
    array = read_array(r)
    if array.dtype.kind not in "biufc" or half and array.dtype != np.int16 or not array.dtype.isnative:
        raise Malformed("not a tensor")
    torch = sys.modules.get("torch")
    if torch is None:
        return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32) if half else array
    tensor = torch.from_numpy(array)
    if half:
        tensor = tensor.view(torch.bfloat16)
    return tensor.requires_grad_() if grad else tensor


def _read_size(r: Reader) -> Any:
    sizes = r.items()
    if any(type(size) is not int or not 0 <= size < 2**63 for size in sizes):
        raise Malformed("not a size")
    torch = sys.modules.get("torch")
    return tuple(sizes) if torch is None else torch.Size(sizes)


def _write_size(w: Writer, value: Any) -> None:
    w.items(tuple(value))


READ: dict[Tag, Read] = {Tag.TENSOR: _read_tensor, Tag.TENSOR_SIZE: _read_size}


def late(kind: type) -> tuple[Tag, Write] | None:
    """torch's types, once something else has imported torch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if kind is getattr(torch, "Tensor", None):
        return Tag.TENSOR, _write_tensor
    if kind is getattr(torch, "Size", None):
        return Tag.TENSOR_SIZE, _write_size
    return None
