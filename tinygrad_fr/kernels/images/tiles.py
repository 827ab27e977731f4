"""Products of small tiles held in the processor's registers, written with LLVM's vectors.

A loop that LLVM vectorises by itself reads and writes its sums at every iteration. Here sums stay in registers:
``MAPS`` rows by ``VECTORS`` vectors of them, so that each number that is read serves several products. Widths are those
of the processor that compiles.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FEATURES = binding.get_host_cpu_features()
_LARGE = bool(_FEATURES.get("avx512f"))

BITS = 512 if _LARGE else 256 if _FEATURES.get("avx2") else 128
# The sums, the vectors that are read and one repeated number fit together in 32 registers, or in 16.
MAPS, VECTORS = (8, 3) if _LARGE or platform.machine() in ("aarch64", "arm64") else (4, 2)


def lanes(dtype: Any) -> int:
    """Numbers of a vector."""
    return BITS // 8 // int(dtype.itemsize)


class _Writer:
    """Writes LLVM's instructions on vectors of an array's numbers."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Any) -> None:
        self.context, self.builder, self.signature = context, builder, signature
        dtype = signature.args[0].dtype
        self.element, self.bytes = context.get_value_type(dtype), dtype.bitwidth // 8
        self.lanes = BITS // dtype.bitwidth
        self.vector = ir.VectorType(self.element, self.lanes)
        self.values = values

    def data(self, place: int) -> Any:
        """Where an array's numbers start."""
        struct = self.context.make_array(self.signature.args[place])
        return struct(self.context, self.builder, self.values[place]).data

    def size(self, number: int) -> Any:
        return ir.Constant(self.context.get_value_type(types.intp), number)

    def at(self, pointer: Any, index: Any) -> Any:
        return self.builder.gep(pointer, [index])

    def plus(self, a: Any, b: Any) -> Any:
        return self.builder.add(a, b)

    def times(self, a: Any, b: Any) -> Any:
        return self.builder.mul(a, b)

    def load(self, pointer: Any) -> Any:
        place = self.builder.bitcast(pointer, self.vector.as_pointer())
        return self.builder.load(place, align=self.bytes)

    def store(self, vector: Any, pointer: Any) -> None:
        self.builder.store(vector, self.builder.bitcast(pointer, self.vector.as_pointer()), align=self.bytes)

    def repeated(self, number: Any) -> Any:
        one = self.builder.insert_element(
            ir.Constant(self.vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0)
        )
        order = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, ir.Constant(self.vector, ir.Undefined), order)

    def held(self, count: int) -> list[Any]:
        """Sums that start at 0, in registers once LLVM has seen them."""
        zero = ir.Constant(self.vector, [0.0] * self.lanes)
        place: Any = cgutils.alloca_once
        places = [place(self.builder, self.vector) for _ in range(count)]
        for place in places:
            self.builder.store(zero, place)
        return places

    def add_product(self, place: Any, a: Any, b: Any) -> None:
        product = self.builder.fmul(a, b, flags=("contract",))
        self.builder.store(self.builder.fadd(self.builder.load(place), product, flags=("contract",)), place)


def _product(typing: Any, x: Any, start: Any, places: Any, w: Any, out: Any, row: Any) -> Any:
    """MAPS rows of sums: ``out[row · m + i] = Σ_k w[k · MAPS + m] · x[start + places[k] + i]``, for i of VECTORS vectors.

    Flat arrays; out is written from its start.
    """

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        z = _Writer(context, builder, signature, values)
        base, steps, weights, target = z.at(z.data(0), values[1]), z.data(2), z.data(3), z.data(4)
        sums = z.held(MAPS * VECTORS)
        count = z.context.make_array(signature.args[2])(context, builder, values[2]).nitems
        with cgutils.for_range(builder, count) as loop:
            source = z.at(base, builder.load(z.at(steps, loop.index)))
            read = [z.load(z.at(source, z.size(v * z.lanes))) for v in range(VECTORS)]
            own = z.at(weights, z.times(loop.index, z.size(MAPS)))
            for m in range(MAPS):
                weight = z.repeated(builder.load(z.at(own, z.size(m))))
                for v in range(VECTORS):
                    z.add_product(sums[m * VECTORS + v], weight, read[v])
        for m in range(MAPS):
            line = z.at(target, z.times(values[5], z.size(m)))
            for v in range(VECTORS):
                z.store(builder.load(sums[m * VECTORS + v]), z.at(line, z.size(v * z.lanes)))
        return context.get_dummy_value()

    return types.void(x, start, places, w, out, row), write


def _correlation(
    typing: Any, g: Any, start: Any, row: Any, x: Any, begin: Any, places: Any, first: Any, length: Any, out: Any
) -> Any:
    """MAPS by VECTORS vectors of sums, added to out, whose lanes are still to be added up:
    ``out[(m · VECTORS + j), :] += Σ_i g[start + row · m + i] · x[begin + places[first + j] + i]``, for i up to a length.

    Flat arrays; the length is a number of whole vectors.
    """

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        z = _Writer(context, builder, signature, values)
        pulls, base, steps, target = z.at(z.data(0), values[1]), z.at(z.data(3), values[4]), z.data(5), z.data(8)
        sums = z.held(MAPS * VECTORS)
        sources = [z.at(base, builder.load(z.at(steps, z.plus(values[6], z.size(j))))) for j in range(VECTORS)]
        lines = [z.at(pulls, z.times(values[2], z.size(m))) for m in range(MAPS)]
        with cgutils.for_range(builder, builder.sdiv(values[7], z.size(z.lanes))) as loop:
            i = z.times(loop.index, z.size(z.lanes))
            read = [z.load(z.at(source, i)) for source in sources]
            for m in range(MAPS):
                pull = z.load(z.at(lines[m], i))
                for j in range(VECTORS):
                    z.add_product(sums[m * VECTORS + j], pull, read[j])
        for k in range(MAPS * VECTORS):
            place = z.at(target, z.size(k * z.lanes))
            z.store(builder.fadd(z.load(place), builder.load(sums[k])), place)
        return context.get_dummy_value()

    return types.void(g, start, row, x, begin, places, first, length, out), write


# Kernels call them without the typing context, their first argument.
product: Any = intrinsic(_product)
correlation: Any = intrinsic(_correlation)
