"""Safetensors files with numpy alone: eight bytes with the header's length, a header in JSON, the numbers."""

import json
import os
import struct

import numpy as np

_TYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16,
    "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8,
    "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8, "BOOL": np.bool_,
}
_NAMES = {np.dtype(numpy): name for name, numpy in _TYPES.items()}


def load(path):
    """Reads a file.

    Returns (tensors, metadata): arrays by name, and strings by name. The arrays share one buffer.
    """
    data = np.fromfile(path, np.uint8)
    if data.size < 8:
        raise ValueError(f"Found {data.size} bytes in '{path}', expected a safetensors file.")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    if length > data.size - 8:
        raise ValueError(f"Found a header of {length} bytes in '{path}', expected at most {data.size - 8}; it is cut short.")
    header = json.loads(data[8:8 + length].tobytes())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in _TYPES:
            raise ValueError(f"Found type {entry['dtype']} of '{name}' in '{path}', expected one of {', '.join(_TYPES)}.")
        begin, end = entry["data_offsets"]
        numbers = data[8 + length + begin:8 + length + end]
        dtype = np.dtype(_TYPES[entry["dtype"]])
        aligned = numbers.view(dtype) if (numbers.ctypes.data % dtype.alignment) == 0 else numbers.copy().view(dtype)
        tensors[name] = aligned.reshape(entry["shape"])
    return tensors, metadata


def save(path, tensors, metadata=None):
    """Writes arrays by name, and strings by name, to a file, which is whole or not there."""
    arrays = {}
    for name, values in tensors.items():
        array = np.asarray(values)
        if array.dtype not in _NAMES:
            raise TypeError(f"Found numbers of type {array.dtype} as '{name}', expected one of {', '.join(str(d) for d in _NAMES)}.")
        arrays[name] = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    header, offset = ({"__metadata__": dict(metadata)} if metadata else {}), 0
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    for name, array in ordered:
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "wb") as file:
            file.write(struct.pack("<Q", len(head)))
            file.write(head)
            for _, array in ordered:
                file.write(array.tobytes())
        os.replace(partial, path)
    except BaseException:
        if os.path.exists(partial):
            os.remove(partial)
        raise
