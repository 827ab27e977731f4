"""Several results of one operation, under the names that PyTorch gives them."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# What PyTorch calls the results of operations whose own name is another.
CALLED = {
    "max_along": "max", "min_along": "min", "median_along": "median", "eigh_lower": "linalg_eigh", "svd_thin": "linalg_svd",
    "qr_tall": "linalg_qr", "slogdet": "linalg_slogdet",
}  # fmt: skip


def named(name: str, *fields: str) -> Callable[[Any], Any]:
    """Several results under names, as PyTorch's: a tuple all the same.

    Example:
        >>> found = named("max", "values", "indices")((3.0, 1))
        >>> found.indices, found
        (1, torch.return_types.max(
        values=3.0,
        indices=1))
    """
    factory: Any = namedtuple  # the checker wants names that it can read

    def written(self: Any) -> str:
        inside = ",\n".join(f"{field}={value!r}" for field, value in zip(fields, self, strict=True))
        return f"torch.return_types.{name}(\n{inside})"

    kind = type(name, (factory(name, fields),), {"__slots__": (), "__repr__": written})
    make: Callable[[Any], Any] = kind._make  # type: ignore[attr-defined]
    return make


def several(operation: str, fields: tuple[str, ...]) -> Callable[[Any], Any]:
    """What makes the results of an operation a tuple, with names where there are some."""
    return named(CALLED.get(operation, operation), *fields) if fields else tuple
