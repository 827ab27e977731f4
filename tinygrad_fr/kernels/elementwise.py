"""A scalar expression as one pass over memory."""

from __future__ import annotations

import ast
import re
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.expression.vocabulary import PLAIN, WORDS
from tinygrad_fr.kernels.runtime.constant_folding import EXPONENTS, exponents, folded
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.generated import imported, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CIRCULAR = ("sin", "cos")  # which have a file of their own
_OURS = tuple(w.kernel for w in WORDS.values() if w.kernel and "." not in w.kernel and w.kernel not in _CIRCULAR)
KERNEL_FUNCTIONS = frozenset(name for name, word in WORDS.items() if word.kernel)  # what a kernel's text may use

_TRUTHS = np.dtype(bool)  # of conditions, beside operands of one dtype of floats
_CALLED = re.compile(r"\b([a-z]\w*)\(")
_SOURCE = '''"""Generated: {expression} (functions {version})"""
import numpy as np
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.wide import wide
from tinygrad_fr.kernels.trigonometry import {circular}
from tinygrad_fr.kernels.vectormath import {ours}

{constants}


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def kernel(out, {arguments}, start, stop, part):
    wide()
    out = out[start:stop]
{slices}
    for i in range(out.size):
        out[i] = {body}
'''


class _ForLoop(ast.NodeTransformer):
    """Index the arrays, and name the constants so that they take the arrays' dtype."""

    def __init__(self, arrays: tuple[str, ...]) -> None:
        self.arrays = arrays
        self.constants: dict[str, float] = {}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.arrays:
            return ast.Subscript(node, ast.Name("i", ast.Load()), ast.Load())
        return node

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
    arrays: tuple[str, ...],
    expression: str,
    dtype: str,
    constants: Mapping[str, float] = types.MappingProxyType({}),
) -> str:
    loop = _ForLoop(arrays)
    tree = folded(ast.parse(expression, mode="eval").body, constants)
    body = ast.unparse(ast.fix_missing_locations(loop.visit(tree)))
    return written(
        _SOURCE,
        expression=", ".join((expression, *(f"{name} = {value!r}" for name, value in constants.items()))),
        circular=", ".join(_CIRCULAR),
        ours=", ".join(_OURS),
        constants="\n".join(f"{name} = np.{dtype}({value!r})" for name, value in loop.constants.items()),
        arguments=", ".join(arguments),
        slices="\n".join(f"    {name} = {name}[start:stop]" for name in arrays),
        body=body,
    )


def kernel(arguments: tuple[str, ...], expression: str) -> Callable[..., Any]:
    """Compile an expression for arrays of one shape and float dtype, and numbers.

    Args:
        arguments: names in the expression, in the order of the call.
        expression: in the vocabulary of the operations.

    Returns:
        A function of the arguments; None comes back where operands differ in shape, dtype or layout, which is for
        numpy's passes to handle. Conditions are arrays of truths.
    """
    compiled: dict[tuple[Any, ...], Any] = {}
    work = max((WORDS[name].cost for name in _CALLED.findall(expression)), default=PLAIN)
    array, empty = np.ndarray, np.empty
    powers = [(i, name) for i, name in enumerate(arguments) if name in exponents(expression)]

    def call(*values: Any) -> Any:
        shape: Any = None
        dtype: Any = None
        for v in values:
            if v.__class__ is not array:
                continue
            if shape is None:
                shape = v.shape
            if v.shape != shape or not v.flags.c_contiguous or not shape:
                return None
            if v.dtype is _TRUTHS:
                continue
            if dtype is None:
                dtype = v.dtype
            if v.dtype is not dtype:
                return None
        constants = {name: float(values[i]) for i, name in powers if values[i].__class__ is not array}
        if not all(value in EXPONENTS for value in constants.values()):
            return None  # other powers are the C library's in a kernel, one element at a time
        key = (dtype, *[v.__class__ is array for v in values], *constants.items())
        loop = compiled.get(key)
        if loop is None:
            if dtype is None or dtype.char not in "fd":
                return None
            arrays = tuple(name for name, v in zip(arguments, values, strict=True) if v.__class__ is array)
            loop = compiled[key] = imported(_source(arguments, arrays, expression, dtype.name, constants))
        out = empty(shape, dtype)
        scalar = dtype.type
        flat = [out.ravel(), *[v.ravel() if v.__class__ is array else scalar(v) for v in values]]
        parallel_for(loop, out.size, work * out.size, *flat)
        return out

    return call
