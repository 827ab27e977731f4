"""Types of elements as lessons see them: numpy's, under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.naming import Named


class dtype(Named):  # noqa: N801 - PyTorch's name
    """A type of elements. It equals numpy's, may stand wherever numpy expects one, and has what numpy's has.

    Attributes:
        dtype: numpy's own, which numpy asks for under this name.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.float32, tg.float32.is_floating_point, tg.float32.itemsize
        (torch.float32, True, 4)
        >>> tg.zeros(2).dtype == np.float32, np.zeros(2, tg.float32).dtype.name
        (True, 'float32')
    """

    __slots__ = ("dtype",)
    dtype: np.dtype[Any]

    def __init__(self, kind: Any) -> None:
        self.dtype = np.dtype(kind)

    @property
    def is_floating_point(self) -> bool:
        """Whether the elements are floats."""
        return self.dtype.kind == "f"

    @property
    def is_complex(self) -> bool:
        """Whether the elements are complex."""
        return self.dtype.kind == "c"

    @property
    def is_signed(self) -> bool:
        """Whether the elements have a sign."""
        return self.dtype.kind in "ifc"

    def to_real(self) -> Any:
        """The type itself: no complex elements are here."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "dtype":
            raise AttributeError(name)
        return getattr(self.dtype, name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dtype):
            return self.dtype == other.dtype
        try:
            return other is not None and bool(self.dtype == other)  # numpy takes None for float64
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"torch.{self.dtype.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return shown, (self.dtype,)


SHOWN = {
    np.dtype(name): dtype(name)
    for name in (
        "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64",
    )
}  # fmt: skip


# The kinds of tensors of before there were dtypes: torch.FloatTensor and its kin.
LEGACY = {
    "float32": "Float", "float64": "Double", "float16": "Half", "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char",
    "uint8": "Byte", "bool": "Bool",
}  # fmt: skip


def shown(kind: Any) -> dtype:
    """The type as lessons see it: one object for each, so that ``is`` works.

    Example:
        >>> shown(np.dtype("int64")) is shown("int64")
        True
    """
    found = SHOWN.get(kind)
    # The order of the bytes is no part of a type of PyTorch's.
    return SHOWN[np.dtype(kind).newbyteorder("=")] if found is None else found
