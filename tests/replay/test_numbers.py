"""Plain numbers that a step reaches: one that was another becomes an input, and what the step did with it is guarded."""

import math
import operator
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import compile, nn, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.nn import functional as F
from tinygrad_fr.replay.number import Number, Source

FLOATS = [2.0, 0.5, 3.25, -1.5, 4.0, 0.0, 1.0, -0.0, 2.0]
INTS = [2, 3, 5, 1, 0, -1, 4, 2, 2]
X = tensor([[1.0, -2.0, 0.5], [0.25, 3.0, 1.5]])

# (step of a tensor and a number, whether numbers become inputs)
STEPS = {
    "times": (lambda x, k: x * k, True),
    "from the left": (lambda x, k: k - x, True),
    "worked out": (lambda x, k: x * (k * 2 + 1) - k, True),
    "a power": (lambda x, k: x.abs() ** k, True),
    "of integers": (lambda x, k: x.long() * k, True),
    "a scaled sum": (lambda x, k: x.add(x, alpha=k), True),
    "in place": (lambda x, k: x.clone().mul_(k), True),
    "compared": (lambda x, k: x * k if k > 1 else x + k, True),
    "by its own sign": (lambda x, k: x * abs(k) if k else x, True),
    "a size": (lambda x, k: tg.zeros(int(abs(k))) + x.sum(), False),
    "a root": (lambda x, k: x * math.sqrt(abs(k)), False),
    "filled": (lambda x, k: tg.full((3,), float(k)) * x, False),
    "clamped": (lambda x, k: x.clamp(max=k), False),
    "a slope": (lambda x, k: F.leaky_relu(x, k), False),
    "written": (lambda x, k: x + len(str(k)), False),
    "rounded": (lambda x, k: x * round(k), False),
    "by numpy": (lambda x, k: x * tensor(np.asarray(k) * np.ones(3)), False),
    "its class": (lambda x, k: x * k if type(k) is float else x + k, False),
    "its class, as an attribute": (lambda x, k: x * k if k.__class__ is float else x + k, False),
    "a key": (lambda x, k: x * {2.0: 5.0}.get(k, 1.0), False),
}


def argument(step):
    run = compile(step)
    return lambda x, k: run(x, k), run


def named(step):
    run = compile(lambda x, *, k: step(x, k))
    return lambda x, k: run(x, k=k), run


def captured(step):
    k = 2.0
    run = compile(lambda x: step(x, k))

    def call(x, now):
        nonlocal k
        k = now
        return run(x)

    return call, run


def attribute(step):
    held = SimpleNamespace(k=2.0)
    run = compile(lambda x: step(x, held.k))

    def call(x, now):
        held.k = now
        found = run(x)
        assert type(held.k) is type(now)
        return found

    return call, run


def entry(step):
    held = {"k": 2.0, "others": [1.0]}
    run = compile(lambda x: step(x, held["k"]))

    def call(x, now):
        held["k"] = now
        return run(x)

    return call, run


def element(step):
    held = [2.0]
    run = compile(lambda x: step(x, held[0]))

    def call(x, now):
        held[0] = now
        return run(x)

    return call, run


@pytest.mark.parametrize("kind", ["float", "int"])
@pytest.mark.parametrize("way", [argument, named, captured, attribute, entry, element])
@pytest.mark.parametrize("name", STEPS)
def test_a_number_that_changes(name, way, kind):
    step, followed = STEPS[name]
    call, run = way(step)
    numbers = FLOATS if kind == "float" else INTS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        for k in numbers:
            try:
                expected = step(X, k)
            except Exception as error:
                with pytest.raises(type(error)):
                    call(X, k)
                continue
            found = call(X, k)
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-5)
    if followed:
        assert run.recordings <= 4, run
        assert run.eager == 0


def test_a_training_step_follows_its_numbers():
    def played(compiled):
        w = tensor([1.0, 2.0], requires_grad=True)
        rate, decay = 0.1, SimpleNamespace(by=0.5)

        def step(x):
            w.grad = None
            loss = ((w * x - 1) ** 2).sum() + decay.by * (w * w).sum()
            loss.backward()
            with tg.no_grad():
                w.sub_(rate * w.grad)
            return loss

        run = compile(step) if compiled else step
        found = []
        for i in range(9):
            rate, decay.by = 0.1 / (i + 1), 0.5 / (1 + i % 3)
            found += [run(tensor([1.0, 0.5])).item(), *w.tolist()]
        return found, run

    (expected, _step), (found, run) = played(compiled=False), played(compiled=True)
    assert found == pytest.approx(expected, rel=1e-6)
    assert (run.recordings, run.eager) == (2, 0)


def test_a_number_that_is_returned():
    k = 1.0
    run = compile(lambda x: {"scaled": x * k, "by": (k, [k + 1])})
    for k in (1.0, 2.0, 3.0, 3.0):
        found = run(X)
        assert found["by"] == (k, [k + 1])
        assert type(found["by"][0]) is float
        assert type(found["by"][1][0]) is float
        assert found["scaled"].tolist() == (X * k).tolist()


def test_a_module_follows_its_number():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.scale = nn.Linear(3, 3), 1.0

        def forward(self, x):
            return self.inner(x) * self.scale

    module = Scaled()
    run = compile(module)
    with tg.no_grad():
        for i in range(8):
            module.scale = 1.0 + i
            assert tg.allclose(run(X), module(X))
            assert type(module.scale) is float
    assert (run.recordings, run.eager) == (2, 0)


def test_a_number_of_another_kind_is_recorded_again():
    k = 2.0
    run = compile(lambda x: x.long() * k)
    for k in (2.0, 3.0, 4.0, 3, 5, True, 2.0):
        found, expected = run(X), X.long() * k
        assert found.dtype == expected.dtype
        assert found.tolist() == expected.tolist()


def test_what_a_zero_gives_is_said_as_ever():
    k = 2.0
    run = compile(lambda x: x * (1 / k))
    for k in (2.0, 3.0, 4.0):
        assert run(X).tolist() == (X * (1 / k)).tolist()
    k = 0.0
    with pytest.raises(ZeroDivisionError):
        run(X)
    k = 8.0
    assert run(X).tolist() == (X * 0.125).tolist()


def test_an_error_leaves_plain_numbers():
    held = {"k": 2.0}

    def step(x):
        if held["k"] == 3.0:
            raise RuntimeError("three")
        return x * held["k"]

    run = compile(step)
    run(X)
    held["k"] = 3.0
    with pytest.raises(RuntimeError, match="three"):
        run(X)
    assert type(held["k"]) is float


BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("a", [3, -2.5, 4.0])
@pytest.mark.parametrize("b", [2, -3, 0.5])
def test_it_computes_as_a_number_does(name, a, b):
    function = getattr(operator, name)
    for found in (
        lambda: function(Number.of(Source(a)), b),
        lambda: function(a, Number.of(Source(b))),
        lambda: function(Number.of(Source(a)), Number.of(Source(b))),
    ):
        result, expected = found(), function(a, b)
        assert (result.read() if type(result) is Number else result) == expected


def test_it_passes_for_a_number():
    k, n = Number.of(Source(2.5)), Number.of(Source(3))
    assert isinstance(k, float)
    assert isinstance(n, int)
    assert (f"{k:.2f}", str(n), [0] * n, list(range(n)), math.sqrt(n + 1), round(k), divmod(n, 2)) == (
        "2.50", "3", [0, 0, 0], [0, 1, 2], 2.0, 2, (1, 1),
    )  # fmt: skip
    assert np.full(2, k).tolist() == [2.5, 2.5]
    assert (np.ones(2) * k).tolist() == [2.5, 2.5]
    assert k.is_integer() is False
    assert {2.5: "a"}[k] == "a"
