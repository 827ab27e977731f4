"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, Draw, Sample, composite, here, structured
from tinygrad_fr.ops.shape import reshape, unsqueeze


def _matmul_sample(draw: Draw) -> Sample:
    m, k, n = (draw.integer(1, 3) for _side in range(3))
    batch = draw.choice([(), (2,), (2, 1), (1, 3)])
    other = draw.choice([(), batch, batch[1:]])
    vector_a, vector_b = draw.choice([False, False, True]), draw.choice([False, False, True])
    a = (k,) if vector_a else (*batch, m, k)
    b = (k,) if vector_b else (*other, k, n)
    return Sample((draw.array(a), draw.array(b)), {})


@structured(symbol="@", latex=r"A B", sample=_matmul_sample, expects="(…, m, k) @ (…, k, n)")
def matmul(a: Array, b: Array) -> Array:
    """Product of matrices, of stacks of matrices, or of vectors, as ``@``.

    Shapes (…, m, k) and (…, k, n) give (…, m, n); leading dimensions broadcast; a vector loses its dimension.
    """
    return np.matmul(a, b)


# Operators and mT mean the same on arrays and on tensors, so these lines serve every order at full speed.


@matmul.derivative("a")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(b.shape) == 1:
        return unsqueeze(g, -1) * b if len(a.shape) > 1 else g * b
    if len(a.shape) == 1:
        rows = unsqueeze(g, -2) @ b.mT
        return reshape(rows, (*rows.shape[:-2], rows.shape[-1]))
    return g @ b.mT


@matmul.derivative("b")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(a.shape) == 1:
        return a * g if len(b.shape) == 1 else unsqueeze(a, -1) * unsqueeze(g, -2)
    if len(b.shape) == 1:
        columns = a.mT @ unsqueeze(g, -1)
        return reshape(columns, columns.shape[:-1])
    return a.mT @ g


def _linear_sample(draw: Draw) -> Sample:
    batch = draw.choice([(), (2,), (2, 3)])
    n, m = draw.integer(1, 3), draw.integer(1, 3)
    bias = draw.array((m,)) if draw.choice([False, True]) else None
    return Sample((draw.array((*batch, n)), draw.array((m, n)), bias), {})


@composite(symbol="Wx + b", latex=r"W x + b", sample=_linear_sample, method=False)
def linear(input: Array, weight: Array, bias: Array | None = None) -> Array:
    """Affine map of the last dimension: (…, n) with weight (m, n) and bias (m,) gives (…, m)."""
    if input.shape[-1:] != weight.shape[-1:]:
        raise ShapeError(
            tr("linear: expected an input of {expected} features, got shape {found} ({where})").format(
                expected=weight.shape[-1], found=tuple(input.shape), where=here()
            )
        )
    y = input @ weight.mT
    return y if bias is None else y + bias


def _linear_forward(input: Array, weight: Array, bias: Array | None) -> tuple[Array, None]:
    if input.shape[-1:] != weight.shape[-1:]:
        linear.equations(input, weight, bias)
    y = input @ weight.T
    if bias is not None:
        y = np.add(y, bias, out=y) if y.dtype is bias.dtype and y.ndim else y + bias
    return np.asarray(y), None


def _linear_backward(
    g: Array, saved: None, needs: int, input: Array, weight: Array, bias: Array | None
) -> tuple[Array | None, ...]:
    rows = g.reshape(-1, g.shape[-1])
    return (
        g @ weight if needs & 1 else None,
        rows.T @ input.reshape(-1, input.shape[-1]) if needs & 2 else None,
        rows.sum(axis=0) if needs & 4 else None,
    )


linear.fused(_linear_forward, _linear_backward)
