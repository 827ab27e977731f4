"""``save`` and ``load``: tensors in lists, dictionaries and numbers, in one file that holds no program.

What :func:`save` writes is a safetensors file, whose header says in JSON how the tensors lie in lists and dictionaries. What
PyTorch's ``torch.save`` wrote is read too: its pickle is read with a list of the few names that tensors need, as PyTorch's own
``weights_only`` does, so that no code of the file runs.
"""

from __future__ import annotations

import copy
import io
import json
import math
import pickle
import pickletools
import uuid
import warnings
import zipfile
from collections import OrderedDict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as unpacked
from safetensors.numpy import save as packed

from tinygrad_fr import files
from tinygrad_fr.devices.layout import order_of
from tinygrad_fr.errors import DataError, TinygradError, UsageError
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.source.site import caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRUCTURE = "tinygrad_fr"  # the key of the header under which the structure stands
DEEPEST = 100  # lists in lists
PLAIN = (str, int, float, bool, type(None))
KEPT = 8  # whole modules that were saved, which this process can give back
_wholes: OrderedDict[str, Module] = OrderedDict()  # by a word that their files hold too


def save(
    obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2, _use_new_zipfile_serialization: bool = True
) -> None:
    """Write tensors, numbers, texts, and lists and dictionaries of these.

    A whole module is program as well as numbers, and no program is written: this process alone can give it back, with
    ``load(…, weights_only=False)``, as long as it is one of the last eight that were saved. Its ``state_dict()`` is for other processes.

    Args:
        obj: what to keep: a ``state_dict()``, or a dictionary of several with numbers beside them.
        f: a path, or a file open for writing bytes.
        pickle_module, pickle_protocol: accepted for PyTorch's sake: nothing is pickled.

    Raises:
        UsageError: it holds something that is neither.

    Example:
        >>> import io
        >>> import tinygrad_fr as tg
        >>> file = io.BytesIO()
        >>> tg.save({"epoch": 3, "weights": [tg.tensor([1.0, 2.0])]}, file)
        >>> _start = file.seek(0)
        >>> tg.load(file)
        {'epoch': 3, 'weights': [tensor([1., 2.])]}
    """
    arrays: dict[str, Any] = {}
    text = json.dumps(_described(obj, arrays, "", 0))
    content = packed(arrays, metadata={STRUCTURE: text})
    if hasattr(f, "write"):
        f.write(content)
    else:
        files.write(Path(f), content)


def load(
    f: Any, map_location: Any = None, pickle_module: Any = None, *, weights_only: bool = True, mmap: bool | None = None
) -> Any:
    """Read what :func:`save`, or PyTorch's ``torch.save``, wrote.

    Args:
        f: a path, or a file open for reading bytes.
        map_location: accepted for PyTorch's sake: there is one device.
        pickle_module, mmap: accepted for PyTorch's sake: nothing is pickled, and a file is read whole.
        weights_only: False lets this process give back a whole module that it saved; no code of a file is ever run.

    Raises:
        DataError: the file cannot be read, or holds something else than tensors in lists and dictionaries.

    Example:
        >>> import io
        >>> import tinygrad_fr as tg
        >>> layer, file = tg.nn.Linear(2, 1), io.BytesIO()
        >>> tg.save(layer.state_dict(), file)
        >>> _start = file.seek(0)
        >>> list(tg.load(file))
        ['weight', 'bias']
    """
    name = str(getattr(f, "name", "…")) if hasattr(f, "read") else str(f)
    content = f.read() if hasattr(f, "read") else files.read(Path(f))
    if content[:4] == b"PK\x03\x04":
        return _of_torch(content, name)
    return _of_ours(content, name, whole=not weights_only)


# Ours


def _described(x: Any, arrays: dict[str, Any], path: str, depth: int) -> Any:
    """The structure as JSON; arrays go beside it under the paths that lead to them."""
    if depth > DEEPEST:
        raise UsageError(_("save: expected at most {most} levels of lists, at {path}").format(most=DEEPEST, path=path))
    if isinstance(x, Tensor | np.ndarray):
        key = path or "value"
        array = x.current.value if isinstance(x, Tensor) else x
        arrays[key] = np.ascontiguousarray(array).reshape(array.shape)
        kind = "parameter" if isinstance(x, Parameter) else "tensor" if isinstance(x, Tensor) else "array"
        told: dict[str, Any] = {kind: key, "requires_grad": bool(isinstance(x, Tensor) and x.requires_grad)}
        if own := getattr(x, "__dict__", None):  # attributes that people put on it
            told["attributes"] = _described(own, arrays, _under(path, "__dict__"), depth + 1)
        return told if array.flags.c_contiguous else {**told, "order": order_of(array.shape, array.strides)}
    if isinstance(x, Scalar):
        return {"scalar": x.data}
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float) and not math.isfinite(x):
        return {"float": repr(x)}
    if type(x) in PLAIN:
        return x
    if isinstance(x, dict):
        items = [
            [_described(key, arrays, path, depth + 1), _described(value, arrays, _under(path, key), depth + 1)]
            for key, value in x.items()
        ]
        return {"ordered" if isinstance(x, OrderedDict) else "dict": items}
    if isinstance(x, list | tuple):
        items = [_described(value, arrays, _under(path, i), depth + 1) for i, value in enumerate(x)]
        return {"tuple" if isinstance(x, tuple) else "list": items}
    if isinstance(x, Module):
        warnings.warn(
            _(
                "save: the file gives the whole {kind} back to this process alone; save its state_dict() to load it later ({where})"
            ).format(kind=type(x).__name__, where=caller().where),
            stacklevel=2,
        )
        word = uuid.uuid4().hex
        _wholes[word] = _whole_copy(x)
        while len(_wholes) > KEPT:
            _wholes.popitem(last=False)
        return {"module": word, "kind": type(x).__name__}
    raise UsageError(
        _("save: expected tensors, numbers, texts, lists and dictionaries, got {found} at “{path}”").format(
            found=type(x).__name__, path=path
        )
    )


def _under(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


def _of_ours(content: bytes, name: str, *, whole: bool) -> Any:
    try:
        arrays = unpacked(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a type that numpy lacks
        raise DataError(
            _("{path}: expected a file of save() or of torch.save(): {cause}").format(path=name, cause=error)
        ) from None
    about = header.get("__metadata__", {}).get(STRUCTURE)
    if about is None:  # plain safetensors: weights by key
        return OrderedDict((key, tensor(value)) for key, value in arrays.items())
    try:
        return _rebuilt(json.loads(about), arrays, whole=whole)
    except TinygradError as error:
        raise DataError(f"{name}: {error}") from None
    except (KeyError, TypeError, ValueError, RecursionError, StopIteration) as error:
        raise DataError(_("{path}: its structure is damaged: {cause}").format(path=name, cause=error)) from None


def _whole(word: str, kind: str, *, whole: bool) -> Module:
    """A whole module that this process saved."""
    if not whole:
        raise DataError(
            _("it holds a whole {kind}, and not weights alone: load(…, weights_only=False) gives it back").format(
                kind=kind
            )
        )
    if word not in _wholes:
        raise DataError(
            _(
                "it holds a whole {kind}, whose program is in no file: save its state_dict(), and load it with load_state_dict()"
            ).format(kind=kind)
        )
    return _whole_copy(_wholes[word])


def _whole_copy(module: Module) -> Module:
    """A copy of a module with the attributes that people put on its parameters, which a file keeps and deepcopy does not."""
    made = copy.deepcopy(module)
    for copied, parameter in zip(made.parameters(), module.parameters(), strict=True):
        for name, value in getattr(parameter, "__dict__", {}).items():
            setattr(copied, name, copy.deepcopy(value))
    return made


def _rebuilt(told: Any, arrays: dict[str, Any], *, whole: bool) -> Any:
    if not isinstance(told, dict):
        return told
    kind = next(iter(told))
    held = told[kind]
    if kind in ("dict", "ordered"):
        items = [(_rebuilt(key, arrays, whole=whole), _rebuilt(value, arrays, whole=whole)) for key, value in held]
        return OrderedDict(items) if kind == "ordered" else dict(items)
    if kind in ("list", "tuple"):
        values = [_rebuilt(value, arrays, whole=whole) for value in held]
        return tuple(values) if kind == "tuple" else values
    if kind == "module":
        return _whole(held, told["kind"], whole=whole)
    if kind == "float":
        return float(held)
    if kind == "scalar":
        return Scalar(held)
    if kind == "array":
        return arrays[held]
    if kind in ("parameter", "tensor"):
        found = _laid(arrays[held], told["order"]) if "order" in told else tensor(arrays[held])
        made = (
            Parameter(found, told["requires_grad"])
            if kind == "parameter"
            else found.requires_grad_(told["requires_grad"])
        )
        for name, value in _rebuilt(told["attributes"], arrays, whole=whole).items() if "attributes" in told else ():
            setattr(made, name, value)
        return made
    raise ValueError(kind)


# PyTorch's: a zip archive of one pickle and the bytes of its storages


class _Storage(NamedTuple):
    """The bytes of a storage, as numbers."""

    numbers: Any


_DTYPES: dict[str, Any] = {
    "DoubleStorage": np.float64, "FloatStorage": np.float32, "HalfStorage": np.float16, "LongStorage": np.int64,
    "IntStorage": np.int32, "ShortStorage": np.int16, "CharStorage": np.int8, "ByteStorage": np.uint8,
    "BoolStorage": np.bool_, "BFloat16Storage": "bfloat16",
}  # fmt: skip


class _Reader(pickle.Unpickler):
    """A pickle of tensors: it may name what is listed here, and nothing else."""

    def __init__(self, file: Any, storages: Callable[[str, Any, int], _Storage], name: str) -> None:
        super().__init__(file)
        self.storages, self.path = storages, name

    def find_class(self, module: str, name: str) -> Any:
        """One of the few names that tensors need."""
        if module == "torch" and name in _DTYPES:
            return name
        found = _NAMES.get((module, name))
        if found is None:
            raise DataError(
                _("{path}: it names {found}, which is program and not numbers; save the state_dict() instead").format(
                    path=self.path, found=f"{module}.{name}"
                )
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        """A storage by its key."""
        kind, storage, key, _location, count = pid
        if kind != "storage":
            raise DataError(_("{path}: expected a storage, got {found}").format(path=self.path, found=kind))
        return self.storages(str(key), _DTYPES[storage], int(count))


def _tensor(
    storage: _Storage, offset: int, size: Any, stride: Any, requires_grad: bool = False, *_hooks: Any
) -> Tensor:
    numbers, shape = storage.numbers, tuple(int(side) for side in size)
    strides = tuple(int(step) for step in stride)
    last = offset + sum((side - 1) * step for side, step in zip(shape, strides, strict=True)) if all(shape) else -1
    if offset < 0 or min(strides, default=0) < 0 or last >= len(numbers):
        raise ValueError("a tensor reaches outside its storage")
    if not all(shape):
        return tensor(np.zeros(shape, numbers.dtype), requires_grad=bool(requires_grad))
    steps = tuple(step * numbers.itemsize for step in strides)
    array = np.lib.stride_tricks.as_strided(numbers[offset:], shape, steps)
    return _laid(array, order_of(shape, steps)).requires_grad_(bool(requires_grad))


def _laid(array: np.ndarray[Any, Any], order: list[int]) -> Tensor:
    """A tensor of the same numbers, which lie in an order of dimensions."""
    return Tensor.wrap(np.array(array.transpose(order), order="C").transpose(np.argsort(order)))


def _parameter(data: Tensor, requires_grad: bool = True, *_hooks: Any) -> Parameter:
    return Parameter(data, bool(requires_grad))


def _device(kind: Any, *_index: Any) -> str:
    return str(kind)


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): tuple,
    ("torch", "device"): _device,
    ("builtins", "set"): set,
}  # fmt: skip


# What a damaged or hostile pickle may lead to, short of running anything.
DAMAGED = (
    pickle.UnpicklingError, zipfile.BadZipFile, StopIteration, LookupError, ValueError, TypeError, AttributeError, EOFError,
    ArithmeticError, RecursionError, MemoryError, NotImplementedError, TinygradError,
)  # fmt: skip


def bounded_pickle(content: bytes) -> bytes:
    """A pickle whose numbers of memos are no larger than itself: Python makes room for as many as it names.

    Raises:
        ValueError: it is damaged.

    Example:
        >>> bounded_pickle(pickle.dumps([1, 2])) == pickle.dumps([1, 2])
        True
        >>> bounded_pickle(b"K\\x01r\\xff\\xff\\xff\\x0f.")
        Traceback (most recent call last):
        ...
        ValueError: its pickle names 268435455 memos in 8 bytes
    """
    for operation, told, _place in pickletools.genops(content):
        if operation.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(told or 0) > len(content):
            raise ValueError(f"its pickle names {told} memos in {len(content)} bytes")
    return content


def _of_torch(content: bytes, name: str) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = next(entry for entry in archive.namelist() if entry.endswith("data.pkl"))[: -len("data.pkl")]

            def storage(key: str, dtype: Any, count: int) -> _Storage:
                entry = archive.getinfo(f"{root}data/{key}")
                width = 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize
                if entry.file_size != entry.compress_size or entry.file_size < count * width:
                    raise ValueError(f"storage {key} does not hold {count} numbers")
                held = archive.read(entry)
                if dtype == "bfloat16":  # the upper half of a float32: the same numbers
                    bits = np.frombuffer(held, np.uint16, count).astype(np.uint32) << 16
                    return _Storage(bits.view(np.float32))
                return _Storage(np.frombuffer(held, dtype, count))

            entry = archive.getinfo(f"{root}data.pkl")
            if entry.file_size != entry.compress_size:
                raise ValueError("its pickle is compressed, which torch.save never does")
            return _Reader(io.BytesIO(bounded_pickle(archive.read(entry))), storage, name).load()
    except DataError:
        raise
    except DAMAGED as error:
        raise DataError(_("{path}: expected a file of torch.save(): {cause}").format(path=name, cause=error)) from None


@contextmanager
def safe_globals(safe_globals: Any) -> Iterator[None]:
    """Accepted for PyTorch's sake: :func:`load` runs no code of a file, whatever is listed.

    Example:
        >>> from tinygrad_fr import serialization
        >>> with serialization.safe_globals([dict]):
        ...     pass
    """
    yield


def add_safe_globals(safe_globals: Any) -> None:
    """Accepted for PyTorch's sake: :func:`load` runs no code of a file, whatever is listed.

    Example:
        >>> from tinygrad_fr import serialization
        >>> serialization.add_safe_globals([dict])
    """
