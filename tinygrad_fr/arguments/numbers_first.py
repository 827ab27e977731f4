"""PyTorch's older order of arguments, in which factors stand by their place: ``x.add_(alpha, y)``, ``x.addcmul_(value, a, b)``."""

from __future__ import annotations

import numbers
from typing import Any

# Function → its factors, in the order in which they came.
FACTORS = {
    "add": ("alpha",), "sub": ("alpha",), "addcmul": ("value",), "addcdiv": ("value",),
    **dict.fromkeys(("addmm", "addmv", "addbmm", "baddbmm", "addr"), ("beta", "alpha")),
}  # fmt: skip


def named(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as they are written today: numbers between the operands are factors, and these have names.

    The last operand of ``add`` and ``sub`` may be a number itself.

    Example:
        >>> named("addmm", ("x", 2, 3.0, "a", "b"), {})
        (('x', 'a', 'b'), {'beta': 2, 'alpha': 3.0})
        >>> named("add", ("x", 2, 3), {})
        (('x', 3), {'alpha': 2})
    """
    factors = FACTORS[name]
    places = [i for i, each in enumerate(args[:-1]) if isinstance(each, numbers.Real)][: len(factors)]
    given = dict(zip(factors, (args[i] for i in places), strict=False))
    if given.keys() & options.keys():
        return args, options
    return tuple(each for i, each in enumerate(args) if i not in places), {**given, **options}
