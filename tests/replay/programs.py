"""Programs as strangers write them: compiled, each gives what it gives eagerly, call after call.

A file of programs makes its table, enters programs with :func:`entering`, and holds them with :func:`same`.
"""

import warnings

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn, tensor
from tinygrad_fr.errors import CompileWarning

X = np.array([[1.0, 2.0], [0.5, -1.5], [3.0, 0.1]])
W = np.array([[0.5, -1.0], [2.0, 0.25]])


def entering(programs):
    """A decorator that enters a program: it takes ``run``, which compiles or not, and yields what it sees."""

    def program(build):
        programs[build.__name__] = build
        return build

    return program


def leaf(x=W):
    return tensor(x, requires_grad=True)


def xs(n=4):
    return [tensor(X * (k + 1)) for k in range(n)]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.scale, self.act = nn.Linear(2, 3), nn.Linear(3, 2), 1.0, nn.Tanh()
        self.register_buffer("shift", tensor([0.1, 0.2]))

    def forward(self, x):
        return self.b(self.act(self.a(x))) * self.scale + self.shift


def seen(build, run):
    """What a program yields."""
    tg.manual_seed(0)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        for x in build(run):
            found.append(None if x is None else np.array(x.detach().numpy()))
    return found


def same(build):
    """Hold a program, compiled, to what it yields eagerly, in float64."""
    before = tg.get_default_dtype()
    tg.set_default_dtype(tg.float64)
    try:
        expected, found = seen(build, lambda f: f), seen(build, tg.compile)
    finally:
        tg.set_default_dtype(before)
    assert len(found) == len(expected)
    assert len(expected) > 2
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert (a is None) == (b is None), i
        if b is None:
            continue
        assert (a.shape, a.dtype) == (b.shape, b.dtype), i
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=str(i))
        if b.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(a[b == 0]), np.signbit(b[b == 0]), err_msg=str(i))
