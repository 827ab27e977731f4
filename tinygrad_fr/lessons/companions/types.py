"""``torch.types``: the names by which annotations of PyTorch's programs say numbers, sizes and devices."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import Any, TypeAlias

from tinygrad_fr.devices.device import device
from tinygrad_fr.handles.size import Size
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.promotion.elements import dtype

__all__ = ["Device", "FileLike", "Number", "Tensor"]

Number: TypeAlias = int | float | bool
Device: TypeAlias = device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | Any
_bool, _complex, _float, _int = builtins.bool, builtins.complex, builtins.float, builtins.int
_Number = (int, float, bool)
_device, _dtype = device, dtype
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
