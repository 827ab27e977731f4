"""Fused sequences equal loops over the equations written here in plain numpy, and their gradients, differences."""

import numpy as np
import pytest

from tinygrad_fr.kernels.layers import gru_course, recurrent
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.kernels.runtime.memory import Spent


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def zeros_for_none(biases, size):
    return [np.zeros(size) if b is None else b for b in biases]


def rnn(x, h, w_ih, w_hh, b_ih, b_hh, squash):
    b_ih, b_hh = zeros_for_none((b_ih, b_hh), len(w_ih))
    states = []
    for step in x:
        h = squash(step @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
        states.append(h)
    return np.array(states).reshape(len(x), *h.shape), h


def lstm(x, h, c, w_ih, w_hh, b_ih, b_hh):
    b_ih, b_hh = zeros_for_none((b_ih, b_hh), len(w_ih))
    states = []
    for step in x:
        i, f, g, o = np.split(step @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states).reshape(len(x), *h.shape), h, c


def gru(x, h, w_ih, w_hh, b_ih, b_hh, course):
    b_ih, b_hh = zeros_for_none((b_ih, b_hh), len(w_ih))
    ir, iz, ig = np.split(w_ih, 3)
    hr, hz, hg = np.split(w_hh, 3)
    (bir, biz, big), (bhr, bhz, bhg) = np.split(b_ih, 3), np.split(b_hh, 3)
    states = []
    for step in x:
        r = sigmoid(step @ ir.T + bir + h @ hr.T + bhr)
        z = sigmoid(step @ iz.T + biz + h @ hz.T + bhz)
        if course:
            h = (1 - z) * h + z * np.tanh(step @ ig.T + big + (r * h) @ hg.T + bhg)
        else:
            h = (1 - z) * np.tanh(step @ ig.T + big + r * (h @ hg.T + bhg)) + z * h
        states.append(h)
    return np.array(states).reshape(len(x), *h.shape), h


class Kind:
    """One network: gates, states, its fused pair and its reference."""

    def __init__(self, gates, states, forward, backward, reference, *extra):
        self.gates, self.states, self.extra = gates, states, extra
        self._forward, self._backward, self.reference = forward, backward, reference

    def forward(self, arrays):
        return self._forward(*arrays, *self.extra)

    def backward(self, gradients, saved, arrays):
        """One gradient an input, however many biases the pair gives."""
        x, weights = arrays[0], arrays[1 + self.states : 3 + self.states]
        found = self._backward(gradients, saved, x, *weights, *self.extra, True)
        return found if len(found) == len(arrays) else (*found, found[-1])

    def arrays(self, steps, rows, features=3, width=4, dtype="float64", bias=True):
        generator = np.random.default_rng(2)
        sides = [(steps, rows, features), *[(rows, width)] * self.states]
        sides += [(self.gates * width, features), (self.gates * width, width)]
        sides += [(self.gates * width,)] * 2
        made = [(generator.normal(size=side) * 0.7).astype(dtype) for side in sides]
        return made if bias else [*made[:-2], None, None]


KINDS = {
    "rnn-tanh": Kind(1, 1, recurrent.rnn_forward, recurrent.rnn_backward, lambda *a: rnn(*a[:-1], np.tanh), "tanh"),
    "rnn-relu": Kind(
        1, 1, recurrent.rnn_forward, recurrent.rnn_backward, lambda *a: rnn(*a[:-1], lambda z: np.maximum(z, 0)), "relu"
    ),
    "lstm": Kind(4, 2, recurrent.lstm_forward, recurrent.lstm_backward, lstm),
    "gru": Kind(3, 1, recurrent.gru_forward, recurrent.gru_backward, lambda *a: gru(*a, course=False)),
    "gru-course": Kind(
        3, 1, gru_course.gru_course_forward, gru_course.gru_course_backward, lambda *a: gru(*a, course=True)
    ),
}
SIZES = [(5, 3), (1, 3), (5, 1), (1, 1), (0, 3), (5, 0), (0, 0)]


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture(autouse=True, params=[1, 3], ids=["one core", "three cores"])
def shared(request, monkeypatch):
    """Every test is done on one core, and with rows shared among three."""
    monkeypatch.setattr(cores, "ENOUGH", 10**12 if request.param == 1 else 1e-9)
    monkeypatch.setattr(cores, "count", lambda: request.param)


@pytest.mark.parametrize("bias", [True, False], ids=["biases", "no-bias"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", SIZES, ids=[f"T{t}-N{n}" for t, n in SIZES])
def test_values_are_those_of_the_equations(kind, size, dtype, bias):
    arrays = kind.arrays(*size, dtype=dtype, bias=bias)
    before = [None if a is None else a.copy() for a in arrays]
    found, _saved = kind.forward(arrays)
    wanted = kind.reference(*(None if a is None else a.astype(np.float64) for a in arrays), *kind.extra)
    tolerance = {"float32": 2e-6, "float64": 1e-13}[dtype]
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == dtype
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=tolerance, atol=tolerance)
    for a, b in zip(arrays, before, strict=True):
        assert (a is None and b is None) or np.array_equal(a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", SIZES, ids=[f"T{t}-N{n}" for t, n in SIZES])
def test_a_gradient_written_over_what_was_saved_is_the_same(kind, size, dtype):
    """To the bit; and what was saved stays as it was where somebody may read it again."""
    arrays = kind.arrays(*size, dtype=dtype)
    outputs, saved = kind.forward(arrays)
    pulls = tuple(np.random.default_rng(3).normal(size=o.shape).astype(dtype) for o in outputs)
    before = [a.copy() for a in saved]
    expected = kind.backward(pulls, saved, arrays)
    assert all(np.array_equal(a, b) for a, b in zip(saved, before, strict=True))
    for a, b in zip(kind.backward(pulls, Spent(saved), arrays), expected, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("size", SIZES[:4], ids=[f"T{t}-N{n}" for t, n in SIZES[:4]])
def test_gradients_are_central_differences(kind, size):
    """Of a random sum of every output, final states too, for every element of every input."""
    arrays = kind.arrays(*size)
    outputs, saved = kind.forward(arrays)
    generator = np.random.default_rng(3)
    pulls = [generator.normal(size=o.shape) for o in outputs]
    kept = [p.copy() for p in pulls]
    found = kind.backward(tuple(pulls), saved, arrays)
    assert all(np.array_equal(p, k) for p, k in zip(pulls, kept, strict=True))

    def total():
        return sum(float((o * p).sum()) for o, p in zip(kind.reference(*arrays, *kind.extra), pulls, strict=True))

    step = 1e-6
    for array, gradient in zip(arrays, found, strict=True):
        assert gradient.shape == array.shape
        for place in np.ndindex(array.shape):
            value = array[place]
            array[place] = value + step
            above = total()
            array[place] = value - step
            below = total()
            array[place] = value
            assert gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-7)


def test_gradients_that_nobody_asked_for_count_as_zero(kind):
    arrays = kind.arrays(4, 2)
    outputs, saved = kind.forward(arrays)
    for only in range(len(outputs)):
        some = tuple(np.ones_like(o) if i == only else None for i, o in enumerate(outputs))
        every = tuple(np.ones_like(o) if i == only else np.zeros_like(o) for i, o in enumerate(outputs))
        pairs = zip(kind.backward(some, saved, arrays), kind.backward(every, saved, arrays), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("size", SIZES[4:], ids=[f"T{t}-N{n}" for t, n in SIZES[4:]])
def test_nothing_has_no_gradient_but_the_states(kind, size):
    arrays = kind.arrays(*size)
    outputs, saved = kind.forward(arrays)
    found = kind.backward(tuple(np.ones_like(o) for o in outputs), saved, arrays)
    assert [g.shape for g in found] == [a.shape for a in arrays]
    for state, g in enumerate(found):
        assert np.array_equal(g, np.ones_like(g) if 1 <= state <= kind.states else np.zeros_like(g))


def test_the_input_gets_no_gradient_that_nobody_asked_for(kind):
    arrays = kind.arrays(5, 3)
    outputs, saved = kind.forward(arrays)
    x, weights = arrays[0], arrays[1 + kind.states : 3 + kind.states]
    none, *some = kind._backward(tuple(outputs), saved, x, *weights, *kind.extra, False)
    _x, *every = kind._backward(tuple(outputs), saved, x, *weights, *kind.extra, True)
    assert none is None
    assert all(np.array_equal(a, b) for a, b in zip(some, every, strict=True))
