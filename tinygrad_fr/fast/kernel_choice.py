"""The choice between one kernel and several passes of numpy for an expression on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.expression.vocabulary import LATE, SOON, TOGETHER, WIDE, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.expression.expression import Expression

# Below this many elements numpy's passes beat the call of a kernel. The choice depends on the size alone, so that a
# program gives the same bits at every run.
KERNEL_SIZE = 4096
CURVED_SIZE = 16_384  # for transcendental functions, which numpy vectorises too: a kernel gains by using every core
WIDE_SIZE = 131_072  # for plain arithmetic, which is bound by memory: from this size on it is split among the cores

NEVER = 2**62


def kernel_size(expression: Expression) -> int:
    """From how many elements on one kernel beats numpy's passes.

    It does early where the passes are several and none transcendental, for ``where``, which numpy does one element at a time,
    and for the error function and its kin, which numpy does not have, and log1p, which it takes from the C library. Others wait
    until the call is worth it, and the sum of two arrays of one shape until the work is worth every core (see :func:`on_arrays`).
    """
    pays = {WORDS[name].pays for name in expression.calls}
    if "" in pays or expression.of_truths or not expression.passes:
        return NEVER
    if SOON in pays or (pays <= {TOGETHER, WIDE} and (expression.passes >= 3 or "where" in expression.calls)):
        return KERNEL_SIZE
    return (
        CURVED_SIZE
        if LATE in pays or expression.passes > 1 or len(expression.reads) > 1 or _compares(expression)
        else WIDE_SIZE
    )


def _compares(expression: Expression) -> bool:
    """Whether it takes a maximum or minimum, which numpy does slowly where one operand is a number."""
    return not expression.calls.isdisjoint(("maximum", "minimum"))


def _alike_size(expression: Expression) -> int:
    """The same for operands of one shape, which numpy adds as fast as a kernel does; only repeating rows and columns is slow."""
    plain = {WORDS[name].pays for name in expression.calls} <= {TOGETHER, WIDE} and expression.passes <= 1
    return WIDE_SIZE if plain and "where" not in expression.calls else kernel_size(expression)


def on_arrays(args: tuple[str, ...], expression: Expression, plain: Callable[..., Any]) -> Callable[..., Any]:
    """The expression on arrays: ``plain``, numpy's passes, or one kernel on large ones where that pays.

    Two cores, 65 536 float32, numpy against the kernel: tanh 169 µs against 70, sigmoid 130 against 83, exp 84 against 73; the sum
    with a row 15 against 8; 262 144, a sum 146 against 52; 1 048 576, 480 against 250.
    """
    enough, alike = kernel_size(expression), _alike_size(expression)
    if enough == NEVER:
        return plain
    used = tuple(name for name in args if name in expression.reads)
    places = [args.index(name) for name in used]
    given = places == list(range(len(args)))
    compares = _compares(expression)
    compiled: Any = None

    def pays(arrays: list[Any]) -> bool:
        size = _size(arrays)
        if size < enough or (size < alike and not _early(arrays, compares)):
            return False
        return not {v.dtype.char for v in arrays}.isdisjoint("fd")

    def choose(*values: Any, **attrs: Any) -> Any:
        nonlocal compiled
        first = values[0]
        if first.__class__ is np.ndarray and first.size < enough:  # most calls
            shape = first.shape
            for v in values:
                if v.__class__ is np.ndarray and v.shape != shape:  # a column and a row: the result may be far larger
                    break
            else:
                return plain(*values, **attrs)
        if compiled is None:
            if not pays([v for v in values if v.__class__ is np.ndarray]):
                return plain(*values, **attrs)
            from tinygrad_fr.kernels.elementwise import kernel

            compiled = kernel(used, expression.text, pays)
        if given and not attrs:
            result = compiled(*values)
        else:
            every = (*values, *(attrs[name] for name in args[len(values) :]))
            result = compiled(*[every[place] for place in places])
        return plain(*values, **attrs) if result is None else result

    return choose


def _size(arrays: list[Any]) -> int:
    """How many elements the result has; none where the shapes do not fit, which numpy says."""
    if len(arrays) == 1:
        return int(arrays[0].size)
    try:
        return np.broadcast(*arrays).size if arrays else 0
    except ValueError:
        return 0


def _early(arrays: list[Any], compares: bool) -> bool:
    """Whether one pass of numpy's would be slow: a comparison with a number, or a row or column that is repeated."""
    if len(arrays) == 1:
        return compares
    return len({v.shape for v in arrays}) > 1
