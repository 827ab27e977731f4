"""PyTorch's own samples of its operations (OpInfo), and how they are run on ours."""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F

# Why an operation of PyTorch's has no counterpart here: pattern of its name → reason. The first that fits counts.
LEFT_OUT = {
    r"fft\.|stft|istft|polar|complex|cdouble|cfloat|chalf|angle|imag$|real$|resolve_|conj|view_as_(real|complex)": "complex numbers",
    r"sparse|to_sparse": "sparse tensors",
    r"masked\.": "torch.masked, a prototype of PyTorch's",
    r"signal\.": "windows of signal processing",
    r"jiterator|_scaled|torch\.ops|__rsub_|hash_tensor|as_strided|empty_strided|empty_permuted|new_empty_strided": "PyTorch's memory and compiler internals",
    r"^_|native_|_with_update|_copy$|unsafe_|alias|nonzero_static|max_pool2d_with_indices_backward|grid_sampler_|_segment": "internal forms of operations that are compared under their own names",
    r"bfloat16|resize_|linear_cross_entropy": "storage that numpy does not have",
    r"special\.(airy|bessel|cheb|hermite|laguerre|legendre|modified|scaled|shifted|spherical|zeta|i0e|i1e|erfcx|ndtri)|igamma|mvlgamma": "special functions that deep learning does not use",
    r"(cauchy|exponential|geometric|log_normal|normal|uniform|rand|bernoulli|multinomial|dropout|rrelu|fractional)": "random: other numbers from the same seed",
    r"^(empty|new_empty|empty_like)$": "undefined contents",
    r"linalg\.(eig|eigvals|lu|ldl|householder|inv_ex|solve_ex|cholesky_ex)|^lu|geqrf|ormqr|lowrank|linalg\.lstsq": "factors that a course does not use",
    r"grid_sample|^gradient$|^slice$|nextafter|zero_|with_distance|pdist|embedding_bag|multi_head_attention_forward|upsample_bilinear2d_aa|renorm|index_reduce|histogramdd|histogram$|frexp|cumulative_trapezoid|split_with_sizes|argsort_|i0$_|triangular_solve|nextafter_|lstsq|dist_|put$|fill$|rot90_|scatter_reduce_|addbmm_": "rare",
}


def reason(name: str) -> str | None:
    """Why an operation is left out; None for one that is compared."""
    for pattern, why in LEFT_OUT.items():
        if re.search(pattern, name):
            return why
    return None


def _attribute(name):
    return lambda x: getattr(x, name)


def _method(name):
    return lambda x, *args, **options: getattr(x, name)(*args, **options)


# OpInfo gives some operations their arguments in an order of its own.
ADAPTED = {
    **{name: _attribute(name) for name in ("T", "H", "mT", "mH")},
    **{name: _method(name) for name in ("bool", "byte", "char", "double", "float", "half", "int", "long", "short")},
    "einsum": lambda tensors, equation: tg.einsum(equation, *tensors),
    "where": lambda x, condition, other: tg.where(condition, x, other),
    "polygamma": lambda x, n: tg.polygamma(n, x),
    "special.polygamma": lambda x, n: tg.special.polygamma(n, x),
    "nn.functional.embedding": lambda weight, index, **options: F.embedding(index, weight, **options),
    "linalg.pinv.singular": lambda a, b: tg.linalg.pinv(a @ b.mT),
    "broadcast_shapes": lambda *shapes: tg.broadcast_shapes(*shapes),
}

# Samples that are left out: name → (whether this one is, why).
FIRST_ORDER_ONLY = {
    "nn.functional.ctc_loss": "torch's gradient is right for log_softmax outputs alone: compared through it in test_ops.py",
    "nn.functional.max_unpool1d": "where windows overlap, torch gives their gradient to overwritten elements too",
    "nn.functional.max_unpool2d": "where windows overlap, torch gives their gradient to overwritten elements too",
    "nn.functional.max_unpool3d": "where windows overlap, torch gives their gradient to overwritten elements too",
}


def counterpart(name: str):
    """Our operation of that name; None where there is none."""
    if name in ADAPTED:
        return ADAPTED[name]
    if name.startswith("nn.functional."):
        return getattr(F, name.removeprefix("nn.functional."), None)
    room, _, last = name.rpartition(".")
    if room in ("linalg", "special"):
        return getattr(getattr(tg, room), last, None)
    if name.startswith("__"):
        return lambda x, *args: getattr(x, name)(*args)
    return getattr(tg, name, None) or getattr(tg.Tensor, name, None)


_IGNORED = ("device", "layout", "memory_format", "pin_memory", "generator", "non_blocking")
_DTYPES = {getattr(torch, name): np.dtype(name) for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")}


class Unsupported(Exception):
    """A sample in a dtype or a form that is left out on purpose."""


def ours(x, leaves):
    """Torch's argument as ours; leaves that require a gradient are kept, by identity, in ``leaves``."""
    if isinstance(x, torch.Tensor):
        if x.dtype not in _DTYPES or x.layout != torch.strided:
            raise Unsupported(str(x.dtype))
        if id(x) not in leaves:
            leaves[id(x)] = (x, tg.tensor(x.detach().numpy(), requires_grad=x.requires_grad))
        return leaves[id(x)][1]
    if isinstance(x, torch.dtype):
        if x not in _DTYPES:
            raise Unsupported(str(x))
        return _DTYPES[x]
    if isinstance(x, torch.memory_format | torch.layout | torch.device | torch.Generator) or isinstance(x, complex) or callable(x):
        raise Unsupported(type(x).__name__)
    if isinstance(x, tuple | list):
        return type(x)(ours(part, leaves) for part in x) if not isinstance(x, torch.Size) else tuple(x)
    if isinstance(x, dict):
        return {key: ours(part, leaves) for key, part in x.items() if key not in _IGNORED}
    return x


def flat(result):
    """The tensors of a result, in order."""
    if isinstance(result, tuple | list):
        return [part for each in result for part in flat(each)]
    return [result]


def weights(shape):
    return np.cos(1.3 * np.arange(math.prod(shape), dtype=float)).reshape(tuple(shape))


@dataclass
class Tally:
    """What was compared."""

    values: int = 0
    gradients: int = 0
    seconds: int = 0
    unsupported: int = 0
    errors: list = field(default_factory=list)


def _array(x):
    if isinstance(x, torch.Tensor):
        return x.detach().numpy(force=True)
    return np.asarray(x.value if isinstance(x, tg.Tensor) else x)


def _same(found, expected, what, rtol, atol):
    found, expected = _array(found), _array(expected)
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    assert found.dtype == expected.dtype, f"{what}: dtype {found.dtype}, expected {expected.dtype}"
    close = np.allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
    assert close, f"{what}: {found.ravel()[:6]}, expected {expected.ravel()[:6]}"


def compare(op, function, sample, tally, *, rtol=1e-7, atol=1e-8, orders=2):
    """One sample, on torch and on ours: value, shape, dtype, gradient, second gradient."""
    leaves = {}
    try:
        args = ours([sample.input, *sample.args], leaves)
        kwargs = ours(sample.kwargs, leaves)
    except Unsupported:
        tally.unsupported += 1
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = op(sample.input, *sample.args, **{k: v for k, v in sample.kwargs.items()})
    expected = flat(sample.output_process_fn_grad(expected)) if orders else flat(expected)
    if any(isinstance(y, torch.Tensor) and (y.dtype not in _DTYPES or y.layout != torch.strided) for y in expected):
        tally.unsupported += 1
        return
    found = flat(sample.output_process_fn_grad(function(*args, **kwargs))) if orders else flat(function(*args, **kwargs))
    assert len(found) == len(expected), f"{len(found)} results, expected {len(expected)}"
    for a, b in zip(found, expected, strict=True):
        _same(a, b, "value", rtol, atol)
    tally.values += 1
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if isinstance(b, torch.Tensor) and b.requires_grad]
    wanted = [(x, y) for x, y in leaves.values() if x.requires_grad]
    if not orders or not pairs or not wanted:
        return
    theirs = torch.autograd.grad([b for _, b in pairs], [x for x, _ in wanted], [torch.tensor(weights(b.shape), dtype=b.dtype) for _, b in pairs], create_graph=orders > 1, allow_unused=True)
    mine = tg.autograd.grad([a for a, _ in pairs], [y for _, y in wanted], [tg.tensor(weights(a.shape), dtype=a.dtype) for a, _ in pairs], create_graph=orders > 1, allow_unused=True)
    for a, b, (x, _) in zip(mine, theirs, wanted, strict=True):
        _same(np.zeros(x.shape, _array(x).dtype) if a is None else a, torch.zeros_like(x) if b is None else b, "gradient", rtol, atol)
    tally.gradients += 1
    again = [(a, b) for a, b in zip(mine, theirs, strict=True) if b is not None and b.requires_grad]
    if orders < 2 or not again:
        return
    try:
        theirs = torch.autograd.grad([b for _, b in again], [x for x, _ in wanted], [torch.tensor(weights(b.shape), dtype=b.dtype) for _, b in again], allow_unused=True)
    except RuntimeError:  # torch has no second derivative of it
        return
    again = [(a, b) for a, b in again if a is not None and a.requires_grad]
    mine = (None,) * len(wanted)
    if again:
        mine = tg.autograd.grad([a for a, _ in again], [y for _, y in wanted], [tg.tensor(weights(a.shape), dtype=a.dtype) for a, _ in again], allow_unused=True)
    for a, b, (x, _) in zip(mine, theirs, wanted, strict=True):
        if b is not None and torch.isnan(b).any():  # a kink, where torch's second derivative is 0/0
            continue
        _same(np.zeros(x.shape, _array(x).dtype) if a is None else a, torch.zeros_like(x) if b is None else b, "second gradient", rtol * 10, atol * 10)
    tally.seconds += 1
