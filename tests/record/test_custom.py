"""Functions of one's own, and hooks: what they keep, give and change is checked, as in PyTorch."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import Value, autograd, nn, optim, tensor
from tinygrad_fr.errors import DtypeError, GradientError, ShapeError
from tinygrad_fr.testing import check_gradient


class Square(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


class Exponential(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


class Apart(autograd.Function):
    """Product and sum; the first is saved."""

    @staticmethod
    def forward(ctx, a, b):
        product, total = a * b, a + b
        ctx.save_for_backward(a, b, product)
        return product, total

    @staticmethod
    def backward(ctx, g_product, g_total):
        a, b, product = ctx.saved_tensors
        assert np.array_equal(product.detach().numpy(), (a * b).detach().numpy())
        return g_product * b + g_total, g_product * a + g_total


def leaf(*numbers):
    return tensor([float(n) for n in numbers], requires_grad=True)


CHANGES = {
    "step": lambda w: optim.SGD([w], 0.1).step(),
    "in place": lambda w: changed(w, lambda: w.add_(1.0)),
    "index": lambda w: changed(w, lambda: w.__setitem__(0, 5.0)),
    "view": lambda w: changed(w, lambda: w[:1].mul_(2.0)),
    "data": lambda w: setattr(w, "data", tensor([7.0, 8.0])),
}


def changed(_w, change):
    with tg.no_grad():
        change()


@pytest.mark.parametrize("name", CHANGES)
def test_a_saved_leaf_that_changed_is_refused(name):
    w = leaf(1, 2)
    w.grad = tensor([1.0, 1.0])
    loss = Square.apply(w).sum()
    CHANGES[name](w)
    with pytest.raises(GradientError, match="was changed after") as caught:
        loss.backward()
    assert isinstance(caught.value, RuntimeError)
    assert w.grad.tolist() == [1.0, 1.0]
    w.grad = None
    Square.apply(w).sum().backward()
    assert w.grad.tolist() == (2 * w).tolist()


def test_a_saved_output_that_changed_is_refused():
    x = leaf(1, 2)
    y = Exponential.apply(x)
    y.add_(1.0)
    with pytest.raises(GradientError, match="was changed after"):
        y.sum().backward()
    product, total = Apart.apply(x, leaf(3, 4))
    product.mul_(2.0)
    with pytest.raises(GradientError, match="was changed after"):
        (product + total).sum().backward()


def test_what_is_not_saved_may_change():
    x = leaf(1, 2)
    y = Square.apply(x)
    y.add_(1.0)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("used", [0, 1])
def test_an_output_that_nothing_used_gets_zeros(used):
    a, b = leaf(1, 2), leaf(3, 4)
    Apart.apply(a, b)[used].sum().backward()
    assert a.grad.tolist() == ([3.0, 4.0] if used == 0 else [1.0, 1.0])
    assert b.grad.tolist() == ([1.0, 2.0] if used == 0 else [1.0, 1.0])


def test_none_is_given_on_request():
    seen = []

    class Two(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, g, h):
            seen.append((g, h))
            return g * 2

    x = leaf(1)
    Two.apply(x)[0].backward()
    assert seen[0][1] is None
    assert x.grad.tolist() == [2.0]


def giving(gradient):
    class Gives(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return gradient

    return Gives


@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1), (2, 3), (4, 3, 2), ()])
def test_a_gradient_of_another_shape_is_refused(shape):
    x = tg.ones(3, 3, requires_grad=True)
    with pytest.raises(ShapeError, match=r"Gives\.backward: expected a gradient of shape \(3, 3\) for argument 0"):
        giving(tg.ones(*shape)).apply(x).sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 3), (4, 2, 3)])
def test_one_that_was_broadcast_is_summed(shape):
    x = tg.ones(3, requires_grad=True)
    giving(tg.ones(*shape)).apply(x).sum().backward()
    assert x.grad.tolist() == [float(np.prod(shape) / 3)] * 3


def test_gradients_take_the_dtype_of_their_argument():
    x = leaf(1, 2)
    giving(tg.ones(2, dtype=tg.float64)).apply(x).sum().backward()
    assert x.grad.dtype == np.float32


def test_none_is_no_gradient():
    x = leaf(1, 2)
    (giving(None).apply(x) * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_an_argument_that_is_no_tensor_gets_none():
    class Scaled(autograd.Function):
        @staticmethod
        def forward(ctx, x, k):
            ctx.k = k
            return x * k

        @staticmethod
        def backward(ctx, g):
            return g * ctx.k, g

    x = leaf(1)
    with pytest.raises(GradientError, match="expected None for argument 1, which is no tensor"):
        Scaled.apply(x, 3.0).backward()


def test_more_gradients_than_arguments_must_be_none():
    x = leaf(1)
    giving((tg.ones(1), None)).apply(x).backward()
    with pytest.raises(GradientError, match="expected 1 gradients"):
        giving((tg.ones(1), tg.ones(1))).apply(x).backward()


def test_what_is_marked_carries_no_gradient():
    class Sorted(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, rank = x.sort()
            rank = rank.float()
            ctx.mark_non_differentiable(rank)
            ctx.save_for_backward(rank)
            return values, rank

        @staticmethod
        def backward(ctx, g, g_rank):
            assert not g_rank.any()
            (rank,) = ctx.saved_tensors
            return tg.zeros(3).scatter(0, rank.long(), g)

    x = leaf(3, 1, 2)
    values, rank = Sorted.apply(x)
    assert (values.requires_grad, rank.requires_grad) == (True, False)
    (values * tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [3.0, 1.0, 2.0]


class Doubled(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(2.0)
        return x

    @staticmethod
    def backward(ctx, g):
        return 2 * g


def test_an_argument_changed_in_place():
    x = leaf(1, 2)
    y = x * 3
    z = Doubled.apply(y)
    assert z is y
    assert y.tolist() == [6.0, 12.0]
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]


def test_a_leaf_is_not_changed_in_place():
    x = leaf(1, 2)
    with pytest.raises(GradientError, match="is a leaf that requires a gradient, which forward may not change"):
        Doubled.apply(x)
    assert x.tolist() == [1.0, 2.0]
    with tg.no_grad():
        assert Doubled.apply(x).tolist() == [2.0, 4.0]


def test_context_set_up_apart():
    class Cube(autograd.Function):
        @staticmethod
        def forward(x, power):
            return x**power

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.power = inputs
            ctx.save_for_backward(x, output)

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return ctx.power * y / x * g, None

    check_gradient(lambda x: Cube.apply(x, 3), [1.5, -2.0])
    check_gradient(lambda x: Cube.apply(x, 3), [1.5, -2.0], order=2)


def test_what_may_be_kept():
    class Keeps(autograd.Function):
        @staticmethod
        def forward(ctx, x, kept):
            ctx.save_for_backward(x, kept)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g, None

    x = leaf(1)
    Keeps.apply(x, None).backward()
    with pytest.raises(DtypeError, match="save_for_backward: expected tensors, got int"):
        Keeps.apply(x, 3)


def test_what_backward_is_told_of_its_arguments():
    class Told(autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            seen.append(ctx.needs_input_grad)
            return args[0] * 1

        @staticmethod
        def backward(ctx, g):
            return g, None, None

    seen = []
    Told.apply(leaf(1), tensor([1.0]), 5).backward()
    assert seen == [(True, False, False)]


def test_once():
    class Once(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @autograd.once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x * x * g

    x = leaf(2)
    (dx,) = autograd.grad(Once.apply(x).sum(), x, create_graph=True)
    assert dx.tolist() == [12.0]
    with pytest.raises(GradientError, match="is differentiable once"):
        dx.sum().backward()
    Once.apply(x).sum().backward()
    assert x.grad.tolist() == [12.0]


def test_second_order_through_what_was_kept():
    for function in (Square.apply, Exponential.apply, lambda x: Apart.apply(x, x * x)[0]):
        check_gradient(function, [0.5, -1.0], order=2)


REPLACED = {
    "shape": (lambda g: g.sum(), ShapeError, r"must give a gradient of shape \(3, 3\), got \(\)"),
    "row": (lambda g: g[0], ShapeError, r"of shape \(3, 3\), got \(3,\)"),
    "broadcast": (lambda g: tg.ones(2, 3, 3), ShapeError, r"of shape \(3, 3\), got \(2, 3, 3\)"),
    "dtype": (lambda g: g.double(), DtypeError, "of dtype float32, got float64"),
    "integers": (lambda g: g.long(), DtypeError, "of dtype float32, got int64"),
    "number": (lambda g: 2.0, DtypeError, "must give a gradient or None, got float"),
    "array": (lambda g: np.ones((3, 3), np.float32), DtypeError, "must give a gradient or None, got ndarray"),
}


@pytest.mark.parametrize("name", REPLACED)
@pytest.mark.parametrize("inner", [False, True])
def test_what_a_hook_gives_is_checked(name, inner):
    hook, kind, message = REPLACED[name]
    x = tg.ones(3, 3, requires_grad=True)
    y = x * 2
    (y if inner else x).register_hook(hook)
    with pytest.raises(kind, match=message):
        y.sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("inner", [False, True])
def test_hooks_replace_and_watch(inner):
    x = tg.ones(2, requires_grad=True)
    y = x * 2
    seen, at = [], y if inner else x
    at.register_hook(lambda g: seen.append(g.tolist()))
    handle = at.register_hook(lambda g: 3 * g)
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]
    assert seen == [[1.0, 1.0] if inner else [2.0, 2.0]]
    handle.remove()
    y.sum().backward()
    assert x.grad.tolist() == [8.0, 8.0]


def test_a_hook_where_no_gradient_comes_is_refused():
    with pytest.raises(RuntimeError, match="requires no gradient: no hook would ever be called"):
        tensor([1.0]).register_hook(lambda g: g)


def test_a_function_of_a_parameter_in_a_module_learns():
    layer = nn.Linear(2, 1)
    optimizer = optim.SGD(layer.parameters(), 0.1)
    for _step in range(3):
        optimizer.zero_grad()
        Square.apply(layer(tg.ones(1, 2))).sum().backward()
        optimizer.step()
    assert Value(float(layer(tg.ones(1, 2)).item() ** 2)).data < 1.0
