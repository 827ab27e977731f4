"""The memory that a compiled step holds at once: counted, and against the eager step."""

import gc
import tracemalloc

import numpy as np
import pytest

from tinygrad_fr import compile, nn, optim, tensor
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry
from tinygrad_fr.replay.execution.assembly import Assembly


def drawn(seed, *shape):
    return tensor(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def trained(kind, module, loss, *data):
    """A step of descent, after two that record it."""
    optimizer = optim.SGD(module.parameters(), 0.01)

    def step(*given):
        optimizer.zero_grad()
        value = loss(module, *given)
        value.backward()
        optimizer.step()
        return value.detach()

    run = kind(step)
    run(*data)
    run(*data)
    return lambda: run(*data)


def peak(make):
    """The bytes that a step adds at most to what is there before it is made, in a process where one was made and run before."""
    make()()  # what is imported or compiled when it is first needed is no part of a step
    gc.collect()
    tracemalloc.start()
    try:
        run = make()
        gc.collect()
        tracemalloc.reset_peak()
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def plainly(step):
    return step


def _sequence(module, x):
    return module(x)[0].square().mean()


def _weighed(module, x, labels, weight):
    return F.cross_entropy(module(x), labels, weight)


def _likely(module, x):
    return F.binary_cross_entropy_with_logits(module(x), (x.detach() > 0).float(), reduction="sum")


ROWS = {
    "lstm": (lambda: nn.LSTM(64, 64), _sequence, lambda: [drawn(0, 100, 32, 64)], 0.7),
    "gru": (lambda: nn.GRU(64, 64), _sequence, lambda: [drawn(0, 100, 32, 64)], 0.7),
    "weighed": (
        lambda: nn.Linear(64, 500),
        _weighed,
        lambda: [drawn(0, 200, 64), tensor(np.arange(200) % 500), tensor(np.linspace(0.5, 1, 500, dtype=np.float32))],
        0.95,
    ),
    "likely": (lambda: nn.Linear(784, 784), _likely, lambda: [drawn(0, 300, 784)], 0.7),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_compiled_step_holds_less_than_the_eager_one(row):
    module, loss, data, share = ROWS[row]
    eager, compiled = (peak(lambda kind=kind: trained(kind, module(), loss, *data())) for kind in (plainly, compile))
    assert compiled <= share * eager


@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_kept_after_its_last_reader(row, monkeypatch):
    """At the end of a run Python holds what the step was given and what it gives, and no result of a call besides."""
    module, loss, data, _share = ROWS[row]
    held = []
    run = Assembly.run

    def watched(self, given):
        run(self, given)
        owned = {cell for cell, _view in self.shown.items()}
        known = {*self.stands, *(cell for cell, _give in self.feeds), *owned, *self.read_after}
        held.append([cell for cell, value in enumerate(self.arena.held) if value is not None and cell not in known])

    monkeypatch.setattr(Assembly, "run", watched)
    trained(compile, module(), loss, *data())()
    assert held
    assert not any(held)


def test_equations_without_a_shortcut_are_computed_once(monkeypatch):
    """Forward, in the call that records them; the backward pass goes through that record."""
    op, count = registry["cross_entropy_smoothed"], []
    equations = op.equations

    def counted(*given, **attrs):
        count.append(1)
        return equations(*given, **attrs)

    def smoothed(module, x, labels, weight):
        return F.cross_entropy(module(x), labels, weight, label_smoothing=0.1)

    module, _loss, data, _share = ROWS["weighed"]
    step = trained(compile, module(), smoothed, *data())
    monkeypatch.setattr(op, "equations", counted)
    step()
    assert len(count) == 1


@pytest.mark.parametrize("row", ["lstm", "gru", "weighed"])
def test_what_was_saved_serves_two_ways_back(row):
    """The first one leaves it to the second: the same gradients as in an eager step, to the bit where BLAS gives the same."""

    def run(kind):
        make, loss, draw, _share = ROWS[row]
        module, data, found = make(), draw(), []
        for i, p in enumerate(module.parameters()):
            p.data = drawn(i, *p.shape) * 0.1

        def step(*given):
            module.zero_grad()
            value = loss(module, *given)
            value.backward(retain_graph=True)
            value.backward()
            return value.detach()

        done = kind(step)
        for _each in range(3):
            found += [done(*data).numpy(), *(p.grad.clone().numpy() for p in module.parameters())]
        return found

    for a, b in zip(run(compile), run(plainly), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
