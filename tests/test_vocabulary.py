"""PyTorch's habits that no operation's own proof covers: in-place forms, dtypes, creation, functions of one's own."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import autograd, nn, ops, tensor
from tinygrad_fr.errors import AbsentError, GradientError, RangeError, ShapeError, UsageError
from tinygrad_fr.handles.in_place import IN_PLACE
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.testing import check_gradient
from tinygrad_fr.testing.proving.proofs import operations


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


class Both(autograd.Function):
    @staticmethod
    def forward(ctx, a, b, factor):
        ctx.save_for_backward(a, b)
        ctx.factor = factor
        return a * b, a + factor

    @staticmethod
    def backward(ctx, g_product, g_sum):
        a, b = ctx.saved_tensors
        zero = a * 0
        g_product = zero if g_product is None else g_product
        return g_product * b + (zero if g_sum is None else g_sum), g_product * a, None


def test_a_function_of_ones_own_at_both_orders():
    check_gradient(Exponential.apply, [0.5, -1.0])
    check_gradient(lambda a, b: Both.apply(a, b, 2.0)[0], [1.0, 2.0], [3.0, 4.0])
    check_gradient(lambda a, b: sum(x.sum() for x in Both.apply(a, b, 2.0)), [1.0, 2.0], [3.0, 4.0])


def test_a_function_of_ones_own_that_gives_too_few_gradients():
    class Wrong(autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, g):
            return g

    a = tensor([1.0], requires_grad=True)
    with pytest.raises(GradientError, match=r"Wrong\.backward: expected 2 gradients"):
        Wrong.apply(a, a).sum().backward()


UNARY = [
    op.name
    for op in operations()
    if isinstance(op, Elementwise) and op.inputs == ("x",) and op.name in IN_PLACE and op.differentiable
]


@pytest.mark.parametrize("name", UNARY)
def test_in_place_forms_keep_identity_and_history(name):
    low, high = ops.registry[name].facts.domain.get("x", (0.0, 1.0))
    x = tensor(np.array([max(low, 0.0) + 0.3, min(high, max(low, 0.0) + 1.0) - 0.2]), requires_grad=True)
    y = x * 1
    same = y
    expected = getattr(x * 1, name)()
    assert getattr(y, f"{name}_")() is same is y
    assert np.array_equal(y.detach().numpy(), expected.detach().numpy())
    a, b = (autograd.grad(z.sum(), x, allow_unused=True)[0] for z in (y, expected))
    assert np.array_equal(a.detach().numpy(), b.detach().numpy())


def test_in_place_with_operands():
    x = tensor([1.0, 2.0, 3.0])
    x.add_(1, alpha=2).mul_(2).clamp_(max=9).masked_fill_(x > 8, 0.0).sub_(tensor([1.0, 1.0, 1.0]))
    assert x.tolist() == [5.0, 7.0, -1.0]
    x.index_add_(0, tensor([0, 0]), tensor([1.0, 1.0])).scatter_(0, tensor([2]), 5.0)
    assert x.tolist() == [7.0, 7.0, 5.0]
    x.fill_(2).cumsum_(0)
    assert x.tolist() == [2.0, 4.0, 6.0]
    assert tg.ones(2, 2).tril_().tolist() == [[1.0, 0.0], [1.0, 1.0]]


def test_a_value_that_is_still_needed_cannot_be_lost():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    z = y * y
    y.add_(1)
    with pytest.raises(GradientError, match="was changed after"):
        z.sum().backward()
    with pytest.raises(GradientError, match="leaf"):
        x.mul_(2)


def test_half_precision_is_stored_and_computed():
    x = tensor([1.0, 2.0], dtype=tg.float16, requires_grad=True)
    y = (x * x).sum()
    assert y.dtype == tg.float16
    y.backward()
    assert x.grad.dtype == tg.float16
    assert x.float().dtype == tg.float32


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"])
def test_dtypes_have_their_names(name):
    assert tg.zeros(2, dtype=getattr(tg, name)).dtype == np.dtype(name)


def test_creation():
    assert tg.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert tg.linspace(0, 1, 3).tolist() == [0.0, 0.5, 1.0]
    assert tg.arange(1, 4).dtype == tg.int64
    assert tg.full((2,), 3).dtype == tg.int64
    assert tg.full_like(tg.zeros(2), 3).tolist() == [3.0, 3.0]
    assert tg.tril_indices(2, 2).tolist() == [[0, 1, 1], [0, 0, 1]]
    assert F.one_hot(tensor([1, 0])).tolist() == [[0, 1], [1, 0]]


def test_dimensions_outside_are_refused_with_the_ones_there_are():
    x = tg.zeros(2, 3)
    for call in (
        lambda: x.sum(2),
        lambda: x.unsqueeze(4),
        lambda: x.flip(-3),
        lambda: x.softmax(5),
        lambda: x.split(1, 7),
    ):
        with pytest.raises((RangeError, ShapeError)):
            call()
    with pytest.raises(RangeError, match="expected a dimension from -2 to 1, got 2"):
        x.sum(2)


def test_the_same_seed_drops_the_same_elements():
    drawn = [F.dropout(tg.ones(50), 0.5, generator=tg.Generator(3)).tolist() for _each in range(2)]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {0.0, 2.0}
    assert F.dropout(tg.ones(4), training=False).tolist() == [1.0] * 4


def test_several_results_have_names():
    x = tensor([[1.0, 3.0], [4.0, 2.0]])
    assert x.max(dim=1).values.tolist() == [3.0, 4.0]
    assert x.sort(descending=True).indices.tolist() == [[1, 0], [0, 1]]
    assert tg.topk(x, 1).values.tolist() == [[3.0], [4.0]]
    assert tg.linalg.eigh(tg.eye(2)).eigenvalues.tolist() == [1.0, 1.0]
    assert tg.linalg.svd(x).S.shape == (2,)
    assert tg.linalg.slogdet(x).sign.item() == -1.0
    values, indices = x.median(dim=0)
    assert (values.tolist(), indices.tolist()) == ([1.0, 2.0], [0, 1])


def test_there_is_one_device():
    assert tg.zeros(2, device=tg.device("cpu")).device == tg.device("cpu")
    for there in (
        lambda: tg.ones(2).to(tg.device("cuda")),
        lambda: tg.ones(2, device=0),
        lambda: tg.zeros(2, device="cuda:0"),
        lambda: tg.ones(2).to("mps"),
    ):
        with pytest.raises(AbsentError, match="there is the CPU alone"):
            there()
    with pytest.raises(UsageError, match="unknown device"):
        tg.rand(2, device="gpu")


def test_starting_values():
    weight = tg.empty(64, 32)
    assert tg.nn.init.xavier_uniform_(weight) is weight
    assert float(abs(weight.detach().numpy()).max()) <= (6 / 96) ** 0.5
    tg.nn.init.orthogonal_(weight)
    assert np.allclose(weight.detach().numpy().T @ weight.detach().numpy(), np.eye(32), atol=1e-5)
    assert np.std(tg.nn.init.kaiming_normal_(weight, nonlinearity="relu").detach().numpy()) == pytest.approx(
        0.25, rel=0.1
    )


def test_a_layer_made_from_one_of_ours_keeps_its_function_and_settings():
    class Leaky(nn.LeakyReLU):
        pass

    class Bordered(nn.ZeroPad1d):
        pass

    assert Leaky(0.5)(tensor([-1.0, 2.0])).tolist() == [-0.5, 2.0]
    assert Bordered(1)(tensor([[5.0]])).tolist() == [[0.0, 5.0, 0.0]]
    with pytest.raises(TypeError, match="slope"):
        Leaky(slope=0.5)
