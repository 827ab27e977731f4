"""Random equations of ``einsum``, written in letters and in numbers, with dots, repeated letters and sides of 1, as in PyTorch."""

import random

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def program(draw):
    """Operands, the numbers of their dimensions, and those of the result or None."""
    sides = {i: draw.randint(1, 3) for i in range(52)}
    pool, operands, used = draw.sample(range(52), 5), [], set()
    for _ in range(draw.randint(1, 3)):
        dims = [draw.choice(pool) for _ in range(draw.randint(0, 4))]
        used |= {*dims}
        shape = [sides[d] if dims.count(d) > 1 or draw.random() < 0.9 else 1 for d in dims]
        if draw.random() < 0.4:
            place, hidden = draw.randint(0, len(dims)), [3, 2][draw.randint(0, 2) :]
            shape[place:place], dims = [1 if draw.random() < 0.2 else n for n in hidden], [*dims]
            dims.insert(place, Ellipsis)
        operands.append(
            (np.array([draw.random() for _ in range(int(np.prod(shape)))], np.float32).reshape(shape), dims)
        )
    out = None
    if draw.random() < 0.6:
        out = draw.sample(sorted(used), draw.randint(0, len(used)))
        if any(Ellipsis in dims for _x, dims in operands):
            out.insert(draw.randint(0, len(out)), Ellipsis)
    return operands, out


def computed(library, operands, out, lettered):
    arrays = [library.tensor(x) for x, _dims in operands]
    if lettered:
        terms = [
            "".join("..." if d is Ellipsis else LETTERS[d] for d in dims) for _x, dims in [*operands, (None, out or [])]
        ]
        arguments = [",".join(terms[:-1]) + ("" if out is None else f"->{terms[-1]}"), *arrays]
    else:
        arguments = [part for x, (_x, dims) in zip(arrays, operands, strict=True) for part in (x, dims)]
        arguments += [] if out is None else [out]
    try:
        return library.einsum(*arguments).numpy()
    except RuntimeError:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_random_equations(seed):
    draw = random.Random(seed)
    for _ in range(60):
        operands, out = program(draw)
        for lettered in (True, False):
            ours, theirs = (computed(library, operands, out, lettered) for library in (tg, torch))
            assert (ours is None) == (theirs is None), (operands, out)
            if ours is not None:
                assert ours.shape == theirs.shape
                np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("p", [None, 2, -2, "fro", "nuc", 1, -1, float("inf"), float("-inf")])
def test_condition_of_singular_matrices(p):
    """∞ where a pivot is 0, for that matrix of a batch alone."""
    matrices = [[[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 3.0]], [[1.0, 2.0], [-1.0, 4.0]]]
    ours, theirs = (library.linalg.cond(library.tensor(matrices), p).numpy() for library in (tg, torch))
    big = theirs > 1e7  # where rounding alone keeps it from ∞
    assert ((ours > 1e7) == big).all()
    np.testing.assert_allclose(ours[~big], theirs[~big], rtol=1e-5, atol=1e-6)


def test_a_negative_number_of_dimensions():
    for library in (tg, torch):
        with pytest.raises(RuntimeError):
            library.tensordot(library.ones(2, 2), library.ones(2, 2), -1)
