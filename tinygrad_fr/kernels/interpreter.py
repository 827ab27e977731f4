"""An interpreter for arrays: one kernel that runs a table of instructions.

A program is data, so a new one needs no compilation. Three kinds of blocks do all the arithmetic:

- *elements*: a run of element-wise instructions over arrays of one shape, a chunk at a time, so that intermediate results stay in the
  first-level cache;
- *product*, *sum* and *copy* of arrays;
- *sweep*: instructions on single numbers of one array; those with the same opcode are done together.

:data:`OPCODES` defines what each instruction computes; the source of the kernels is generated from it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from tinygrad_fr.expression.vocabulary import OPERATORS, WORDS, Word
from tinygrad_fr.kernels.runtime.generated import imported, written

CHUNK = 512  # numbers per chunk: a dozen chunks stay in the first-level cache


def _of_word(name: str, word: Word) -> str:
    """One element of a word: its function of as many operands as its formula has."""
    if name == "where":  # in tables, a condition is a number
        return "y if x != zero else z"
    return f"{word.kernel}({', '.join(letter for i, letter in enumerate('xyz') if f'{{{i}}}' in word.latex)})"


# Opcode → the expression of one element: operators, functions that have an opcode, and two of the interpreter's own.
OPCODES: dict[str, str] = (
    {"copy": "x", "square": "x * x"}
    | {operator.opcode: operator.kernel for operator in OPERATORS.values()}
    | {name: _of_word(name, word) for name, word in WORDS.items() if word.opcode}
)
CODES = {opcode: code for code, opcode in enumerate(OPCODES)}
_COSTS = {operator.opcode: operator.cost for operator in OPERATORS.values()} | {
    name: word.cost for name, word in WORDS.items()
}


def work_of(opcode: str) -> int:
    """The cost of an opcode per element, in multiplications."""
    return _COSTS.get(opcode, 2)


ELEMENTS, PRODUCT, SUM, COPY, SWEEP = range(5)
OPERAND = 5  # base, offset, strides of the two outer dimensions, whether the inner one advances
INSTRUCTION = 1 + 4 * OPERAND
BLOCK = 18

_HEAD = '''"""Generated from tinygrad_fr.kernels.interpreter (functions {version})."""
import numpy as np
from numba import carray
from tinygrad_fr.kernels.runtime.blas import gemm, pointer
from tinygrad_fr.kernels.runtime.work_queue import by_name, named, parallel
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.vectormath.trigonometry import cos, sin
from tinygrad_fr.kernels.vectormath import {functions}


@njit(cache=True, error_model="numpy", fastmath=False)
def place(code, base, i, k, one, outer, row, start):
    k = 1 + 5 * k
    moved = code[i, k + 1] + outer * code[i, k + 2] + row * code[i, k + 3] + start * code[i, k + 4]
    return pointer(base[code[i, k]], moved, one)


@njit(cache=True, error_model="numpy", fastmath=False, makes_arrays=True)
def elements(code, base, blocks, b, one):
    zero = one - one
    first, last = blocks[b, 4], blocks[b, 5]
    for outer in range(blocks[b, 1]):
        for row in range(blocks[b, 2]):
            for start in range(0, blocks[b, 3], {chunk}):
                n = min({chunk}, blocks[b, 3] - start)
                for i in range(first, last):
                    op = code[i, 0]
                    out = carray(place(code, base, i, 0, one, outer, row, start), n)
                    xs = carray(place(code, base, i, 1, one, outer, row, start), n)
                    ys = carray(place(code, base, i, 2, one, outer, row, start), n)
                    zs = carray(place(code, base, i, 3, one, outer, row, start), n)
                    if op == -1:
                        x = xs[0]
                        for j in range(n):
                            out[j] = x
{cases}


@njit(cache=True, error_model="numpy", fastmath=False)
def sweep(blocks, b, numbers, index):
    zero, one = 0.0, 1.0
    op, n = blocks[b, 1], blocks[b, 3]
    out = numbers[blocks[b, 2]:blocks[b, 2] + n]
    first, second, third = index[blocks[b, 4]:], index[blocks[b, 5]:], index[blocks[b, 6]:]
    if op == -2:
        return
{sweeps}


@njit(cache=True, error_model="numpy", fastmath={{"reassoc", "contract"}})
def summed(x, n):
    found = 0.0
    for start in range(0, n, 256):
        part = x[start]
        for j in range(start + 1, min(start + 256, n)):
            part += x[j]
        found += part
    return found


@njit(cache=True, error_model="numpy", fastmath=False, makes_arrays=True)
def add_up(blocks, base, b, one):
    outer, mid, inner = blocks[b, 1], blocks[b, 2], blocks[b, 3]
    for o in range(outer):
        x = carray(pointer(base[blocks[b, 4]], (blocks[b, 5] + o * mid * inner), one), mid * inner)
        out = carray(pointer(base[blocks[b, 6]], (blocks[b, 7] + o * inner), one), inner)
        if inner == 1:
            out[0] = summed(x, mid)
            continue
        for j in range(inner):
            out[j] = x[j]
        total = np.zeros(inner if mid > 64 else 0)  # blocks of 64 rows are added in double precision
        for m in range(1, mid):
            row = carray(pointer(base[blocks[b, 4]], (blocks[b, 5] + (o * mid + m) * inner), one), inner)
            if m % 64 == 0:
                for j in range(inner):
                    total[j] += out[j]
                    out[j] = row[j]
            else:
                for j in range(inner):
                    out[j] += row[j]
        for j in range(total.size):
            out[j] += total[j]


@njit(cache=True, error_model="numpy", fastmath=False, makes_arrays=True)
def copy(blocks, base, b, one):
    n0, n1, n2, n3 = blocks[b, 1], blocks[b, 2], blocks[b, 3], blocks[b, 4]
    s3 = blocks[b, 12]
    for i0 in range(n0):
        for i1 in range(n1):
            for i2 in range(n2):
                source = blocks[b, 6] + i0 * blocks[b, 9] + i1 * blocks[b, 10] + i2 * blocks[b, 11]
                target = blocks[b, 8] + i0 * blocks[b, 13] + i1 * blocks[b, 14] + i2 * blocks[b, 15]
                x = carray(pointer(base[blocks[b, 5]], source, one), (n3 - 1) * s3 + 1)
                out = carray(pointer(base[blocks[b, 7]], target, one), n3)
                if s3 == 1:
                    for j in range(n3):
                        out[j] = x[j]
                elif s3 == 0:
                    number = x[0]
                    for j in range(n3):
                        out[j] = number
                else:
                    for j in range(n3):
                        out[j] = x[j * s3]


@njit(cache=True, error_model="numpy", fastmath={{"contract"}}, makes_arrays=True)
def product(blocks, base, b, one):
    count, m, k, n = blocks[b, 1], blocks[b, 2], blocks[b, 3], blocks[b, 4]
    turned_a, turned_b = blocks[b, 5] != 0, blocks[b, 6] != 0
    a, w, y = base[blocks[b, 7]], base[blocks[b, 10]], base[blocks[b, 13]]
    size = blocks[b, 17]
    for s in range(count):
        from_a, from_w, to = (blocks[b, 8] + s * blocks[b, 9]), (blocks[b, 11] + s * blocks[b, 12]), (blocks[b, 14] + s * blocks[b, 15])
        if m * k * n <= 2048 and not turned_b:
            flat_a, flat_w = carray(pointer(a, from_a, one), m * k), carray(pointer(w, from_w, one), k * n)
            out = carray(pointer(y, to, one), (m, n))
            up, along = (1, m) if turned_a else (k, 1)
            for i in range(m):
                row = out[i]
                for j in range(n):
                    row[j] = one - one
                for h in range(k):
                    factor = flat_a[i * up + h * along]
                    for j in range(n):
                        row[j] += factor * flat_w[h * n + j]
        else:
            gemm(
                blocks[b, 16], turned_a, turned_b, m, n, k, a + size * from_a, max(m if turned_a else k, 1),
                w + size * from_w, max(k if turned_b else n, 1), y + size * to, max(n, 1), False, one,
            )


@njit(cache=True, error_model="numpy", nogil=True, fastmath=False)
def run(code, blocks, base, numbers, index, start, stop, one):
    for b in range(start, stop):
        kind = blocks[b, 0]
        if kind == 0:
            elements(code, base, blocks, b, one)
        elif kind == 1:
            product(blocks, base, b, one)
        elif kind == 2:
            add_up(blocks, base, b, one)
        elif kind == 3:
            copy(blocks, base, b, one)
        else:
            sweep(blocks, b, numbers, index)


def ready(kinds):
    code, blocks, base, numbers, index, ends, one, start, stop, part = kinds
    named(run, (code, blocks, base, numbers, index, start, stop, one))


@parallel
@njit(cache=True, ready=ready, error_model="numpy", nogil=True, fastmath=False)
def runs(code, blocks, base, numbers, index, ends, one, start, stop, part):
    for p in range(start, stop):
        by_name(run, (code, blocks, base, numbers, index, ends[p], ends[p + 1], one))
'''


def _element_cases() -> str:
    lines = []
    for code, body in enumerate(OPCODES.values()):
        lines.append(f"{' ' * 20}elif op == {code}:\n{' ' * 24}for j in range(n):")
        lines += [f"{' ' * 28}{name} = {name}s[j]" for name in _names(body)]
        lines.append(f"{' ' * 28}out[j] = {body}")
    return "\n".join(lines)


def _sweep_cases() -> str:
    lines = []
    places = {"x": "first", "y": "second", "z": "third"}
    for code, body in enumerate(OPCODES.values()):
        lines.append(f"    elif op == {code}:\n        for j in range(n):")
        lines += [f"            {name} = numbers[{places[name]}[j]]" for name in _names(body)]
        lines.append(f"            out[j] = {body}")
    return "\n".join(lines)


def _names(body: str) -> list[str]:
    """The operands that an expression reads."""
    import ast

    read = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    return [name for name in ("x", "y", "z") if name in read]


@cache
def interpreter(kernel: str = "run") -> Any:
    """The kernel ``run(code, blocks, base, numbers, index, start, stop, one)``; ``one`` is a 1 of the arrays' dtype.

    The function ``runs``, for cores to share, takes an array of the ends of runs of blocks in place of start and stop.
    """
    called = set(re.findall(r"(?<![\w.])([a-z]\w*)\(", " ".join(OPCODES.values())))
    functions = ", ".join(sorted(called - {"cos", "sin"}))
    return imported(
        written(_HEAD, chunk=CHUNK, cases=_element_cases(), sweeps=_sweep_cases(), functions=functions), kernel
    )
