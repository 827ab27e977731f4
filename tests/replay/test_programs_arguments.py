"""Programs as strangers write them, compiled: tensors as arguments."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.programs import X, entering, leaf, same, xs
from tinygrad_fr import autograd, tensor

PROGRAMS = {}
program = entering(PROGRAMS)


@program
def tensors_in_containers(run):
    f = run(lambda batch: batch["x"] * batch["more"][0] + batch["more"][1]["k"])
    for k, x in enumerate(xs(6)):
        yield f({"x": x, "more": [tensor(X), {"k": 1.0 + k // 3}]})


@program
def one_tensor_at_two_places(run):
    f = run(lambda a, b, c: a * 10 + b * c)
    x, y = tensor(X), tensor(X + 1)
    for given in [(x, x, x), (x, y, x), (y, x, x), (x, x, y), (x, y, tensor(X)), (x, x, x)]:
        yield f(*given)


@program
def views_of_one_base(run):
    @run
    def f(a, b):
        a.mul_(2)
        return a + b

    for k in range(4):
        base = tensor(np.arange(6.0))
        yield f(base[:3], base[k % 2 :][1:4])
        yield base


@program
def arguments_changed_in_place(run):
    @run
    def f(x, y):
        x.add_(1)
        x[0] = 7.0
        y.data.mul_(2)
        return x * y

    for _each in range(3):
        x, y = tensor(X), tensor(X)
        yield from (f(x, y), x, y)


@program
def sizes_and_dtypes_in_turn(run):
    f = run(lambda x: (x * 2).sum(0) + 1)
    for given in (
        X,
        X[:0],
        X.astype("f4"),
        np.arange(6).reshape(3, 2),
        X[:, :0],
        X > 1,
        X,
        X[::2],
        X.T,
        X.T[::-1].copy(),
    ):
        yield f(tensor(given))


@program
def other_strides(run):
    f = run(lambda x: x.exp().reshape(-1) * 2)
    base = tensor(np.arange(12.0).reshape(3, 4) / 10)
    for given in (
        base,
        base.T,
        base[:, ::2],
        base[1:],
        base.T[1:],
        base.expand(2, 3, 4),
        base[:, 1],
        base.unfold(0, 2, 1),
    ):
        yield f(given)


@program
def a_result_that_is_the_argument(run):
    f = run(lambda x, k: x if k else x * 2)
    for k, x in enumerate(xs(6)):
        y = f(x, k % 2)
        yield tensor(float(y is x))
        y.add_(1)
        yield x


@program
def results_that_share(run):
    @run
    def f(x):
        y = x * 2
        return y, y[0], y.T

    for x in xs(3):
        y, first, turned = f(x)
        y.add_(1)
        yield from (first, turned)


@program
def a_result_kept_from_call_to_call(run):
    f = run(lambda h, x: (h * 0.5 + x).tanh())
    h = tensor(np.zeros((3, 2)))
    kept = []
    for x in xs(5):
        h = f(h, x)
        kept.append(h)
    yield from kept


@program
def a_result_changed_after_the_call(run):
    f = run(lambda x: x * 2 + 1)
    x = tensor(X)
    for _each in range(4):
        y = f(x)
        y += 1
        y[0] = 0.0
        yield from (y, x)


@program
def a_gradient_inside(run):
    @run
    def f(x):
        y = x.detach().clone().requires_grad_(True)
        (g,) = autograd.grad((y**3).sum(), y)
        return g

    for x in xs(3):
        yield f(x)


@program
def gradients_of_functions(run):
    f = run(lambda x: tg.functional.grad(lambda y: (y**3).sum())(x))
    g = run(lambda x: tg.functional.jacobian(lambda y: y**2, x[0]))
    for x in xs(3):
        yield from (f(x), g(x))


class Doubled(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x


@program
def an_operation_of_ones_own(run):
    w = leaf()
    f = run(lambda x: Doubled.apply(x @ w))
    for x in xs(3):
        f(x).sum().backward()
        yield w.grad


@program
def modes_around(run):
    w = leaf()
    f = run(lambda x: x @ w)
    for k, x in enumerate(xs(8)):
        with (tg.no_grad, tg.enable_grad, tg.inference_mode, tg.recording)[k % 4]():
            y = f(x)
        yield tensor(float(y.requires_grad))
        if y.requires_grad:
            y.sum().backward()
            yield w.grad


@program
def default_dtypes(run):
    f = run(lambda x: x + tg.ones(2))
    for k in range(4):
        tg.set_default_dtype(tg.float32 if k % 2 else tg.float64)
        y = f(tensor(X.astype("f4"), dtype=tg.float32))
        yield tensor(float(y.dtype.itemsize))
    tg.set_default_dtype(tg.float64)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    same(PROGRAMS[name])
