"""PyTorch's functions of lists of tensors (``torch._foreach_add_``), which optimizers of others are written with: one call each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PREFIX = "_foreach_"
# What is another function where its second operand is a number, or that has no method of its name.
_OF_NUMBERS = {"maximum": "clamp_min", "minimum": "clamp_max"}
_FACTORED = ("addcmul", "addcdiv")


@cache
def foreach(name: str) -> Callable[..., Any] | None:
    """The function of lists that does what a function of tensors does, for each; None where there is no such function.

    What is a list itself is taken apart with the tensors, all else goes to each. The form in place gives the list back.

    Raises:
        ShapeError: two lists are of different lengths; nothing has changed then.

    Example:
        >>> import tinygrad_fr as tg
        >>> tensors = [tg.tensor([1.0]), tg.tensor([2.0, 3.0])]
        >>> tg._foreach_mul(tensors, [10, 100])
        (tensor([10.]), tensor([200., 300.]))
        >>> tg._foreach_add_(tensors, 1)[1]
        tensor([3., 4.])
    """
    operation = name.removeprefix(PREFIX)
    in_place, plain = operation.endswith("_"), operation.rstrip("_")
    from tinygrad_fr.handles.tensor import Tensor

    if plain != "norm" and plain not in _OF_NUMBERS and not hasattr(Tensor, operation):
        return None

    def each(tensors: Any, *args: Any, **options: Any) -> Any:
        if plain == "pow" and not isinstance(tensors, list | tuple):  # _foreach_pow(2, tensors)
            return tuple(tensors**exponent for exponent in args[0])
        given = list(args)
        if plain in _FACTORED and len(given) > 2:
            options["value"] = given.pop()
        rows = _apart(name, tensors, [*given, *options.values()])
        split = len(given)
        results = [
            _call(plain, in_place, x, row[:split], dict(zip(options, row[split:], strict=True)))
            for x, row in zip(tensors, rows, strict=True)
        ]
        return tensors if in_place else tuple(results)

    each.__name__ = name
    return each


def _apart(name: str, tensors: Sequence[Any], operands: list[Any]) -> list[list[Any]]:
    """The operands of each tensor."""
    for place, operand in enumerate(operands):
        if _is_vector(name, operand):
            operands[place] = operand = operand.tolist()
        if isinstance(operand, list | tuple) and len(operand) != len(tensors):
            raise ShapeError(
                _("torch.{name}: expected lists of {expected} elements, got one of {found}").format(
                    name=name, expected=len(tensors), found=len(operand)
                )
            )
    return [[x[i] if isinstance(x, list | tuple) else x for x in operands] for i in range(len(tensors))]


def _is_vector(name: str, operand: Any) -> bool:
    """Whether factors came as one tensor."""
    return name.removeprefix(PREFIX).rstrip("_") in _FACTORED and getattr(operand, "ndim", 0) == 1


def _call(plain: str, in_place: bool, x: Any, args: list[Any], options: dict[str, Any]) -> Any:
    if plain == "norm":
        from tinygrad_fr.linalg import vector_norm

        return vector_norm(x, *args, **options)
    if plain in _OF_NUMBERS:
        if not hasattr(args[0], "shape"):
            plain = _OF_NUMBERS[plain]
        elif in_place:
            return x.copy_(getattr(x, plain)(*args, **options))
    return getattr(x, f"{plain}_" if in_place else plain)(*args, **options)
