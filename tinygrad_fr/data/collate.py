"""Rows put together to a batch: what ``torch.utils.data.default_collate`` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_fr.errors import DataError, DtypeError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shapes import joining


def default_convert(data: Any) -> Any:
    """A row that is read alone: arrays become tensors, also in lists and dictionaries; everything else stays as it is.

    Example:
        >>> default_convert((np.ones(2), 3, "a"))
        [tensor([1., 1.], dtype=torch.float64), 3, 'a']
    """
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind in "biuf":
        return tensor(data)
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, Mapping):
        return {key: default_convert(part) for key, part in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    return [default_convert(part) for part in data] if isinstance(data, Sequence) else data


def default_collate(batch: Sequence[Any]) -> Any:
    """A batch of rows: tensors and arrays stacked, numbers as a tensor, the parts of tuples and dictionaries each by itself.

    Raises:
        DtypeError: rows of a type that makes no batch.

    Example:
        >>> default_collate([(1.0, "a"), (2.0, "b")])
        [tensor([1., 2.], dtype=torch.float64), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return joining.stack(list(batch))
    if isinstance(first, np.ndarray | np.generic):
        return tensor(np.stack([np.asarray(each) for each in batch]))
    if isinstance(first, float):
        return tensor(np.array(batch, np.float64))
    if isinstance(first, int):
        return tensor(np.array(batch))
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([each[key] for each in batch]) for key in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(part) for part in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(each) != len(first) for each in batch):
            raise DataError(_("default_collate: expected rows of one length; give a collate_fn"))
        return [default_collate(part) for part in zip(*batch, strict=True)]
    raise DtypeError(
        _("default_collate: expected tensors, arrays, numbers, texts or lists of these, got {found}").format(
            found=type(first).__name__
        )
    )
