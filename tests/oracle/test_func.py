"""torch.func and torch.autograd.functional: the same numbers, for functions of every shape of argument and result."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

FUNCTIONS = {
    "square": "lambda x: x * x",
    "sum of cubes": "lambda x: (x**3).sum()",
    "softmax": "lambda x: x.softmax(-1)",
    "matrix": "lambda x: x.reshape(-1, 1) @ x.reshape(1, -1)",
    "two results": "lambda x: (x.sin(), (x * x).sum())",
    "dictionary": "lambda x: {'a': x.exp(), 'b': x.tanh().sum()}",
    "without x": "lambda x: t.ones(2) * 3",
    "constant part": "lambda x: (x[0] * x[1]).reshape(1)",
    "norm": "lambda x: x.norm()",
    "relu": "lambda x: (x - 0.3).relu()",
    "product": "lambda x: x.prod()",
    "log of sum": "lambda x: x.logsumexp(-1)",
}
SCALAR = ("sum of cubes", "norm", "product", "log of sum")
POINTS = {"vector": [0.5, -1.25, 2.0], "matrix": [[0.5, 1.5], [-1.0, 0.25]]}


def plain(found):
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items()}
    if isinstance(found, tuple | list):
        return [plain(part) for part in found]
    return np.asarray(found.detach().numpy())


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        return [same(a[key], b[key]) for key in a]
    if isinstance(a, list):
        assert len(a) == len(b)
        return [same(x, y) for x, y in zip(a, b, strict=True)]
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
    return None


def both(expression, **more):
    """What an expression of ``t``, ``F`` (torch.func) and ``A`` (torch.autograd.functional) gives in both packages."""
    results = []
    for t in (torch, tg):
        space = {"t": t, "F": t.func, "A": t.autograd.functional, "d": t.float64}
        space |= {name: t.tensor(value, dtype=t.float64) for name, value in more.items()}
        results.append(plain(eval(expression, space)))
    same(results[1], results[0])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("at", POINTS)
@pytest.mark.parametrize(
    "call",
    [
        "F.jacrev({f})(x)",
        "F.jacfwd({f})(x)",
        "F.jvp({f}, (x,), (x + 1,))",
        "(lambda y, pull: (y, pull(y)))(*F.vjp({f}, x))",
        "F.vmap({f})(t.stack([x, x + 1, x * 2]))",
        "F.vmap({f}, out_dims=0, in_dims=1)(t.stack([x, x + 1], 1))",
        "F.vmap(F.jacrev({f}))(t.stack([x, x + 1]))",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_functions(name, at, call):
    if name == "without x" and ("jvp" in call or "jacfwd" in call):
        pytest.skip("PyTorch's forward mode gives it another dtype")
    if name == "constant part" and at == "matrix":
        pytest.skip("a vector is expected")
    both(call.format(f=f"({FUNCTIONS[name]})"), x=POINTS[at])


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize(
    "call",
    [
        "F.grad({f})(x)",
        "F.grad_and_value({f})(x)",
        "F.hessian({f})(x)",
        "F.vmap(F.grad({f}))(t.stack([x, x + 1]))",
        "F.jacrev(F.grad({f}))(x)",
        "F.grad(lambda x: F.grad({f})(x).sum())(x)",
        "A.jacobian({f}, x)",
        "A.hessian({f}, x)",
        "A.vjp({f}, x)",
        "A.jvp({f}, x, x + 1)",
        "A.hvp({f}, x, x + 1)",
        "A.vhp({f}, x, x + 1)",
        "F.vmap({f}, in_dims=(0,))(t.stack([x, x + 1]))",
    ],
)
def test_functions_that_give_one_number(name, call):
    both(call.format(f=f"({FUNCTIONS[name]})"), x=POINTS["vector"])


@pytest.mark.parametrize(
    "call",
    [
        "F.grad(lambda x, y: (x * y * y).sum(), argnums=1)(x, y)",
        "F.grad(lambda x, y: (x * y * y).sum(), argnums=(0, 1))(x, y)",
        "F.jacrev(lambda x, y: x * y * y, argnums=(0, 1))(x, y)",
        "F.hessian(lambda x, y: (x * y * y).sum(), argnums=(0, 1))(x, y)",
        "F.grad(lambda p: (p['a'] * p['b'] ** 2).sum())({'a': x, 'b': y})",
        "F.grad(lambda p: (p[0] * p[1]).sum())((x, y))",
        "F.grad(lambda x: ((x * x).sum(), x + 1), has_aux=True)(x)",
        "F.grad_and_value(lambda x: ((x * x).sum(), x + 1), has_aux=True)(x)",
        "F.vjp(lambda x: (x * x, x + 1), x, has_aux=True)[2]",
        "F.jacrev(lambda x: (x * x, x + 1), has_aux=True)(x)",
        "F.vmap(lambda x, y: x * y, in_dims=(None, 0))(x, y)",
        "F.vmap(lambda x, y: x @ y, in_dims=(0, 0))(t.ones(2, 3, 4, dtype=d), t.ones(2, 4, 1, dtype=d))",
        "F.vmap(lambda x, y: (x + y, x - y), out_dims=(0, 1))(t.stack([x, y]), t.stack([y, y]))",
        "F.vmap(F.vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))(x, y)",
        "F.vmap(lambda p: p['a'] + p['b'])({'a': x, 'b': y})",
        "F.vmap(t.dot)(t.stack([x, y]), t.stack([y, x]))",
        "t.vmap(t.sum)(t.stack([x, y]))",
        "A.jacobian(lambda x, y: x * y, (x, y))",
        "A.hessian(lambda x, y: (x * y * y).sum(), (x, y))",
        "A.jacobian(lambda x: x.exp(), x, create_graph=True)",
        "A.vjp(lambda x: x.exp(), x, y)",
        "(lambda w: t.autograd.grad(F.grad(lambda x: (x * w).sum())(x).sum(), w)[0])(y.requires_grad_())",
    ],
)
def test_arguments(call):
    both(call, x=[0.5, -1.25, 2.0], y=[1.5, 0.25, -1.0])


def test_modules():
    """Per-sample gradients, and an ensemble, as the tutorials of torch.func write them."""
    results = []
    for t in (torch, tg):
        t.manual_seed(0)
        nets = [t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 2)).double() for _each in range(3)]
        net, func = nets[0], t.func
        weights = {name: p.detach() for name, p in net.named_parameters()}
        x, labels = t.linspace(-1, 1, 15, dtype=t.float64).reshape(5, 3), t.tensor([0, 1, 1, 0, 1])

        def loss(weights, sample, label, net=net, func=func, t=t):
            y = func.functional_call(net, weights, (sample.unsqueeze(0),))
            return t.nn.functional.cross_entropy(y, label.unsqueeze(0))

        each = func.vmap(func.grad(loss), in_dims=(None, 0, 0))(weights, x, labels)
        stacked, buffers = func.stack_module_state(nets)
        ensemble = func.vmap(lambda p, b, net=net, func=func, x=x: func.functional_call(net, (p, b), (x,)))(
            stacked, buffers
        )
        again = net(x)
        results.append(plain([each, ensemble, again, {name: value.sum() for name, value in stacked.items()}]))
    same(results[1], results[0])


@pytest.mark.parametrize("way", ["grad", "value", "vjp", "nested"])
@pytest.mark.parametrize("outside", [True, False])
def test_where_no_gradient_is_kept_a_derivative_is_a_number(way, outside):
    found = []
    for package in (torch, tg):
        f = package.func

        def cubed(x, f=f, package=package):
            with package.no_grad():
                shift = f.grad(lambda x: 0.25 * x**4)(x) if way == "nested" else f.grad_and_value(lambda x: x**3)(x)[1]
            return x**3 - shift

        x = package.tensor(1.5, requires_grad=True)
        with package.set_grad_enabled(not outside):
            if way == "vjp":
                y = f.vjp(cubed, x)[0]
            else:
                y = f.grad(cubed)(x) if way != "value" else f.grad_and_value(cubed)(x)[1]
        state = [y.item(), y.requires_grad]
        if y.requires_grad:
            state.append(package.autograd.grad(y, x)[0].item())
        found.append(state)
    assert found[1] == pytest.approx(found[0])
