"""torch.autograd.functional call by call: what results require, what strict refuses, several outputs, calls inside calls."""

import itertools

import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import _same, _seen

FUNCTIONS = {
    "cubes": "lambda x: x**3",
    "linear": "lambda x: x * 2",
    "of a weight": "lambda x: x * w",
    "constant": "lambda x: T.ones(3)",
    "constant that requires": "lambda x: w * 1",
    "several": "lambda x: (x**2, x.sum())",
    "one of several constant": "lambda x: (x**2, T.ones(2))",
    "no tensor": "lambda x: x.tolist()",
}
CALLS = {
    "jacobian": "A.jacobian(f, x, create_graph=c, strict=s)",
    "vectorized": "0 if isinstance(f(x), tuple) else A.jacobian(f, x, create_graph=c, vectorize=True)",
    "hessian": "A.hessian(total, x, create_graph=c, strict=s)",
    "vjp": "A.vjp(f, x, (v, v[0]) if name == 'several' else v, create_graph=c, strict=s)",
    "jvp": "A.jvp(f, x, v, create_graph=c, strict=s)",
    "hvp": "A.hvp(total, x, v, create_graph=c, strict=s)",
    "vhp": "A.vhp(total, x, v, create_graph=c, strict=s)",
    "vjp without a vector": "A.vjp(f, x, None)",
    "jvp of another shape": "A.jvp(f, x, v[:2])",
    "two inputs": "A.jacobian(lambda x, y: x.sum() * y, (x, v), create_graph=c, strict=s)",
    "one of two unused": "A.jacobian(lambda x, y: x * 2, (x, v), create_graph=c, strict=s)",
    "two inputs, hessian": "A.hessian(lambda x, y: (x**2).sum() * (y**2).sum(), (x, v), create_graph=c)",
    "two inputs, hvp": "A.hvp(lambda x, y: (x**2).sum() * (y**2).sum(), (x, v), (v, x.detach()), create_graph=c)",
    "inside another": "A.jacobian(lambda z: A.jacobian(f, z, create_graph=True), x) if name == 'cubes' else 0",
}


def found(package, name, call, create_graph, strict, leaf):
    space = {
        "T": package,
        "A": package.autograd.functional,
        "name": name,
        "c": create_graph,
        "s": strict,
        "x": package.tensor([0.5, -1.0, 2.0], requires_grad=leaf),
        "v": package.tensor([1.0, 2.0, -1.0]),
        "w": package.tensor([3.0, 1.0, 0.5], requires_grad=True),
    }
    space["f"] = f = eval(FUNCTIONS[name], space)
    space["total"] = lambda x: sum(part.sum() for part in f(x)) if isinstance(f(x), tuple) else f(x).sum()
    try:
        return _seen(package, eval(CALLS[call], space))
    except Exception as error:
        return error


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_modes(name, call):
    for modes in itertools.product((False, True), repeat=3):
        theirs, ours = found(torch, name, call, *modes), found(tg, name, call, *modes)
        if isinstance(theirs, Exception):
            kind = next(k for k in (TypeError, RuntimeError, Exception) if isinstance(theirs, k))
            assert isinstance(ours, kind if name != "no tensor" else Exception), (modes, theirs, ours)
        else:
            assert not isinstance(ours, Exception), (modes, theirs, ours)
            assert len(theirs) == len(ours), modes
            assert all(map(_same, theirs, ours)), (modes, theirs, ours)
