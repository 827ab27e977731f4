"""LU: factors, pivots, what is solved with them, and their derivatives are PyTorch's."""

import pytest

from tests.oracle.lines import alike

pytestmark = pytest.mark.filterwarnings("ignore:torch.lu:UserWarning")
SHAPES = [(3, 3), (1, 1), (2, 4), (4, 2), (5, 1), (1, 3), (2, 3, 3), (2, 1, 3, 2), (0, 3, 3), (4, 4)]


def both_orders(t, loss, x):
    """A number's first derivative, and that of its square."""
    (first,) = t.autograd.grad(loss, x, create_graph=True)
    return first, t.autograd.grad((first**2).sum(), x, retain_graph=True)[0]


def weighed(t, *parts):
    return sum(
        (part * t.arange(1.0, part.numel() + 1).reshape(part.shape).to(part.dtype).sin()).sum() for part in parts
    )


def factors(t, compiled, shape):
    x = t.randn(*shape, dtype=t.float64, requires_grad=True)
    run = compiled(t.linalg.lu_factor)
    found = [run(x) for _call in range(2)]
    packed, pivots = found[-1]
    unpacked = t.lu_unpack(packed, pivots)
    p, lower, upper = t.linalg.lu(x)
    rebuilt = p @ lower @ upper
    half = t.lu_unpack(packed, pivots, unpack_pivots=False)[1:], t.lu_unpack(packed, pivots, unpack_data=False)[0]
    derivatives = both_orders(t, weighed(t, packed) + weighed(t, lower, upper), x) if x.numel() else ()
    return found, unpacked, (p, lower, upper), rebuilt.detach(), half, derivatives, t.lu(x), t.linalg.lu_factor_ex(x)


def solutions(t, compiled, shape):
    found = []
    for left in (True, False):
        for adjoint in (True, False):
            a = t.randn(*shape, dtype=t.float64, requires_grad=True)
            b = t.randn(*shape[:-2], *((shape[-1], 2) if left else (2, shape[-1])), dtype=t.float64, requires_grad=True)

            @compiled
            def solved(a, b, left=left, adjoint=adjoint):
                return t.linalg.lu_solve(*t.linalg.lu_factor(a), b, left=left, adjoint=adjoint)

            solved(a, b)
            x = solved(a, b)
            found += [x, both_orders(t, weighed(t, x**2), a), both_orders(t, weighed(t, x**2), b)]
    return found, t.lu_solve(b.mT, *t.linalg.lu_factor(a))


def other_matrices(t, compiled, _shape):
    """The rows that are exchanged are found at each call, and a step that finds a pivot of 0 says so."""
    run = compiled(lambda x: t.linalg.lu(x * 1))
    given = [[[1.0, 2.0], [3.0, 4.0]], [[3.0, 4.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 1.0]]]
    found = [run(t.tensor(each)) for each in given]
    checked = [t.linalg.lu_factor_ex(t.tensor(each)) for each in given]
    refused = []
    for options in ({"check_errors": True}, {"pivot": False}):
        try:
            t.linalg.lu_factor_ex(t.tensor(given[2]), **options)
        except RuntimeError:
            refused.append(options)
    return found, checked, len(refused)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_factors(shape):
    alike(factors, shape)


@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 3, 3)], ids=str)
def test_solutions(shape):
    alike(solutions, shape)


def test_other_matrices():
    alike(other_matrices, ())
