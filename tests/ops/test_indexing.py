"""Indices choose and write what PyTorch's do: against its rule in plain loops, and numbers that it gave."""

import numpy as np
import pytest
from hypothesis import assume, given

import tinygrad_fr as tg
from tests.indices import cases, chosen_by_loops, written
from tinygrad_fr.errors import TinygradError


def numbers(shape):
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


@given(cases())
def test_what_is_read_and_where_its_gradient_goes(case):
    shape, index = case
    places = chosen_by_loops(np.zeros(shape), index)
    assume(places is not None)
    x = tg.tensor(numbers(shape), requires_grad=True)
    found = x[written(index, tg.tensor)]
    assert found.shape == places.shape
    assert np.array_equal(found.detach().numpy(), numbers(shape).reshape(-1)[places])
    weights = np.cos(np.arange(places.size)).reshape(places.shape)
    (found * tg.tensor(weights)).sum().backward()
    expected = np.zeros(x.numel())
    for place, weight in zip(places.ravel(), weights.ravel(), strict=True):
        expected[place] += weight
    assert np.allclose(x.grad.detach().numpy().reshape(-1), expected, rtol=0, atol=1e-12)


@given(cases())
def test_what_is_written_and_where_its_gradient_goes(case):
    shape, index = case
    places = chosen_by_loops(np.zeros(shape), index)
    assume(places is not None)
    assume(np.unique(places).size == places.size)  # which of two writes wins is nobody's promise
    x, value = (tg.tensor(a, requires_grad=True) for a in (numbers(shape), -numbers(places.shape)))
    y = x * 1
    y[written(index, tg.tensor)] = value
    expected = numbers(shape).reshape(-1)
    expected[places] = -numbers(places.shape)
    assert np.array_equal(y.detach().numpy(), expected.reshape(shape))
    weights = np.cos(np.arange(x.numel()))
    (y * tg.tensor(weights.reshape(shape))).sum().backward()
    assert np.array_equal(value.grad.detach().numpy(), weights[places])
    weights = weights.copy()
    weights[places] = 0
    assert np.array_equal(x.grad.detach().numpy().reshape(-1), weights)


def test_an_integer_does_not_stand_among_the_arrays():
    x = tg.arange(24).reshape(2, 3, 4)
    assert x[0, :, [1, 2]].tolist() == [[1, 2], [5, 6], [9, 10]]
    assert x[tg.tensor(0), :, tg.tensor([1, 2])].tolist() == [[1, 2], [5, 6], [9, 10]]
    assert x[0, None, [2, 0]].tolist() == [[[8, 9, 10, 11], [0, 1, 2, 3]]]
    assert x[[1, 0], :, [0, 1]].tolist() == [[12, 16, 20], [1, 5, 9]]
    x[1, :, [0, 3]] = tg.tensor([-1, -2])
    assert x[1].tolist() == [[-1, 13, 14, -2], [-1, 17, 18, -2], [-1, 21, 22, -2]]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([[0, 1], [1, 0]], [1, 2]),  # a list of lists is read as a tuple
        ([True, False], [[0, 1]]),
        ((True, False), []),
        (True, [[[0, 1], [2, 3]]]),
        pytest.param(
            tg.tensor([1, 0], dtype=tg.uint8), [[0, 1]], marks=pytest.mark.filterwarnings("ignore:an index of uint8")
        ),
        (np.int64(1), [2, 3]),
        (range(1), [[0, 1]]),
        ([], []),
        ((), [[0, 1], [2, 3]]),
        ((Ellipsis, tg.tensor(1)), [1, 3]),
    ],
)
def test_forms_of_an_index(index, expected):
    assert tg.tensor([[0, 1], [2, 3]])[index].tolist() == expected


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        (2, IndexError),
        (-3, IndexError),
        ([2], IndexError),
        ((0, 0, 0), IndexError),
        (1.0, IndexError),
        ([0.5], IndexError),
        (tg.tensor([1.0]), IndexError),
        (tg.tensor([1], dtype=tg.int8), IndexError),
        (tg.tensor([True, False, True]), IndexError),
        (([0, 1], [0, 1, 0]), IndexError),
        ({}, IndexError),
        ("a", TypeError),
        (slice(0, 1.5), TypeError),
        (slice(None, None, -1), ValueError),
        (slice(None, None, 0), ValueError),
    ],
)
def test_an_index_that_does_not_fit(index, kind):
    x = tg.zeros(2, 2)
    with pytest.raises(kind) as caught:
        x[index]
    assert isinstance(caught.value, TinygradError)
    with pytest.raises(kind):
        x[index] = 1.0
    assert x.tolist() == [[0, 0], [0, 0]]


def test_an_index_of_a_single_number():
    x = tg.tensor(5.0)
    assert x[None].tolist() == x[True].tolist() == [5.0]
    assert x[...].item() == 5.0
    for index in (0, [0], [True]):
        with pytest.raises(IndexError):
            x[index]


def test_types_of_what_is_written():
    x = tg.arange(4)
    x[0], x[[1]] = 2.7, 3.9
    x[x > 2] = tg.tensor(9.5)  # one number, where a mask holds
    x[:2] = tg.tensor([7.5, 8.5])
    assert x.tolist() == [7, 8, 2, 9]
    for refused in (
        lambda: x.__setitem__([0], tg.tensor(1.5)),
        lambda: x.index_put_((tg.tensor([0]),), tg.tensor(1.5)),
    ):
        with pytest.raises(RuntimeError):
            refused()
    with pytest.raises(RuntimeError):
        x[0:1] = tg.tensor([1, 2])
    assert x.tolist() == [7, 8, 2, 9]


def test_what_is_overwritten_passes_no_infinity_on():
    x = tg.tensor([0.0, 4.0], requires_grad=True)
    y = x * 1
    y[0] = 1.0
    (y.sqrt() * tg.tensor([float("inf"), 1.0])).sum().backward()
    assert x.grad.tolist() == [0.0, 0.25]
