"""What is done for large arrays alone, on every operation: buffers with arrays of their own, and values of which the shape is enough."""

import numpy as np
import pytest

from tests.replay import test_replay
from tinygrad_fr import compile, nn, tensor
from tinygrad_fr.replay.execution import layout
from tinygrad_fr.replay.lowering import lowering

pass


@pytest.mark.long
@pytest.mark.parametrize("name", test_replay.DIFFERENTIABLE)
def test_every_operation_as_if_its_arrays_were_large(name, monkeypatch):
    monkeypatch.setattr(layout, "LARGE", 1)
    monkeypatch.setattr(lowering, "LARGE", 1)
    test_replay.test_every_operation(name)


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(layout, "LARGE", 1)
    monkeypatch.setattr(lowering, "LARGE", 1)


def test_a_result_is_no_memory_of_the_next_call(large):
    """Results, gradients and parameters that were handed out keep their numbers while the step goes on."""
    layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3))

    def step(x):
        layers.zero_grad()
        y = layers(x).relu() * 2.0
        (y * y).sum().backward()
        return y.detach(), (y + 1.0).detach()

    replayed = compile(step)
    given = [tensor(np.random.default_rng(seed).normal(size=(5, 3)).astype(np.float32)) for seed in range(4)]
    handed = [(*replayed(x), *(p.grad for p in layers.parameters())) for x in given]
    for x, found in zip(given, handed, strict=True):
        expected = (*step(x), *(p.grad for p in layers.parameters()))
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)


def test_a_relu_is_kept_once():
    """The derivative of a ReLU is computed of its result where it is read, with nan and zeros as in an eager step."""
    step = compile(both := lambda x: went_back(x))
    points = np.array([np.nan, -1.0, -0.0, 0.0, 2.0, np.inf, -np.inf], np.float32)
    first, again = step(tensor(points, requires_grad=True)), step(tensor(points, requires_grad=True))
    eager = both(tensor(points, requires_grad=True))
    for found in (first, again):
        np.testing.assert_array_equal(found.numpy(), eager.numpy())


def went_back(x):
    y = (x * 1.0).relu()
    (y * 3.0).sum().backward()
    return x.grad * 1.0


def test_what_is_not_read_is_freed():
    """A convolution's result, which its backward pass does not read, is not kept for it."""
    layer = nn.Conv2d(2, 2, 3, padding=1)

    def step(x):
        layer.zero_grad()
        (layer(layer(x)) * 2.0).sum().backward()

    replayed = compile(step)
    replayed(tensor(np.ones((8, 2, 40, 40), np.float32)))
    (program,) = next(iter(replayed.programs.values()))
    assert not program.assembly.arena.rented  # nothing outlives a run


def test_the_first_rows_of_a_large_result():
    """An output that is the beginning of a large buffer is computed in all of it: it was given room for itself alone."""
    x = tensor(np.arange(80_000, dtype=np.float32).reshape(4, 20_000))
    step = compile(lambda x: (x * 2.0)[:1])
    for _each in range(3):
        found = step(x)
        np.testing.assert_array_equal(found.numpy(), 2 * x.numpy()[:1])
