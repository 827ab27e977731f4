"""Sums of products over any dimensions: tensordot, einsum, inner products, the bilinear form."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.kernels.arrays import products
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, mul
from tinygrad_fr.ops.definition import Array, Arrays, structured
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.broadcasting import expand
from tinygrad_fr.ops.shapes.diagonals import diagonal
from tinygrad_fr.ops.shapes.permutation import permute
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.promotion.dtype import result_type
from tinygrad_fr.sampling import Draw, Sample

_LETTERS = ascii_uppercase + ascii_lowercase  # in the order in which dimensions of the result are sorted

# From this many multiplications on, BLAS is faster than numpy's loop, although dimensions must be permuted for it.
_WORTH_MATRICES = 1 << 14


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
        if dims < 0:
            raise refusal("tensordot", tr("a number of dimensions of at least 0"), dims)
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
    many, dtype = len(operands) > 2, operands[0].dtype
    if not [x for x in operands if x.dtype is not dtype]:
        return np.einsum(subscripts, *operands, optimize=many)
    kind = result_type(*operands)
    return np.einsum(subscripts, *operands, dtype=kind, casting="same_kind", optimize=many)


def _by_matrices(a: Array, b: Array, subscripts: str) -> Any:
    """The sum of products as one of matrices, or of a stack of them; None where it is no such sum, or a small one."""
    if a.dtype is not b.dtype or a.dtype.char not in "fd":
        return None
    if a.size * b.size < _WORTH_MATRICES:
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
        return "".join("..." if n is Ellipsis else _LETTERS[n] for n in numbers)

    places = range(0, len(given) - 1, 2)
    terms = ",".join(letters(given[i + 1]) for i in places)
    return (f"{terms}->{letters(given[-1])}" if len(given) % 2 else terms), tuple(given[i] for i in places)


@lru_cache(maxsize=1024)
def _plain(equation: str, shapes: tuple[tuple[int, ...], ...]) -> str | None:
    """The equation without dots for operands that are taken as they stand; None where one is not, or something is wrong."""
    try:
        parts, out = _letters(equation, [len(shape) for shape in shapes])
    except ShapeError:
        return None
    sides: dict[str, int] = {}
    for part, shape in zip(parts, shapes, strict=True):
        agree = all(sides.setdefault(c, side) == side for c, side in zip(part, shape, strict=True))
        if len(set(part)) < len(part) or not agree:
            return None
    return f"{','.join(parts)}->{out}" if len(set(out)) == len(out) and set(out) <= set(sides) else None


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
    plain = _plain(equation, tuple([shape_of(x) for x in every]))
    if plain is not None:
        return _summed(every, plain)
    parts, out = _letters(equation, [len(x.shape) for x in every])
    for i, part in enumerate(parts):
        for letter in [c for c in dict.fromkeys(part) if part.count(c) > 1]:
            while parts[i].count(letter) > 1:  # a letter that occurs twice in one operand takes its diagonal
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
    return _summed(every, f"{','.join(parts)}->{out}")


def _summed(operands: list[Any], equation: str) -> Any:
    """The sum of products; of one operand of which no letter is summed over, a view."""
    if len(operands) == 1:
        own, _arrow, out = equation.partition("->")
        if len(own) == len(out):
            return permute(operands[0], tuple(own.index(c) for c in out))
    return contract.call(operands, equation)


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
