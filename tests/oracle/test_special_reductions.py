"""Reductions and scans where elements are zero, NaN, infinite or equal: value, gradient and second derivative are PyTorch's; compiled steps give the same."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

NAN, INF = float("nan"), float("inf")
ROWS = {
    "usual": [1.5, -2.0, 3.0, 0.5],
    "a zero": [1.5, 0.0, 3.0, 0.5],
    "two zeros": [1.5, 0.0, 0.0, 0.5],
    "zeros": [0.0, 0.0, 0.0, 0.0],
    "a NaN": [1.5, NAN, 3.0, 0.5],
    "two NaN": [NAN, 2.0, NAN, 1.0],
    "NaN": [NAN, NAN, NAN, NAN],
    "NaN last": [1.0, 2.0, 3.0, NAN],
    "an infinity": [1.5, INF, 3.0, 0.5],
    "a negative infinity": [1.5, -INF, 3.0, 0.5],
    "two infinities": [INF, 1.0, INF, 2.0],
    "opposite infinities": [INF, 1.0, -INF, 2.0],
    "negative infinities": [-INF, -INF, -INF, -INF],
    "NaN and an infinity": [NAN, INF, 1.0, 2.0],
    "zero and an infinity": [0.0, INF, 1.0, 2.0],
    "zero and NaN": [0.0, NAN, 1.0, 2.0],
    "zeros and NaN": [0.0, NAN, 0.0, 2.0],
    "ties": [2.0, 2.0, 1.0, 1.0],
}
PAIRS = [("usual", "a NaN"), ("two zeros", "a zero"), ("negative infinities", "usual"), ("NaN", "usual"), ("ties", "zeros"), ("two infinities", "opposite infinities"), ("zero and an infinity", "zeros and NaN"), ("a zero", "NaN and an infinity")]  # fmt: skip
GIVEN = {**ROWS, **{f"{a}, {b}": [ROWS[a], ROWS[b]] for a, b in PAIRS}}


def _reduced(name, *arguments, **options):
    """A function of a tensor, the dimension or None, and whether it stays."""

    def compute(package, x, dim, keepdim):
        function = package
        for part in name.split("."):
            function = getattr(function, part)
        chosen = {} if dim is None else {"dim": dim, "keepdim": keepdim}
        return function(x, *arguments, **chosen, **options)

    return compute


def _along(name, *arguments, **options):
    """The same of a function that goes along one dimension, and drops none."""

    def compute(package, x, dim, _keepdim):
        function = package
        for part in name.split("."):
            function = getattr(function, part)
        return function(x, *arguments, dim=0 if dim is None else dim, **options)

    return compute


CALLS = {name: _reduced(name) for name in ("sum", "mean", "prod", "amax", "amin", "max", "min", "median", "nanmedian", "nansum", "nanmean", "std", "var", "aminmax")}  # fmt: skip
CALLS |= {f"{name}, uncorrected": _reduced(name, correction=0) for name in ("var", "std")}
CALLS |= {f"norm of order {p}": _reduced("linalg.vector_norm", p) for p in (0, 0.5, 1, 1.5, 2, 3, INF, -INF, -1)}
CALLS |= {f"{kind} {how}": _reduced(kind, 0.4, interpolation=how) for kind in ("quantile", "nanquantile") for how in ("linear", "lower", "higher", "nearest", "midpoint")}  # fmt: skip
CALLS |= {name: _along(name) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "diff", "trapezoid", "cumulative_trapezoid")}  # fmt: skip
CALLS |= {name: _along(f"nn.functional.{name}") for name in ("softmax", "log_softmax", "softmin", "normalize")}
CALLS |= {"sort": _along("sort", stable=True), "sort downwards": _along("sort", stable=True, descending=True)}
CALLS |= {
    "logsumexp": lambda m, x, dim, keep: m.logsumexp(x, tuple(range(x.ndim)) if dim is None else dim, keep),
    "renorm": lambda m, x, dim, _keep: m.renorm(x, 2, dim or 0, 1.0) if x.ndim > 1 else x,
    "cosine_similarity": lambda m, x, dim, _keep: m.cosine_similarity(x, x * x, dim=dim or 0),
    "layer_norm": lambda m, x, _dim, _keep: m.nn.functional.layer_norm(x, x.shape[-1:]),
    "argmax": lambda m, x, dim, keep: m.argmax(x, dim=dim, keepdim=keep),
    "argmin": lambda m, x, dim, keep: m.argmin(x, dim=dim, keepdim=keep),
    "count_nonzero": lambda m, x, dim, _keep: m.count_nonzero(x, dim=dim),
    "all": _reduced("all"),
    "any": _reduced("any"),
}
# What is another number there: up to which of value, gradient and second derivative they are compared, and why.
COMPARED = {
    "logcumsumexp": (2, "the second derivative at an infinity is NaN everywhere"),
    "nanmean": (1, "nothing is sent to NaN, where PyTorch multiplies 0 by an infinite share"),
    "nanmedian": (0, "the index of a row of NaN alone is the first"),
    "renorm": (2, "a slice that is kept has no second derivative, where PyTorch's is NaN"),
    "var": (1, "NaN where the variance is, when the backward pass is recorded"),
    "var, uncorrected": (1, "as var"),
}


def _parts(found):
    return list(found) if isinstance(found, tuple) else [found]


def _seen(package, call, given, dim, keepdim):
    """Values, gradient and second derivative; as far as there are any."""
    x = package.tensor(given, dtype=package.float64).requires_grad_()
    found = _parts(call(package, x, dim, keepdim))
    values = [np.array(y.detach().numpy()) for y in found]
    graded = [y for y in found if y.requires_grad]
    if not graded:
        return values
    try:
        loss = sum((y * package.arange(1.0, y.numel() + 1, dtype=x.dtype).reshape(y.shape)).sum() for y in graded)
        (g,) = package.autograd.grad(loss, x, create_graph=True)
        values.append(np.array(g.detach().numpy()))
        weights = package.arange(1.0, 5.0, dtype=x.dtype) + package.zeros_like(x)
        (h,) = package.autograd.grad((g * weights).sum(), x)
        values.append(np.array(h.numpy()))
    except RuntimeError:  # there is no gradient, or none of it
        pass
    return values


def _agree(ours, theirs):
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    size = np.abs(theirs[np.isfinite(theirs)]).max(initial=1.0)
    return np.allclose(ours, theirs, 1e-7, 1e-9 * float(size), equal_nan=True)


def _cases():
    for given in GIVEN.values():
        shape = np.shape(given)
        for i, dim in enumerate((None, 0, -1, (0, 1))[: 2 if len(shape) == 1 else 4]):
            yield given, dim, bool(i % 2)


def _takes(name, dim):
    try:
        CALLS[name](torch, torch.ones(2, 4), dim, False)
    except TypeError:
        return False
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_value_gradient_and_second_derivative_are_pytorchs(name):
    order = COMPARED.get(name, (3,))[0]
    different = 0
    for given, dim, keepdim in _cases():
        if dim == (0, 1) and not _takes(name, dim):
            with pytest.raises((TypeError, RuntimeError)):
                CALLS[name](tg, tg.tensor(given), dim, keepdim)
            continue
        theirs, ours = (_seen(package, CALLS[name], given, dim, keepdim) for package in (torch, tg))
        count = len(_parts(CALLS[name](tg, tg.tensor(given, dtype=tg.float64), dim, keepdim)))
        alike = list(map(_agree, ours, theirs))  # PyTorch has no second derivative of some
        assert all(alike[: count - 1 + order] if order else alike[:1]), (given, dim, ours, theirs)
        different += not all(alike)
    assert name not in COMPARED or different


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in CALLS if not name.startswith("var")])
def test_compiled_steps_give_the_same(name):
    for given, dim, keepdim in _cases():
        if dim == (0, 1) and not _takes(name, dim):
            continue
        found = []
        for way in (lambda step: step, tg.compile):
            x = tg.tensor(given, dtype=tg.float64).requires_grad_()

            def step(x, dim=dim, keepdim=keepdim):
                parts = _parts(CALLS[name](tg, x, dim, keepdim))
                for i, y in enumerate(y for y in parts if y.requires_grad):
                    (y * (i + 2)).sum().backward(retain_graph=True)
                return parts

            step, both = way(step), []
            for _turn in range(2):
                x.grad = None
                both.append([*(np.array(y.detach().numpy()) for y in step(x)), x.grad])
            found.append([part if part is None else np.array(part) for part in both[-1]])
        for eager, compiled in zip(*found, strict=True):
            assert compiled is eager or _agree(compiled, eager), (given, dim, eager, compiled)
