"""Matrix and tensor products."""

from __future__ import annotations

import math
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.kernels import products
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, mul, sub
from tinygrad_fr.ops.definition import Array, Arrays, composite, structured
from tinygrad_fr.ops.indexing import getitem
from tinygrad_fr.ops.overloads import function, overload
from tinygrad_fr.ops.rearranging import diagonal
from tinygrad_fr.ops.reduction import sum, vector_norm
from tinygrad_fr.ops.shape import expand, permute, reshape, reshape_to, squeeze, unsqueeze
from tinygrad_fr.ops.untracked import dtype_of
from tinygrad_fr.promotion.dtype import result_type
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


@matmul.derivative("a")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(b.shape) == 1:
        return unsqueeze(g, -1) * b if len(a.shape) > 1 else g * b
    if len(a.shape) == 1:
        rows = _times(unsqueeze(g, -2), b.mT)
        return reshape(rows, (*rows.shape[:-2], rows.shape[-1]))
    return _times(g, b.mT)


@matmul.derivative("b")
def _(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(a.shape) == 1:
        return a * g if len(b.shape) == 1 else unsqueeze(a, -1) * unsqueeze(g, -2)
    if len(b.shape) == 1:
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


def _shared_out(g: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of a bias: summed over what it was repeated along."""
    found = g.sum(axis=tuple(range(g.ndim - len(shape))))
    repeated = tuple(i for i, side in enumerate(shape) if side == 1)
    return np.asarray(found.sum(axis=repeated, keepdims=True)) if repeated else np.asarray(found)


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
            g.sum(axis=0) if needs & 4 and bias is not None else None,
        )
    if weight.ndim == 1:  # one output, without a dimension of its own
        g = g[..., None]
    count, table = prod(g.shape[:-1]), weight.reshape(g.shape[-1], input.shape[-1])
    rows = g.reshape(count, g.shape[-1])
    return (
        products.matmul(g, table) if needs & 1 else None,
        products.matmul(rows.T, input.reshape(count, input.shape[-1])).reshape(weight.shape) if needs & 2 else None,
        _shared_out(own, bias.shape) if needs & 4 and bias is not None else None,
    )


linear.fused(_linear_forward, _linear_backward)


def _of_rank(name: str, x: Any, ndim: int) -> None:
    if len(x.shape) != ndim:
        raise ShapeError(
            tr("{name}: expected {ndim} dimensions, got shape {shape} ({where})").format(
                name=name, ndim=ndim, shape=tuple(x.shape), where=here()
            )
        )


def _product(name: str, a: Any, b: Any, ranks: tuple[int, int]) -> Any:
    """The product of operands of given numbers of dimensions, which do not broadcast."""
    _of_rank(name, a, ranks[0])
    _of_rank(name, b, ranks[1])
    if ranks == (3, 3) and a.shape[0] != b.shape[0]:
        raise ShapeError(
            tr("{name}: expected as many matrices on both sides, got shapes {a} and {b} ({where})").format(
                name=name, a=tuple(a.shape), b=tuple(b.shape), where=here()
            )
        )
    return matmul(a, b)


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
    _of_rank("outer", x, 1)
    _of_rank("outer", vec2, 1)
    return mul(unsqueeze(x, 1), unsqueeze(vec2, 0))


@overload
def inner(x: Any, other: Any) -> Any:
    """Sums of products along the last dimensions of both.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.inner(tg.tensor([[1, 2], [3, 4]]), tg.tensor([1, 10]))
        tensor([21, 43])
    """
    if not len(x.shape) or not len(other.shape):
        return mul(x, other)
    if x.shape[-1] != other.shape[-1]:
        raise refusal("inner", tr("last dimensions of one length"), (tuple(x.shape), tuple(other.shape)))
    return tensordot(x, other, ([-1], [-1]))


@overload
def addmm(x: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """β x + α (mat1 @ mat2).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.addmm(tg.tensor([[100]]), tg.tensor([[1, 2]]), tg.tensor([[3], [4]]))
        tensor([[111]])
    """
    return _plus(x, mm(mat1, mat2), beta, alpha)


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
    if dtype_of(product).kind != "f" and (isinstance(beta, float) or isinstance(alpha, float)):
        raise refusal("addmm", tr("integers for alpha and beta of integers"), (alpha, beta))
    shape, whole = tuple(x.shape), tuple(product.shape)
    if len(shape) > len(whole) or np.broadcast_shapes(shape, whole) != whole:
        raise refusal("addmm", tr("a bias that broadcasts to {shape}").format(shape=whole), shape)
    if dtype_of(product) == np.bool_:
        beta, alpha = bool(beta), bool(alpha)
    product = product if alpha == 1 else mul(product, alpha)
    if beta == 0:
        return product
    return add(x if beta == 1 else mul(x, beta), product)


@function
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Sum of products over the last ``dims`` dimensions of a and the first of b, or over pairs of dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensordot(tg.ones(2, 3, 4), tg.ones(3, 4, 5)).shape
        torch.Size([2, 5])
        >>> tg.tensordot(tg.ones(2, 3), tg.ones(2, 5), ([0], [0])).shape
        torch.Size([3, 5])
    """
    if isinstance(dims, int):
        pairs = list(range(len(a.shape) - dims, len(a.shape))), list(range(dims))
    else:
        pairs = [dimension(d, len(a.shape)) for d in dims[0]], [dimension(d, len(b.shape)) for d in dims[1]]
    shared = [max(a.shape[i], b.shape[k]) for i, k in zip(*pairs, strict=True)]  # a side of 1 is repeated
    a = expand(a, tuple(dict(zip(pairs[0], shared, strict=True)).get(d, side) for d, side in enumerate(a.shape)))
    b = expand(b, tuple(dict(zip(pairs[1], shared, strict=True)).get(d, side) for d, side in enumerate(b.shape)))
    kept_a = [d for d in range(len(a.shape)) if d not in pairs[0]]
    kept_b = [d for d in range(len(b.shape)) if d not in pairs[1]]
    inside = int(np.prod([a.shape[d] for d in pairs[0]], dtype=np.int64))
    left = reshape_to(
        permute(a, (*kept_a, *pairs[0])),
        (-1 if inside else int(np.prod([a.shape[d] for d in kept_a], dtype=np.int64)), inside),
    )
    right = reshape_to(
        permute(b, (*pairs[1], *kept_b)),
        (inside, -1 if inside else int(np.prod([b.shape[d] for d in kept_b], dtype=np.int64))),
    )
    return reshape_to(matmul(left, right), (*(a.shape[d] for d in kept_a), *(b.shape[d] for d in kept_b)))


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


@overload
def trace(x: Any) -> Any:
    """Sum of the diagonal of a matrix.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.trace(tg.tensor([[1, 2], [3, 4]]))
        tensor(5)
    """
    _of_rank("trace", x, 2)
    return sum(diagonal(x))


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

    return sub(mul(turned(a, (1, 2, 0)), turned(b, (2, 0, 1))), mul(turned(a, (2, 0, 1)), turned(b, (1, 2, 0))))


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


def _contract_sample(draw: Draw) -> Sample:
    subscripts = draw.choice(["ij,jk->ik", "ij,ij->i", "i,j->ij", "bij,bjk->bik", "ij->ji", "ij,j,i->", "ij->j"])
    sides: dict[str, int] = {}
    terms = subscripts.split("->")[0].split(",")
    for letter in "".join(terms):
        sides.setdefault(letter, draw.integer(1, 3))
    return Sample(([draw.array(tuple(sides[c] for c in term)) for term in terms],), {"subscripts": subscripts})


@structured(
    symbol="Σ∏",
    latex=r"\sum \prod x",
    sample=_contract_sample,
    method=False,
    explained=Explanation(shown_as="einsum"),
)
def contract(operands: Arrays, subscripts: str) -> Array:
    """Einstein's sum of products, no letter twice in one operand.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["contract"]([tg.tensor([[1, 2], [3, 4]]), tg.tensor([1, 10])], "ij,j->i")
        tensor([21, 43])
    """
    if len(operands) == 2 and (found := _by_matrices(operands[0], operands[1], subscripts)) is not None:
        return found
    kind = result_type(*operands)
    return np.einsum(subscripts, *operands, dtype=kind, casting="same_kind", optimize=len(operands) > 2)


_WORTH_MATRICES = (
    1 << 14
)  # multiplications from which a product of BLAS beats numpy's loop, dimensions exchanged and all


def _by_matrices(a: Array, b: Array, subscripts: str) -> Any:
    """The sum of products as one of matrices, or of a stack of them; None where it is no such sum, or a small one."""
    if a.dtype is not b.dtype or a.dtype.char not in "fd":
        return None
    terms, out = subscripts.split("->")
    of_a, of_b = terms.split(",")
    sides = {**dict(zip(of_a, a.shape, strict=True)), **dict(zip(of_b, b.shape, strict=True))}
    both, ends = set(of_a) & set(of_b), set(out)
    summed = [c for c in of_a if c in both - ends]
    if not summed or not (set(of_a) ^ set(of_b)) <= ends or prod(sides.values()) < _WORTH_MATRICES:
        return None
    stack, rows, columns = ([c for c in out if c in kind] for kind in (both, set(of_a) - both, set(of_b) - both))

    def matrices(x: Array, own: str, down: list[str], across: list[str]) -> Array:
        every = [*stack, *down, *across]
        lead = [prod(sides[c] for c in stack)] if stack else []
        return x.transpose([own.index(c) for c in every]).reshape(
            [*lead, *(prod(sides[c] for c in part) for part in (down, across))]
        )

    product = products.matmul(matrices(a, of_a, rows, summed), matrices(b, of_b, summed, columns))
    order = [*stack, *rows, *columns]
    return product.reshape([sides[c] for c in order]).transpose([order.index(c) for c in out])


@contract.derivative()
def _(g: Any, y: Any, operands: Any, subscripts: str) -> Any:
    """The same sum with the upstream gradient in the operand's place, spread along the letters that stood there alone."""
    terms, out = subscripts.split("->")
    parts = terms.split(",")
    shares = []
    for i, (x, own) in enumerate(zip(operands, parts, strict=True)):
        others = [(p, o) for k, (p, o) in enumerate(zip(parts, operands, strict=True)) if k != i]
        seen = set(out).union(*(p for p, _o in others))
        left = "".join(c for c in own if c in seen)
        share = contract([g, *(o for _p, o in others)], f"{','.join([out, *(p for p, _o in others)])}->{left}")
        if left != own:
            share = reshape_to(share, tuple(side if c in seen else 1 for c, side in zip(own, x.shape, strict=True)))
            share = expand(share, tuple(x.shape))
        shares.append(share)
    return shares


def _letters(equation: str, ranks: list[int]) -> tuple[list[str], str]:
    """Terms and result of an equation, with letters in the place of the dots."""
    terms, arrow, out = equation.replace(" ", "").partition("->")
    parts = terms.split(",")
    if len(parts) != len(ranks):
        raise ShapeError(
            tr("einsum: expected {n} operands, got {found} ({where})").format(
                n=len(parts), found=len(ranks), where=here()
            )
        )
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in equation]
    hidden = [
        rank - len(part.replace("...", "")) if "..." in part else 0 for part, rank in zip(parts, ranks, strict=True)
    ]
    most = "".join(free[: max(hidden, default=0)])
    full = [part.replace("...", most[len(most) - n :]) for part, n in zip(parts, hidden, strict=True)]
    for part, rank in zip(full, ranks, strict=True):
        if len(part) != rank:
            raise ShapeError(
                tr("einsum: “{part}” names {n} dimensions, the operand has {rank} ({where})").format(
                    part=part, n=len(part), rank=rank, where=here()
                )
            )
    if not arrow:
        every = "".join(full)
        return full, most + "".join(sorted(c for c in set(every) if every.count(c) == 1 and c not in most))
    return full, out.replace("...", most)


def _lettered(given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Operands each followed by the numbers of its dimensions, as an equation of letters and the operands."""

    def letters(numbers: Any) -> str:
        return "".join("..." if n is Ellipsis else ascii_letters[n] for n in numbers)

    places = range(0, len(given) - 1, 2)
    terms = ",".join(letters(given[i + 1]) for i in places)
    return (f"{terms}->{letters(given[-1])}" if len(given) % 2 else terms), tuple(given[i] for i in places)


@function
def einsum(equation: Any, *operands: Any) -> Any:
    """Einstein's sum of products: letters name dimensions, those missing after the arrow are summed over.

    Instead of letters, a list of numbers may follow each operand, and one the last for the result.

    Example:
        >>> from tinygrad_fr import einsum, tensor
        >>> einsum("ij,j->i", tensor([[1.0, 2.0]]), tensor([3.0, 4.0]))
        tensor([11.])
    """
    if not isinstance(equation, str):
        equation, operands = _lettered((equation, *operands))
    every = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], list | tuple) else list(operands)
    parts, out = _letters(equation, [len(x.shape) for x in every])
    for i, part in enumerate(parts):
        for letter in [c for c in dict.fromkeys(part) if part.count(c) > 1]:
            while parts[i].count(letter) > 1:  # a letter twice in one operand: its diagonal
                a, b = parts[i].index(letter), parts[i].rindex(letter)
                every[i] = diagonal(every[i], 0, a, b)
                rest = [c for k, c in enumerate(parts[i]) if k not in (a, b)]
                parts[i] = "".join([*rest, letter])
    sides: dict[str, int] = {}
    for part, x in zip(parts, every, strict=True):
        for letter, side in zip(part, x.shape, strict=True):
            if sides.get(letter, 1) == 1:
                sides[letter] = side
    for i, (part, x) in enumerate(zip(parts, every, strict=True)):  # a side of 1 is repeated, as PyTorch's
        wide = tuple(sides[c] if side == 1 else side for c, side in zip(part, x.shape, strict=True))
        every[i] = x if wide == tuple(x.shape) else expand(x, wide)
    unknown = [c for c in out if c not in sides]
    if unknown or len(set(out)) != len(out):
        raise ShapeError(
            tr("einsum: the result “{out}” must name dimensions of the operands, each once ({where})").format(
                out=out, where=here()
            )
        )
    return contract(every, f"{','.join(parts)}->{out}")


@overload
def dist(x: Any, other: Any, p: float = 2) -> Any:
    """Norm of the difference.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.dist(tg.tensor([0.0, 0.0]), tg.tensor([3.0, 4.0]))
        tensor(5.)
    """
    return vector_norm(sub(x, other), float(p))


@function
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """Distances between every row of one matrix and every row of another.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cdist(tg.tensor([[0.0, 0.0]]), tg.tensor([[3.0, 4.0], [0.0, 1.0]]))
        tensor([[5., 1.]])
    """
    if p < 0:
        raise refusal("cdist", tr("p of at least 0"), p)
    if len(x1.shape) < 2 or len(x2.shape) < 2 or x1.shape[-1] != x2.shape[-1]:
        raise refusal("cdist", tr("rows of one length"), (tuple(x1.shape), tuple(x2.shape)))
    return vector_norm(sub(unsqueeze(x1, -2), unsqueeze(x2, -3)), float(p), -1)


@function
def pdist(input: Any, p: float = 2.0) -> Any:
    """Distances between every two rows of a matrix, in the order of the upper triangle.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.pdist(tg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
        tensor([5.0000, 1.0000, 4.2426])
    """
    if p < 0:
        raise refusal("pdist", tr("p of at least 0"), p)
    if len(input.shape) != 2 or dtype_of(input).kind != "f":
        raise refusal("pdist", tr("a matrix of floats"), (tuple(input.shape), str(dtype_of(input))))
    first, second = np.triu_indices(input.shape[0], 1)
    return vector_norm(sub(getitem(input, first), getitem(input, second)), float(p), -1)


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
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """x₁ᵀ W x₂ + b for each output: inputs (…, m) and (…, n), weight (out, m, n).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.bilinear(tg.tensor([[1.0, 2.0]]), tg.tensor([[3.0, 4.0]]), tg.tensor([[[1.0, 0.0], [0.0, 1.0]]])).tolist()
        [[11.0]]
    """
    y = einsum("...i,oij,...j->...o", input1, weight, input2)
    return y if bias is None else add(y, bias)


@function
def chain_matmul(*matrices: Any) -> Any:
    """Alias of :func:`multi_dot`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.chain_matmul(tg.ones(2, 3), tg.ones(3, 4), tg.ones(4, 5)).shape
        torch.Size([2, 5])
    """
    return multi_dot(matrices)
