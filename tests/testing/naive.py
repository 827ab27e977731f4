"""A second engine, as plain as can be: dual numbers, one direction at a time. It knows neither tape nor vectors."""

from __future__ import annotations

import math

import numpy as np


class Dual:
    """A number and its derivative in one direction."""

    __slots__ = ("d", "v")

    def __init__(self, v, d=0.0):
        self.v, self.d = float(v), float(d)

    def __add__(self, other):
        other = as_dual(other)
        return Dual(self.v + other.v, self.d + other.d)

    __radd__ = __add__

    def __neg__(self):
        return Dual(-self.v, -self.d)

    def __sub__(self, other):
        return self + -as_dual(other)

    def __rsub__(self, other):
        return as_dual(other) - self

    def __mul__(self, other):
        other = as_dual(other)
        return Dual(self.v * other.v, self.v * other.d + self.d * other.v)

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = as_dual(other)
        return Dual(self.v / other.v, (self.d * other.v - self.v * other.d) / other.v**2)

    def __lt__(self, other):
        return self.v < as_dual(other).v

    def __ge__(self, other):
        return self.v >= as_dual(other).v

    def __gt__(self, other):
        return self.v > as_dual(other).v


def as_dual(x):
    return x if isinstance(x, Dual) else Dual(x)


def of(function, slope):
    """A function of one number from its value and its derivative."""
    return np.frompyfunc(lambda x: Dual(function(x.v), slope(x.v) * x.d), 1, 1)


UNARY = {
    "tanh": of(math.tanh, lambda v: 1 / math.cosh(v) ** 2),
    "sigmoid": of(lambda v: 1 / (1 + math.exp(-v)), lambda v: math.exp(-v) / (1 + math.exp(-v)) ** 2),
    "sin": of(math.sin, math.cos),
    "cos": of(math.cos, lambda v: -math.sin(v)),
    "relu": of(lambda v: max(v, 0.0), lambda v: float(v > 0)),
    "abs": of(abs, lambda v: math.copysign(1.0, v)),
    "square": of(lambda v: v * v, lambda v: 2 * v),
    "softplus": of(  # the number itself past 20, as PyTorch's
        lambda v: v if v > 20 else math.log(1 + math.exp(v)), lambda v: 1.0 if v > 20 else 1 / (1 + math.exp(-v))
    ),
    "exp": of(math.exp, math.exp),
    "sqrt": of(math.sqrt, lambda v: 0.5 / math.sqrt(v)),
    "log": of(math.log, lambda v: 1 / v),
}


def _pairwise(choose):
    return np.frompyfunc(choose, 2, 1)


def _atan2(a, b):
    r = a.v**2 + b.v**2
    return Dual(math.atan2(a.v, b.v), (a.d * b.v - a.v * b.d) / r)


def step(step, values):
    """One step of a program on arrays of dual numbers."""
    x = values[0]
    axis = step.attrs.get("dim")
    if step.name in UNARY:
        return np.asarray(UNARY[step.name](x), dtype=object)
    result = {
        "neg": lambda: -x,
        "add": lambda: x + values[1],
        "sub": lambda: x - values[1],
        "mul": lambda: x * values[1],
        "div": lambda: x / values[1],
        "atan2": lambda: _pairwise(_atan2)(x, values[1]),
        "maximum": lambda: _pairwise(lambda a, b: a if a > b else b)(x, values[1]),
        "minimum": lambda: _pairwise(lambda a, b: a if a < b else b)(x, values[1]),
        "matmul": lambda: x.dot(values[1]),
        "sum": lambda: x.sum(axis=axis),
        "mean": lambda: x.sum(axis=axis) / x.shape[axis],
        "amax": lambda: np.maximum.reduce(x, axis=axis),
        "softmax": lambda: UNARY["exp"](x) / UNARY["exp"](x).sum(axis=axis, keepdims=True),
        "transpose": lambda: np.swapaxes(x, step.attrs["dim0"], step.attrs["dim1"]),
        "reshape": lambda: x.reshape(step.attrs["shape"]),
        "flip": lambda: np.flip(x, step.attrs["dims"]),
        "cumsum": lambda: np.add.accumulate(x, axis=axis),
        "cat": lambda: np.concatenate(values, axis=axis),
        "stack": lambda: np.stack(values, axis=axis),
    }[step.name]()
    return np.asarray(result, dtype=object)


def gradients(program, weights):
    """Gradient of the weighted sum of a program's ends for each input, an element at a time."""
    found = [np.zeros(x.shape) for x in program.inputs]
    for i, x in enumerate(program.inputs):
        for index in np.ndindex(x.shape):
            inputs = []
            for k, each in enumerate(program.inputs):
                duals = np.empty(each.shape, dtype=object)
                for place in np.ndindex(each.shape):
                    duals[place] = Dual(each[place], float(k == i and place == index))
                inputs.append(duals)
            values = program.run(inputs, step)
            total = 0.0
            for end, w in zip(program.ends, weights, strict=True):
                total += sum(d.d * c for d, c in zip(np.ravel(values[end]), np.ravel(w), strict=True))
            found[i][index] = total
    return found
