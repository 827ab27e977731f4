"""Matrix and tensor products."""

from __future__ import annotations

import math
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.kernels.arrays import products
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, mul, sub
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.shape import reshape, reshape_to, shape_of, squeeze, unsqueeze
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.shared.large import sum_to
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.sampling import Draw, Sample


def _matmul_sample(draw: Draw) -> Sample:
    m, k, n = (draw.integer(1, 3) for _side in range(3))
    batch = draw.choice([(), (2,), (2, 1), (1, 3)])
    other = draw.choice([(), batch, batch[1:]])
    vector_a, vector_b = draw.choice([False, False, True]), draw.choice([False, False, True])
    a = (k,) if vector_a else (*batch, m, k)
    b = (k,) if vector_b else (*other, k, n)
    return Sample((draw.array(a), draw.array(b)), {})


@structured(
    symbol="@",
    latex=r"A B",
    sample=_matmul_sample,
    expects="(…, m, k) @ (…, k, n)",
    explained=Explanation(
        word=message("matrix product"),
        forward=message("Multiply the two matrices: each number is a row times a column."),
        backward=message("Each matrix receives the gradient times the other matrix, transposed."),
        letters=("A", "B"),
        sends=(r"G B^{\top}", r"A^{\top} G"),
        figures=("A B", r"G B^{\top}", r"A^{\top} G"),
        flops=lambda y, inputs: 2.0 * math.prod(y) * inputs[0][-1],
        result="z",
    ),
)
def matmul(a: Array, b: Array) -> Array:
    """Product of matrices, of stacks of matrices, or of vectors, as ``@``.

    Shapes (…, m, k) and (…, k, n) give (…, m, n); leading dimensions broadcast; a vector loses its dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1.0, 2.0], [3.0, 4.0]]) @ tg.tensor([1.0, 10.0])
        tensor([21., 43.])
    """
    return products.matmul(a, b)


# Operators and mT mean the same on arrays and on tensors, so these lines serve every order at full speed.


def _times(a: Any, b: Any) -> Any:
    """The product of arrays, on as many cores as pay, or of tensors."""
    return products.matmul(a, b) if a.__class__ is b.__class__ is np.ndarray else a @ b


def _column(g: Any) -> Any:
    return g[..., None] if g.__class__ is np.ndarray else unsqueeze(g, -1)


@matmul.derivative("a")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(b.shape) == 1:
        return _column(g) * b if len(a.shape) > 1 else g * b
    if len(a.shape) == 1:
        rows = _times(unsqueeze(g, -2), b.mT)
        return reshape(rows, (*rows.shape[:-2], rows.shape[-1]))
    return _times(g, b.mT)


@matmul.derivative("b")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(a.shape) == 1:
        return a * g if len(b.shape) == 1 else unsqueeze(a, -1) * unsqueeze(g, -2)
    if len(b.shape) == 1:
        if a.__class__ is g.__class__ is np.ndarray and a.ndim == 2:
            return products.matmul(g, a)
        columns = _times(a.mT, unsqueeze(g, -1))
        return reshape(columns, columns.shape[:-1])
    return _times(a.mT, g)


def _linear_sample(draw: Draw) -> Sample:
    batch = draw.choice([(), (2,), (2, 3)])
    n, m = draw.integer(1, 3), draw.integer(1, 3)
    bias = draw.array((m,)) if draw.choice([False, True]) else None
    return Sample((draw.array((*batch, n)), draw.array((m, n)), bias), {})


@composite(
    symbol="Wx + b",
    latex=r"W x + b",
    sample=_linear_sample,
    method=False,
    explained=Explanation(
        forward=message("One weighted sum for each neuron: weights times inputs, plus the bias."),
        backward=message(
            "The weights receive the gradient times the inputs, the bias the gradient itself, and the inputs the gradient through the weights."
        ),
        letters=("x", "W", "b"),
        sends=(r"W^{\top} G", r"G x^{\top}", "G"),
        course=(4, 5, 6),
        figures=(r"x W^{\top} + b", "G W", r"G^{\top} x", r"\sum G"),
        result="z",
    ),
)
def linear(input: Array, weight: Array, bias: Array | None = None) -> Array:
    """Affine map of the last dimension: (…, n) with weight (m, n) and bias (m,) gives (…, m).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.linear(tg.tensor([1.0, 2.0]), tg.tensor([[3.0, 4.0]]), tg.tensor([0.5])).tolist()
        [11.5]
    """
    if len(weight.shape) not in (1, 2):
        raise ShapeError(
            tr("linear: expected a weight (m, n), got shape {found} ({where})").format(
                found=tuple(weight.shape), where=here()
            )
        )
    if input.shape[-1:] != weight.shape[-1:]:
        raise ShapeError(
            tr("linear: expected an input of {expected} features, got shape {found} ({where})").format(
                expected=weight.shape[-1], found=tuple(input.shape), where=here()
            )
        )
    y = input @ (weight if len(weight.shape) == 1 else weight.mT)
    return y if bias is None else _check_bias(y + bias, input, weight)


def _check_bias(found: Any, input: Any, weight: Any) -> Any:
    """The result, unless a bias gave it sides that the product does not have."""
    sides = (*input.shape[:-1], *weight.shape[:-1])
    if tuple(found.shape) != sides:
        raise ShapeError(
            tr(
                "linear: expected a bias that fits a result of shape {sides}, got one that makes it {found} ({where})"
            ).format(sides=sides, found=tuple(found.shape), where=here())
        )
    return found


def _linear_forward(input: Array, weight: Array, bias: Array | None) -> tuple[Array, None]:
    if input.shape[-1:] != weight.shape[-1:] or weight.ndim not in (1, 2):
        linear.equations(input, weight, bias)
    y = products.matmul(input, weight.T)
    if bias is not None:
        if y.dtype is bias.dtype and y.ndim and bias.shape == weight.shape[:1]:
            y = np.add(y, bias, out=y)
        else:
            y = _check_bias(y + bias, input, weight)
    return np.asarray(y), None


def _linear_backward(
    g: Array, saved: None, needs: int, input: Array, weight: Array, bias: Array | None
) -> tuple[Array | None, ...]:
    own = g
    if weight.ndim == g.ndim == 2 and (bias is None or bias.shape == weight.shape[:1]):  # the usual case
        return (
            products.matmul(g, weight) if needs & 1 else None,
            products.matmul(g.T, input) if needs & 2 else None,
            sum_to(g, bias.shape) if needs & 4 and bias is not None else None,
        )
    if weight.ndim == 1:  # one output, without a dimension of its own
        g = g[..., None]
    count = prod(g.shape[:-1])
    rows = g.reshape(count, g.shape[-1])
    return (
        products.matmul(g, weight.reshape(g.shape[-1], input.shape[-1])) if needs & 1 else None,
        products.matmul(rows.T, input.reshape(count, input.shape[-1])).reshape(weight.shape) if needs & 2 else None,
        sum_to(own, bias.shape) if needs & 4 and bias is not None else None,
    )


linear.fused(_linear_forward, _linear_backward)


def _of_rank(name: str, x: Any, ndim: int) -> tuple[int, ...]:
    """The shape of an operand of a given number of dimensions."""
    shape = shape_of(x)
    if len(shape) != ndim:
        raise ShapeError(
            tr("{name}: expected {ndim} dimensions, got shape {shape} ({where})").format(
                name=name, ndim=ndim, shape=tuple(shape), where=here()
            )
        )
    return shape


def _product(name: str, a: Any, b: Any, ranks: tuple[int, int]) -> Any:
    """The product of operands of given numbers of dimensions, which do not broadcast."""
    of_a, of_b = _of_rank(name, a, ranks[0]), _of_rank(name, b, ranks[1])
    if ranks[0] == 3 and of_a[0] != of_b[0]:
        raise ShapeError(
            tr("{name}: expected as many matrices on both sides, got shapes {a} and {b} ({where})").format(
                name=name, a=of_a, b=of_b, where=here()
            )
        )
    return matmul.call(a, b)


@overload
def mm(x: Any, mat2: Any) -> Any:
    """Product of two matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.mm(tg.tensor([[1, 2], [3, 4]]), tg.tensor([[1], [10]]))
        tensor([[21],
                [43]])
    """
    return _product("mm", x, mat2, (2, 2))


@overload
def bmm(x: Any, mat2: Any) -> Any:
    """Products of two stacks of matrices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.bmm(tg.ones(5, 2, 3), tg.ones(5, 3, 4)).shape
        torch.Size([5, 2, 4])
    """
    return _product("bmm", x, mat2, (3, 3))


@overload
def mv(x: Any, vec: Any) -> Any:
    """Product of a matrix and a vector.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.mv(tg.tensor([[1, 2], [3, 4]]), tg.tensor([1, 10]))
        tensor([21, 43])
    """
    return _product("mv", x, vec, (2, 1))


@overload
def dot(x: Any, tensor: Any) -> Any:
    """Inner product of two vectors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.dot(tg.tensor([1, 2]), tg.tensor([3, 4]))
        tensor(11)
    """
    return _product("dot", x, tensor, (1, 1))


@overload
def outer(x: Any, vec2: Any) -> Any:
    """Every product of an element of one vector and one of another.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.outer(tg.tensor([1, 2]), tg.tensor([10, 100]))
        tensor([[ 10, 100],
                [ 20, 200]])
    """
    (rows,), (_columns,) = _of_rank("outer", x, 1), _of_rank("outer", vec2, 1)
    return mul.call(reshape_to.call(x, (rows, 1)), vec2)


@overload
def addmm(x: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """β x + α (mat1 @ mat2).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addmm(tg.tensor([[100]]), tg.tensor([[1, 2]]), tg.tensor([[3], [4]]))
        tensor([[111]])
    """
    return _plus(x, _product("mm", mat1, mat2, (2, 2)), beta, alpha)


@overload
def addmv(x: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """β x + α (mat @ vec).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addmv(tg.tensor([100, 200]), tg.tensor([[1, 2], [3, 4]]), tg.tensor([1, 1]))
        tensor([103, 207])
    """
    return _plus(x, mv(mat, vec), beta, alpha)


@overload
def addbmm(x: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """β x + α Σ (batch1 @ batch2).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addbmm(tg.tensor([[100]]), tg.tensor([[[1]], [[2]]]), tg.tensor([[[3]], [[4]]]))  # 1 · 3 + 2 · 4
        tensor([[111]])
    """
    return _plus(x, sum(bmm(batch1, batch2), 0), beta, alpha)


@overload
def baddbmm(x: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """β x + α (batch1 @ batch2).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.baddbmm(tg.tensor([[[100]], [[200]]]), tg.tensor([[[1]], [[2]]]), tg.tensor([[[3]], [[4]]])).tolist()
        [[[103]], [[208]]]
    """
    return _plus(x, bmm(batch1, batch2), beta, alpha)


@overload
def addr(x: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """β x + α (vec1 ⊗ vec2).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addr(tg.zeros(2, 2), tg.tensor([1.0, 2.0]), tg.tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """
    return _plus(x, outer(vec1, vec2), beta, alpha)


def _plus(x: Any, product: Any, beta: float, alpha: float) -> Any:
    kind: str = dtype_of(product).kind
    if kind != "f" and (isinstance(beta, float) or isinstance(alpha, float)):
        raise refusal("addmm", tr("integers for alpha and beta of integers"), (alpha, beta))
    shape, whole = shape_of(x), shape_of(product)
    same = shape == whole[len(whole) - len(shape) :]
    if len(shape) > len(whole) or (not same and np.broadcast_shapes(shape, whole) != whole):
        raise refusal("addmm", tr("a bias that broadcasts to {shape}").format(shape=whole), shape)
    if kind == "b":
        beta, alpha = bool(beta), bool(alpha)
    product = product if alpha == 1 else mul(product, alpha)
    if beta == 0:
        return product
    return add.call(x if beta == 1 else mul(x, beta), product)


@overload
def kron(x: Any, other: Any) -> Any:
    """Kronecker product: every element of x times the whole of the other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.kron(tg.tensor([1, 10]), tg.tensor([1, 2]))
        tensor([ 1,  2, 10, 20])
    """
    n = max(len(x.shape), len(other.shape))
    a = (1,) * (n - len(x.shape)) + tuple(x.shape)
    b = (1,) * (n - len(other.shape)) + tuple(other.shape)
    left = reshape_to(x, tuple(side for pair in ((i, 1) for i in a) for side in pair))
    right = reshape_to(other, tuple(side for pair in ((1, i) for i in b) for side in pair))
    return reshape_to(mul(left, right), tuple(i * j for i, j in zip(a, b, strict=True)))


@lru_cache(maxsize=64)
def _counted(count: int) -> Array:
    """0, 1, 2, … which many calls share: nobody writes to them."""
    places = np.arange(count)
    places.flags.writeable = False
    return places


@overload
def trace(x: Any) -> Any:
    """Sum of the diagonal of a matrix.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.trace(tg.tensor([[1, 2], [3, 4]]))
        tensor(5)
    """
    at = _counted(min(_of_rank("trace", x, 2)))
    return sum(getitem(x, (at, at)))


def _cross_sample(draw: Draw) -> Sample:
    n = draw.integer(1, 3)
    return Sample((draw.array((n, 3)), draw.array((n, 3))), {})


@composite(
    symbol="×",
    latex=r"a \times b",
    sample=_cross_sample,
    method=False,
    explained=Explanation(shown_as="cross"),
)
def cross_along(a: Array, b: Array, dim: int = -1) -> Array:
    """Cross product of vectors of length 3 along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.cross(tg.tensor([1.0, 0.0, 0.0]), tg.tensor([0.0, 1.0, 0.0]))
        tensor([0., 0., 1.])
    """
    dim = dimension(dim, len(a.shape))
    if a.shape[dim] != 3 or b.shape[dim] != 3:
        raise ValueError(f"dimension {dim} must have length 3")
    before = (slice(None),) * dim

    def turned(x: Any, order: tuple[int, ...]) -> Any:
        return getitem(x, (*before, np.array(order)))

    found = sub(mul(turned(a, (1, 2, 0)), turned(b, (2, 0, 1))), mul(turned(a, (2, 0, 1)), turned(b, (1, 2, 0))))
    return rows(found)


@overload
def cross(x: Any, other: Any, dim: int | None = None) -> Any:
    """Cross product along ``dim``, the first dimension of length 3 unless told.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cross(tg.tensor([1, 0, 0]), tg.tensor([0, 1, 0]))
        tensor([0, 0, 1])
    """
    if dim is None:
        dim = next((i for i, side in enumerate(x.shape) if side == 3), -1)
    return cross_along(x, other, dim)


@function
def multi_dot(tensors: Any) -> Any:
    """Product of several matrices, in the order that costs least.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.multi_dot([tg.ones(1, 2), tg.ones(2, 3), tg.ones(3, 1)]).item()
        6.0
    """
    ranks = [len(each.shape) for each in tensors]
    if len(ranks) < 2 or any(n not in (1, 2) for n in (ranks[0], ranks[-1])) or any(n != 2 for n in ranks[1:-1]):
        raise refusal("multi_dot", tr("two matrices or more, of which the first and the last may be vectors"), ranks)
    ends = [len(tensors[0].shape) == 1, len(tensors[-1].shape) == 1]
    every = list(tensors)
    every[0] = unsqueeze(every[0], 0) if ends[0] else every[0]
    every[-1] = unsqueeze(every[-1], 1) if ends[1] else every[-1]
    while len(every) > 1:  # join the neighbours whose common side is the largest
        i = max(range(len(every) - 1), key=lambda k: every[k].shape[-1])
        every[i : i + 2] = [matmul(every[i], every[i + 1])]
    result = every[0]
    result = squeeze(result, 0) if ends[0] else result
    return squeeze(result, -1) if ends[1] else result


@function
def chain_matmul(*matrices: Any) -> Any:
    """Alias of :func:`multi_dot`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.chain_matmul(tg.ones(2, 3), tg.ones(3, 4), tg.ones(4, 5)).shape
        torch.Size([2, 5])
    """
    return multi_dot(matrices)
