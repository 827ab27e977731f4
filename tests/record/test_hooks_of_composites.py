"""A hook is called once, whatever way a derivative takes through the equations of a composite operation."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr import autograd, tensor


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    "function", [lambda x: tg.logsumexp(x, 0), lambda x: x.softmax(0)[0], lambda x: x.std(0), lambda x: x.var(0)]
)
def test_a_hook_of_an_operand(function, create_graph):
    x = tensor([1.0, 2.0, 4.0], requires_grad=True)
    (expected,) = autograd.grad(function(x), x)
    x.register_hook(lambda g: g * 3)
    function(x).backward(create_graph=create_graph)
    found = x.grad
    assert found.tolist() == pytest.approx([3 * g for g in expected.tolist()], rel=1e-6)
