"""Memory that a compiled step uses again: operands, the old values of weights, gradients of the step before. Nobody sees it."""

import gc

import numpy as np
import pytest

from tinygrad_fr import compile, nn, no_grad, optim, tensor
from tinygrad_fr.kernels.runtime.memory import address
from tinygrad_fr.replay import program
from tinygrad_fr.replay.execution import actions, layout
from tinygrad_fr.replay.lowering import lowering


@pytest.fixture(autouse=True)
def large(monkeypatch):
    for module in (layout, lowering, program):
        monkeypatch.setattr(module, "LARGE", 1)


def drawn(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _program(seed):
    """Thirty operations on square matrices, each on results of any age: read again later, transposed, repeated, twice, in part."""
    draw = np.random.default_rng(seed)
    unary = [
        lambda x: x * 2,
        lambda x: x.mT * 0.5,
        lambda x: x.tanh(),
        lambda x: x[:1] + x,
        lambda x: x.sum(0) - x,
        lambda x: x @ x,
    ]
    binary = [
        lambda a, b: a + b,
        lambda a, b: a * b,
        lambda a, b: a - b.mT,
        lambda a, b: (a + b[:, :1]) * b,
        lambda a, b: a @ b,
    ]
    choices = [(draw.integers(0, 11), draw.integers(1, 6), draw.integers(1, 6)) for _i in range(30)]
    shown = set(draw.integers(0, 30, 3))

    def step(x):
        found = [x, x * 1.5, x.mT, x - 1, x * x]
        for which, a, b in choices:
            a, b = found[-a].tanh(), found[-b]
            found.append(unary[which](a) if which < 6 else binary[which - 6](a, b))
        return [found[5 + i] * 1 for i in shown], sum(found[5:])

    return step


@pytest.mark.parametrize("seed", range(12))
def test_programs_compute_the_same(seed):
    step = _program(seed)
    replayed = compile(step)
    for i in range(3):
        x = tensor(drawn(i, 4, 4))
        (found, total), (expected, whole) = replayed(x), step(x)
        for a, b in zip([*found, total], [*expected, whole], strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-5)
    assert replayed.replays == 2


def test_a_sum_of_many_terms_takes_the_place_of_one():
    step = compile(lambda x, y: sum((x @ y for _i in range(1)), x @ x) + y @ y + y @ x)
    x, y = tensor(drawn(0, 5, 5)), tensor(drawn(1, 5, 5))
    for _i in range(2):
        np.testing.assert_allclose(step(x, y).numpy(), (x @ x + x @ y + y @ y + y @ x).numpy(), rtol=1e-5, atol=1e-5)
    (made,) = next(iter(step.programs.values()))
    assert len(made.assembly.arena.over) == 3


def _layers():
    layers = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    with no_grad():
        for i, p in enumerate(layers.parameters()):
            p.copy_(tensor(drawn(i, *p.shape)))
    return layers


def _graph(w):
    y = (w * 2).sum()
    return lambda: y.detach().numpy()


HOLDERS = {
    "nobody": lambda w: lambda: np.zeros(1),
    "numpy": lambda w: (lambda shown: lambda: shown)(w.detach().numpy()),
    "detach": lambda w: (lambda other: other.numpy)(w.detach()),
    "clone": lambda w: (lambda other: other.numpy)(w.detach().clone()),
    "data": lambda w: (lambda other: other.numpy)(w.data),
    "a row": lambda w: (lambda other: other.numpy)(w.detach()[0]),
    "the transposed": lambda w: (lambda other: other.numpy)(w.detach().mT),
    "a result": lambda w: (lambda other: other.detach().numpy)(w.reshape(-1) * 1),
    "a record": _graph,
    "the array": lambda w: (lambda array: lambda: np.array(array))(w.value),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_whoever_holds_a_weight_sees_what_an_eager_step_shows(holder):
    def run(kind):
        layers, seen = _layers(), []
        optimizer = optim.SGD(layers.parameters(), 0.001)

        def step(x):
            optimizer.zero_grad()
            loss = layers(x).square().sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        done, x = kind(step), tensor(drawn(9, 5, 3))
        for i in range(4):
            looks = [HOLDERS[holder](p) for p in layers.parameters() if p.ndim > 1] if i else []
            done(x)
            seen += [np.array(look()) for look in looks] + [p.detach().clone().numpy() for p in layers.parameters()]
            seen += [p.grad.clone().numpy() for p in layers.parameters()]
        return seen

    for a, b in zip(run(compile), run(lambda step: step), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("returned", [False, True])
def test_a_weight_that_only_its_tensor_holds_is_written_where_it_is(returned):
    """Whether or not the step gives what was there before."""
    layer = nn.Linear(6, 5, bias=False)
    optimizer = optim.SGD(layer.parameters(), 0.1)

    def step(x):
        optimizer.zero_grad()
        before = layer.weight.detach() * 1 if returned else None
        layer(x).square().sum().backward()
        optimizer.step()
        return before

    replayed, x = compile(step), tensor(drawn(0, 4, 6))
    moved = []
    replayed(x)
    gc.collect()  # what was recorded holds the first array
    for _i in range(3):
        place, numbers = address(layer.weight.value), layer.weight.detach().clone().numpy()
        result = replayed(x)
        moved.append(address(layer.weight.value) != place)
        assert not np.array_equal(layer.weight.detach().clone().numpy(), numbers)
        if returned:
            np.testing.assert_array_equal(result.numpy(), numbers)
    assert moved == [False] * 3


def test_what_fails_after_a_weight_was_written_is_not_done_again(monkeypatch):
    layers = _layers()
    optimizer = optim.SGD(layers.parameters(), 0.001)

    def step(x):
        optimizer.zero_grad()
        layers(x).square().sum().backward()
        optimizer.step()

    replayed, x = compile(step), tensor(drawn(0, 4, 3))
    replayed(x)
    replayed(x)
    asked, alone = [], actions.uniquely_referenced

    def full(node):
        asked.append(node)
        if len(asked) == 2:
            raise MemoryError
        return alone(node)

    monkeypatch.setattr(actions, "uniquely_referenced", full)
    with pytest.raises(MemoryError):
        replayed(x)
    assert len(asked) == 2


@pytest.mark.parametrize("forgets", ["first", "after the loss", "after looking", "at the end", "never", "to zero"])
def test_gradients_of_the_step_before_are_there_as_long_as_in_an_eager_step(forgets):
    def run(kind):
        layers, seen = _layers(), []
        optimizer = optim.SGD(layers.parameters(), 0.001)
        for p in layers.parameters():
            p.grad = tensor(np.ones(p.shape, np.float32))

        def step(x):
            total = tensor(0.0)
            if forgets == "after looking":
                total = sum(p.grad.sum() for p in layers.parameters() if p.grad is not None)
            if forgets in ("first", "after looking", "to zero"):
                optimizer.zero_grad(set_to_none=forgets != "to zero")
            loss = layers(x).square().sum()
            if forgets == "after the loss":
                optimizer.zero_grad()
            loss.backward()
            if forgets == "at the end":
                optimizer.zero_grad()
            return loss.detach() + total

        done = kind(step)
        for i in range(4):
            held = [p.grad for p in layers.parameters()]
            seen.append(done(tensor(drawn(i, 5, 3))).numpy())
            grads = [p.grad for p in layers.parameters()]
            held = held if forgets != "at the end" else []
            seen += [np.array(0.0) if each is None else each.clone().numpy() for each in (*held, *grads)]
        return seen

    for a, b in zip(run(compile), run(lambda step: step), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-5)
