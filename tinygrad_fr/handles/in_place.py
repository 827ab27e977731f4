"""The operations whose result can take the place of their first operand: PyTorch's name with a line under its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.ops import functional_api, registry
from tinygrad_fr.ops.definition import Elementwise

if TYPE_CHECKING:
    from collections.abc import Callable

from tinygrad_fr.handles.tensor import Tensor


def _in_place_form(name: str) -> Callable[..., Tensor]:
    operation = getattr(Tensor, name)

    def change(self: Tensor, *args: Any, **options: Any) -> Tensor:
        return self._replace(lambda me: operation(me, *(me if x is self else x for x in args), **options), *args)

    said, _heading, _example = str(operation.__doc__).partition("\n\nExample:")
    change.__name__, change.__doc__ = f"{name}_", f"In place: {said}"
    return change


# Methods that PyTorch has no form in place of.
_NOT_TORCHS = frozenset((
    "fmax", "fmin", "hardshrink", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "logaddexp", "logaddexp2", "maximum",
    "minimum", "signbit",
))  # fmt: skip
# Operations whose result can take the place of their first operand: PyTorch's name with a line under its end.
IN_PLACE = (
    *(name for name, op in registry.items() if isinstance(op, Elementwise) and op.facts.method and name not in _NOT_TORCHS),
    "add", "sub", "div", "round", "clamp", "clip", "addcmul", "addcdiv", "addmm", "addmv", "addbmm", "baddbmm", "addr",
    "masked_scatter", "scatter", "scatter_add", "scatter_reduce", "index_add", "index_reduce", "index_copy", "index_put", "put", "cumsum",
    "cumprod", "tril", "triu", "nan_to_num", "logit", "multiply", "subtract", "divide", "absolute", "negative", "float_power", "true_divide", "floor_divide", "fmod", "remainder", "renorm",
)  # fmt: skip
IN_PLACE = (*IN_PLACE, *(alias for alias, name in functional_api.ALIASES.items() if name in IN_PLACE))
for _name in IN_PLACE:
    setattr(Tensor, f"{_name}_", _in_place_form(_name))
