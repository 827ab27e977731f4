"""Programs as strangers write them, compiled: what runs inside a step."""

import random
import time
from typing import NamedTuple

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.programs import X, entering, leaf, same, xs
from tinygrad_fr import tensor
from tinygrad_fr.nn import functional as F

PROGRAMS = {}
program = entering(PROGRAMS)


@program
def clocks_and_other_generators(run):
    random.seed(0)
    np.random.seed(0)
    f, g, h = (
        run(lambda x: x * random.random()),
        run(lambda x: x * np.random.rand()),
        run(lambda x: x + 0 * time.time()),
    )
    for x in xs(3):
        yield from (f(x), g(x), h(x))


@program
def a_generator_of_numpys_that_is_captured(run):
    source = np.random.default_rng(0)
    f = run(lambda x: x + tensor(source.normal(size=2)))
    for x in xs(4):
        yield f(x)


@program
def seeds_inside(run):
    @run
    def f(x):
        tg.manual_seed(3)
        return x + tg.rand(2)

    for x in xs(3):
        yield f(x)
    yield tg.rand(2)


@program
def draws_between_calls(run):
    f = run(lambda x: F.dropout(x, 0.5) + tg.randn(2))
    for x in xs(4):
        yield f(x)
        yield tg.rand(2)


@program
def a_generator_given(run):
    source = tg.Generator()
    source.manual_seed(1)
    f = run(lambda x: x + tg.rand(2, generator=source))
    for x in xs(4):
        yield f(x)
    yield tg.rand(2, generator=source)


@program
def what_is_printed(run):
    lines = []
    f = run(lambda x: (lines.append("called"), x * 2)[1])
    for x in xs(3):
        yield f(x)
    yield tensor(float(len(lines)))


@program
def an_error_now_and_then(run):
    @run
    def f(x, k):
        if k == 2:
            raise ValueError("two")
        return x / k

    for k, x in enumerate(xs(5)):
        try:
            yield f(x, k)
        except ValueError:
            yield tensor(-1.0)


@program
def an_error_of_shapes(run):
    w = leaf()
    f = run(lambda x: x @ w)
    for side in (2, 3, 2, 3, 2):
        try:
            yield f(tensor(np.ones((3, side))))
        except RuntimeError:
            yield tensor(-1.0)


@program
def an_error_that_is_caught_inside(run):
    @run
    def f(x):
        try:
            y = x.reshape(5, 5)
        except RuntimeError:
            y = x * 2
        return y

    for x in xs(3):
        yield f(x)
    yield f(tensor(np.ones((5, 5))))


@program
def a_generator_function(run):
    def parts(x):
        for k in range(3):
            yield x * k

    f = run(lambda x: sum(parts(x)))
    for x in xs(3):
        yield f(x)


@program
def recursion(run):
    def power(x, n):
        return x if n == 0 else power(x * 0.5 + 1, n - 1)

    f = run(lambda x, n: power(x, n))
    for k, x in enumerate(xs(6)):
        yield f(x, k % 3)


@program
def many_ways_to_give_arguments(run):
    def f(x, /, *rest, scale=1.0, **named):
        return x * scale + sum(rest) + sum(named.values())

    g = run(f)
    x = tensor(X)
    for _each in range(2):
        yield from (
            g(x),
            g(x, 1),
            g(x, 1, 2.0),
            g(x, x),
            g(x, scale=2.0),
            g(x, a=1.0),
            g(x, b=1.0, a=x),
            g(x, a=x, b=1.0),
        )


@program
def one_compiled_inside_another(run):
    w = leaf()
    inner = run(lambda x: (x @ w).tanh())
    outer = run(lambda x: inner(x) + inner(x * 2))
    for x in xs(4):
        w.grad = None
        outer(x).sum().backward()
        yield w.grad
        yield inner(x)


@program
def compiled_twice(run):
    f = run(run(lambda x: x * 2))
    for x in xs(3):
        yield f(x)


@program
def a_method_and_a_property(run):
    class Model:
        def __init__(self):
            self.k = 1.0

        @property
        def doubled(self):
            return self.k * 2

        def __call__(self, x):
            return self.apply(x)

        def apply(self, x):
            return x * self.doubled

    model = Model()
    f, g = run(model), run(model.apply)
    for k, x in enumerate(xs(5)):
        model.k = 1.0 + k // 2
        yield from (f(x), g(x))


@program
def a_method_that_is_replaced(run):
    class Model:
        def act(self, x):
            return x * 2

        def __call__(self, x):
            return self.act(x)

    model = Model()
    f = run(model)
    for k, x in enumerate(xs(6)):
        if k == 2:
            model.act = lambda x: x * 3
        if k == 4:
            del model.act
            Model.act = lambda self, x: x * 4
        yield f(x)


@program
def an_object_with_slots(run):
    class Slotted:
        __slots__ = ("k",)

    thing = Slotted()
    f = run(lambda x: x * thing.k)
    for k, x in enumerate(xs(4)):
        thing.k = k + 1.0
        yield f(x)


@program
def a_named_tuple(run):
    class Pair(NamedTuple):
        a: object
        b: float

    f = run(lambda pair: Pair(pair.a * pair.b, 2.0))
    for k, x in enumerate(xs(5)):
        found = f(Pair(x, 1.0 + k // 2))
        yield found.a
        yield tensor(found.b)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    same(PROGRAMS[name])
