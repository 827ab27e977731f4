"""A scalar expression as one pass over memory."""

from __future__ import annotations

import ast
import re
import types
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.expression.vocabulary import PLAIN, WORDS
from tinygrad_fr.kernels.runtime.constant_folding import EXPONENTS, exponents, folded
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.generated import imported, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CIRCULAR = ("sin", "cos")  # these are defined in other files
_OURS = tuple(w.kernel for w in WORDS.values() if w.kernel and "." not in w.kernel and w.kernel not in _CIRCULAR)
KERNEL_FUNCTIONS = frozenset(
    name for name, word in WORDS.items() if word.kernel
)  # the functions that a kernel's text may use

_TRUTHS = np.dtype(bool)  # dtype of conditions; the other operands have one dtype of floats
_CALLED = re.compile(r"\b([a-z]\w*)\(")
_SOURCE = '''"""Generated: {expression} (functions {version})"""
import numpy as np
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.wide import wide
from tinygrad_fr.kernels.vectormath.trigonometry import {circular}
from tinygrad_fr.kernels.vectormath import {ours}

{constants}


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def kernel(out, {arguments}, start, stop, part):
    wide()
    for i in range(np.uint64(start), np.uint64(stop)):
        out[i] = {body}
'''


_BROADCAST = (
    _SOURCE.partition("@parallel")[0]
    + """@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def kernel(out, {arguments}, width, start, stop, part):
    wide()
    columns = np.uint64(width)
    for r in range(np.uint64(start), np.uint64(stop)):
        first = r * columns
{repeated}
        for i in range(columns):
            out[first + i] = {body}
"""
)  # numbers without a sign: an index that may be negative is not vectorised, and slices take a quarter of the time to compile

WHOLE, ROW, COLUMN = (
    "whole",
    "row",
    "column",
)  # how an array is read: element by element, or repeated for every row or column
_PLACES = {"": "{name}[i]", WHOLE: "{name}[first + i]", ROW: "{name}[i]", COLUMN: "own_{name}"}
_NARROW = 16  # columns: in a shorter row, starting the loop costs more than the elements


class _ForLoop(ast.NodeTransformer):
    """Index the arrays, and give names to the constants so that they take the arrays' dtype."""

    def __init__(self, arrays: Mapping[str, str]) -> None:
        self.arrays = arrays
        self.constants: dict[str, float] = {}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        kind = self.arrays.get(node.id)
        return node if kind is None else ast.parse(_PLACES[kind].format(name=node.id), mode="eval").body

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        name = f"K{len(self.constants)}"
        self.constants[name] = float(node.value)  # type: ignore[arg-type]  # numbers are all that an expression holds
        return ast.Name(name, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(arg) for arg in node.args]
        name = node.func.id  # type: ignore[attr-defined]  # the vocabulary is made of plain names
        node.func = ast.parse(WORDS[name].kernel, mode="eval").body
        return node


def _source(
    arguments: tuple[str, ...],
    arrays: Mapping[str, str],
    expression: str,
    dtype: str,
    constants: Mapping[str, float] = types.MappingProxyType({}),
) -> str:
    """The text of a kernel; ``arrays`` says how each array is read, "" if all have one shape."""
    loop = _ForLoop(arrays)
    said = ast.parse(expression, mode="eval").body
    tree = folded(said, constants)
    body = ast.unparse(ast.fix_missing_locations(loop.visit(tree)))
    broadcast = any(arrays.values())
    repeated = [f"        own_{name} = {name}[r]" for name, kind in arrays.items() if kind == COLUMN]
    return written(
        _BROADCAST if broadcast else _SOURCE,
        expression=", ".join((ast.unparse(said), *(f"{name} = {value!r}" for name, value in constants.items()))),
        circular=", ".join(_CIRCULAR),
        ours=", ".join(_OURS),
        constants="\n".join(f"{name} = np.{dtype}({value!r})" for name, value in loop.constants.items()),
        arguments=", ".join(arguments),
        repeated="\n".join(repeated),
        body=body,
    )


def _part(sides: tuple[int, ...], shape: tuple[int, ...]) -> tuple[str, int] | None:
    """How an array is read for a result of a shape, and the width of the result seen as a matrix."""
    if sides == shape:
        return WHOLE, 0
    places = [i for i, side in enumerate(sides) if side != 1]
    if not places:
        return None
    first, last = places[0], places[-1] + 1
    if sides[first:] == shape[first:]:
        return ROW, prod(shape[first:])
    return (COLUMN, prod(shape[last:])) if sides[:last] == shape[:last] else None


@lru_cache(maxsize=1024)
def _laid_out(shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], int, tuple[str, ...]] | None:
    """The broadcast shape of arrays, its width when it is seen as a matrix, and how each array is read.

    None if rows and columns of a matrix do not describe it: numpy's passes then broadcast, or refuse.
    """
    if not shapes or () in shapes:
        return None
    if len(set(shapes)) == 1:
        return shapes[0], 0, ("",) * len(shapes)
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        return None
    parts = [_part((1,) * (len(shape) - len(own)) + own, shape) for own in shapes]
    widths = {part[1] for part in parts if part is not None} - {0}
    if None in parts or len(widths) != 1 or min(widths) < _NARROW:
        return None
    return shape, widths.pop(), tuple(part[0] for part in parts if part is not None)


class _Plan(NamedTuple):
    """The kernel for arrays of such shapes, the shape and dtype of its result, and the width of the result as a matrix, 0 if it is not seen as one."""

    loop: Any
    shape: tuple[int, ...]
    dtype: Any
    width: int
    items: int
    cost: int


def _planned(
    arguments: tuple[str, ...],
    expression: str,
    work: int,
    values: tuple[Any, ...],
    compiled: dict[tuple[Any, ...], Any],
) -> _Plan | None:
    """The plan for such values, if possible one that was compiled before; None if numpy's passes compute them."""
    arrays = [v.__class__ is np.ndarray for v in values]
    given = [v for v, is_array in zip(values, arrays, strict=True) if is_array]
    numbers = {name: v for name, v, is_array in zip(arguments, values, arrays, strict=True) if not is_array}
    constants = {name: float(numbers[name]) for name in exponents(expression) if name in numbers}
    dtypes = {v.dtype for v in given} - {_TRUTHS}
    laid = _laid_out(tuple([v.shape for v in given]))
    if laid is None or len(dtypes) != 1 or not all(value in EXPONENTS for value in constants.values()):
        return None  # a kernel computes other powers by the C library, one element at a time
    dtype = dtypes.pop()
    if dtype.char not in "fd" or not dtype.isnative:
        return None
    shape, width, kinds = laid
    key = (dtype.char, kinds, *arrays, *constants.items())
    if key not in compiled:
        names = [name for name in arguments if name not in numbers]
        text = _source(arguments, dict(zip(names, kinds, strict=True)), expression, dtype.name, constants)
        compiled[key] = imported(text)
    size = prod(shape)
    return _Plan(compiled[key], shape, dtype, width, size // width if width else size, work * size)


_PLANS = 1024  # that an expression keeps


def _always(arrays: list[Any]) -> bool:
    return True


def kernel(
    arguments: tuple[str, ...], expression: str, pays: Callable[[list[Any]], bool] = _always
) -> Callable[..., Any]:
    """Compile an expression for arrays of one float dtype, and numbers.

    Args:
        arguments: names in the expression, in the order of the call.
        expression: in the vocabulary of the operations.
        pays: whether a kernel is faster for arrays of such shapes and dtypes; it is asked once for each.

    Returns:
        A function of the arguments. It returns None if numpy's passes are to compute the result: where they are faster, where operands differ in dtype or layout,
        or where their shapes differ by more than repeated rows or columns. Conditions are arrays of booleans.
    """
    plans: dict[tuple[Any, ...], _Plan | None] = {}
    compiled: dict[tuple[Any, ...], Any] = {}
    work = max((WORDS[name].cost for name in _CALLED.findall(expression)), default=PLAIN)
    array, empty = np.ndarray, np.empty
    powers = [i for i, name in enumerate(arguments) if name in exponents(expression)]

    def call(*values: Any) -> Any:
        key = tuple([(v.shape, v.dtype) if v.__class__ is array else None for v in values])
        if powers:
            key += tuple([None if values[i].__class__ is array else values[i] for i in powers])
        try:
            plan = plans[key]
        except KeyError:
            if len(plans) >= _PLANS:
                plans.clear()
            plan = None
            if pays([v for v in values if v.__class__ is array]):
                plan = _planned(arguments, expression, work, values, compiled)
            plans[key] = plan
        if plan is None:
            return None
        loop, shape, dtype, width, items, cost = plan
        out, scalar = empty(shape, dtype), dtype.type
        flat: list[Any] = [out.reshape(-1)]
        for v in values:
            if v.__class__ is not array:
                flat.append(scalar(v))
            elif v.flags.c_contiguous:
                flat.append(v.reshape(-1))
            else:
                return None
        if width:
            flat.append(width)
        parallel_for(loop, items, cost, *flat)
        return out

    return call
