"""PyTorch's types of elements that are not here: they can be named and compared, as a device can, and no tensor is of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DtypeError
from tinygrad_fr.locale import _
from tinygrad_fr.promotion.elements import dtype, shown


class AbsentType(dtype):
    """A type that is equal to itself alone, so that code which asks ``x.dtype in (torch.float32, torch.bfloat16)`` goes on.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.bfloat16, tg.zeros(1).dtype == tg.bfloat16, tg.complex64.is_complex
        (torch.bfloat16, False, True)
        >>> try:
        ...     tg.zeros(1, dtype=tg.bfloat16)
        ... except tg.errors.DtypeError as error:
        ...     print(error)
        torch.bfloat16: its elements are float16, float32 or float64 here: use torch.float32
    """

    __slots__ = ("_name", "itemsize")

    def __init__(self, name: str, itemsize: int) -> None:
        self._name, self.itemsize = name, itemsize

    @property
    def dtype(self) -> Any:  # type: ignore[override]
        """Numpy's type, which there is none of.

        Raises:
            DtypeError: always, with what to do instead.
        """
        raise DtypeError(f"{self}: {way(self._name)}")

    @property
    def is_floating_point(self) -> bool:
        """Whether the elements would be floats."""
        return "float" in self._name

    @property
    def is_complex(self) -> bool:
        """Whether the elements would be complex."""
        return self._name.startswith("complex")

    @property
    def is_signed(self) -> bool:
        """Whether the elements would have a sign."""
        return not self._name.startswith("quint")

    def to_real(self) -> Any:
        """The type of the parts of a complex number."""
        return shown(f"float{self.itemsize * 4}") if self.is_complex else self

    def __getattr__(self, name: str) -> Any:
        if hasattr(np.dtype, name) and not name.startswith("__"):
            return getattr(self.dtype, name)  # which says why not
        raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return absent_type, (self._name,)


ABSENT = {
    name: AbsentType(name, size)
    for size, names in {
        1: ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "qint8", "quint8"),
        2: ("bfloat16",),
        4: ("complex32", "qint32"),
        8: ("complex64",),
        16: ("complex128",),
    }.items()
    for name in names
}  # fmt: skip
ABSENT |= {"chalf": ABSENT["complex32"], "cfloat": ABSENT["complex64"], "cdouble": ABSENT["complex128"]}
globals().update(ABSENT)


def absent_type(name: str) -> AbsentType:
    """The type of a name: one object for each, so that ``is`` works.

    Example:
        >>> absent_type("cfloat") is absent_type("complex64")
        True
    """
    return ABSENT[name]


def way(name: str) -> str:
    """What to do in the place of a type that is not here.

    Example:
        >>> way("complex64")
        'numbers are real here: keep the real and the imaginary part apart'
    """
    if name.startswith("c"):
        return _("numbers are real here: keep the real and the imaginary part apart")
    if name.startswith("q"):
        return _("numbers are floats here: leave it out")
    return _("its elements are float16, float32 or float64 here: use torch.float32")
