"""PyTorch's own samples of its operations (OpInfo), and how they are run on ours.

python tests/oracle/opinfo.py > docs/opinfo.md    # what is compared, and what is left out and why
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.testing._internal import common_utils
from torch.testing._internal.opinfo import core

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F

for module in (common_utils, core):
    module.extract_test_fn = lambda: None  # before any sample torch reads the stack, to find a test of its own

# Why an operation of PyTorch's has no counterpart here: pattern of its name → reason. The first that fits counts.
LEFT_OUT = {
    r"^fft\.|stft|^polar|complex|^c(double|float)|^chalf|^angle|^imag|^real$|^resolve_|^conj": "complex numbers",
    r"sparse": "sparse tensors",
    r"^masked\.": "torch.masked, a prototype of PyTorch's",
    r"^signal\.": "windows of signal processing",
    r"jiterator|_scaled|^torch\.ops|hash_tensor|as_strided_|empty_(strided|permuted)": "PyTorch's memory and compiler internals",
    r"^_[^_]|^native_|_with_update|(?<!index)_copy$|^unsafe_|alias|nonzero_static|_backward$|grid_sampler_|^nn.functional.linear_cross": "internal forms of operations that are compared under their own names",
    r"bfloat16": "storage that numpy does not have",
    r"^special\.(airy|bessel|cheb|hermite|laguerre|legendre|modified|scaled|shifted|spherical|zeta|i0e|i1e|erfcx|ndtri)|^igamma|^mvlgamma": "special functions that deep learning does not use",
    r"^rand_like": "PyTorch's entry draws normal numbers",
    r"^(empty|new_empty|empty_like)$": "undefined contents",
    r"^linalg\.(eig$|eigvals$|ldl|householder|lstsq|(cholesky|inv|solve|ldl_factor)_ex$)|^geqrf|^ormqr|lowrank|^triangular_solve": "factors that a course does not use",
    r"^__rdiv__$|multi_head_attention_forward|^histogram|^frexp|^slice$|with_distance": "rare",
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
    "einsum": lambda tensors, equation: tg.einsum(equation, tensors),
    "where": lambda x, condition, other: tg.where(condition, x, other),
    "polygamma": lambda x, n: tg.polygamma(n, x),
    "special.polygamma": lambda x, n: tg.special.polygamma(n, x),
    "nn.functional.embedding": lambda weight, index, **options: F.embedding(index, weight, **options),
    "nn.functional.embedding_bag": lambda weight, index, **options: F.embedding_bag(index, weight, **options),
    "zero_": lambda x: x.clone().zero_(),
    **{name: _method(name + "_") for name in ("cauchy", "exponential", "geometric", "log_normal", "uniform")},
    "broadcast_shapes": lambda *shapes: tg.broadcast_shapes(*shapes),
}

# Operations of which values alone are compared, and why.
VALUES_ONLY = {
    "nn.functional.ctc_loss": "torch's gradient is right for log_softmax outputs alone: compared through it in test_ops.py",
    "nn.functional.max_unpool1d": "where windows overlap, torch gives their gradient to overwritten elements too",
    "nn.functional.max_unpool2d": "where windows overlap, torch gives their gradient to overwritten elements too",
    "nn.functional.max_unpool3d": "where windows overlap, torch gives their gradient to overwritten elements too",
}


# Forms of an operation that are left out, and why.
FORMS_LEFT_OUT = {
    "complex": "complex numbers",
    "without_cudnn": "for another device",
    "hermitian": "reads one triangle of a matrix that is not symmetric",
    "singular": "the derivative of a pseudo-inverse whose rank changes",
    "partial_views": "samples that lie in a longer storage, of which a copy has nothing",
    "number_mean": "draws through an entry with its arguments exchanged",
    "in_place": "compared as normal_ in test_random.py",
}


def left_out(op) -> str | None:
    """Why an entry of OpInfo is not compared; None for one that is."""
    why = reason(op.name) or FORMS_LEFT_OUT.get(op.variant_test_name)
    if why is None and (counterpart(op.name) is None or dtype_of(op) is None):
        return "forms for other devices"
    return why


def _unfit(sample) -> bool:
    """Whether a sample cannot be compared: random, or of a shape that is no batch."""
    return bool(sample.kwargs.get("dropout_p")) or (
        "training" in sample.kwargs and isinstance(sample.input, torch.Tensor) and sample.input.ndim < 2
    )


SEED = 42  # from which OpInfo's random operations draw

# torch accumulates the weights of observations in single precision.
TOLERANCE = {"cov": 1e-4}


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
_DTYPES = {
    getattr(torch, name): np.dtype(name)
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")
}


class UnsupportedError(Exception):
    """A sample in a dtype or a form that is left out on purpose."""


def ours(x, leaves):
    """Torch's argument as ours; leaves that require a gradient are kept, by identity, in ``leaves``."""
    if isinstance(x, torch.Tensor):
        if (
            x.dtype not in _DTYPES or x.device.type == "meta" or x.layout != torch.strided or x.ndim > 64
        ):  # 64 is numpy’s limit
            raise UnsupportedError(str(x.dtype))
        if id(x) not in leaves:
            leaves[id(x)] = (x, tg.tensor(x.detach().numpy(), requires_grad=x.requires_grad))
        return leaves[id(x)][1]
    if isinstance(x, torch.dtype):
        if x not in _DTYPES:
            raise UnsupportedError(str(x))
        return _DTYPES[x]
    if isinstance(x, torch.memory_format | torch.layout | torch.device | torch.Generator | complex) or callable(x):
        raise UnsupportedError(type(x).__name__)
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
    return np.asarray(x.detach().numpy() if isinstance(x, tg.Tensor) else x)


def _same(found, expected, what, rtol, atol):
    found, expected = _array(found), _array(expected)
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    assert found.dtype == expected.dtype, f"{what}: dtype {found.dtype}, expected {expected.dtype}"
    close = np.allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
    assert close, f"{what}: {found.ravel()[:6]}, expected {expected.ravel()[:6]}"


def samples(op, dtype):
    """OpInfo's samples of an operation in a dtype."""
    grad = op.supports_autograd and dtype.is_floating_point
    return op.sample_inputs("cpu", dtype, requires_grad=grad)


def orders(op, dtype):
    """How many derivatives of an operation are compared."""
    if op.name in VALUES_ONLY or not op.supports_autograd or not dtype.is_floating_point:
        return 0
    return 2 if op.supports_gradgrad else 1


def dtype_of(op):
    """The dtype to compare an operation in: the widest that it takes."""
    known = op.supported_dtypes("cpu")
    return next((d for d in (torch.float64, torch.int64, torch.bool) if d in known), None)


def compare(op, function, sample, tally, *, rtol=None, atol=None, orders=2):
    """One sample, on torch and on ours: value, shape, dtype, gradient, second gradient."""
    rtol = TOLERANCE.get(op.name, 1e-7) if rtol is None else rtol
    atol = rtol / 10 if atol is None else atol
    leaves = {}
    try:
        if _unfit(sample):
            raise UnsupportedError
        args = ours([sample.input, *sample.args], leaves)
        kwargs = ours(sample.kwargs, leaves)
    except UnsupportedError:
        tally.unsupported += 1
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = op(sample.input, *sample.args, **sample.kwargs)
    tg.manual_seed(SEED)
    expected = flat(sample.output_process_fn_grad(expected)) if orders else flat(expected)
    if any(isinstance(y, torch.Tensor) and (y.dtype not in _DTYPES or y.layout != torch.strided) for y in expected):
        tally.unsupported += 1
        return
    found = (
        flat(sample.output_process_fn_grad(function(*args, **kwargs))) if orders else flat(function(*args, **kwargs))
    )
    assert len(found) == len(expected), f"{len(found)} results, expected {len(expected)}"
    for a, b in zip(found, expected, strict=True):
        _same(a, b, "value", rtol, atol)
        if isinstance(b, torch.Tensor) and isinstance(a, tg.Tensor):
            assert a.requires_grad == b.requires_grad, f"requires_grad: {a.requires_grad}, expected {b.requires_grad}"
    tally.values += 1
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if isinstance(b, torch.Tensor) and b.requires_grad]
    wanted = [(x, y) for x, y in leaves.values() if x.requires_grad]
    if not orders or not pairs or not wanted:
        return
    theirs = torch.autograd.grad(
        [b for _, b in pairs],
        [x for x, _ in wanted],
        [torch.tensor(weights(b.shape), dtype=b.dtype) for _, b in pairs],
        create_graph=orders > 1,
        allow_unused=True,
    )
    mine = tg.autograd.grad(
        [a for a, _ in pairs],
        [y for _, y in wanted],
        [tg.tensor(weights(a.shape), dtype=a.dtype) for a, _ in pairs],
        create_graph=orders > 1,
        allow_unused=True,
    )
    for a, b, (x, _) in zip(mine, theirs, wanted, strict=True):
        _same(
            np.zeros(x.shape, _array(x).dtype) if a is None else a,
            torch.zeros_like(x) if b is None else b,
            "gradient",
            rtol,
            atol,
        )
    tally.gradients += 1
    again = [(a, b) for a, b in zip(mine, theirs, strict=True) if b is not None and b.requires_grad]
    if orders < 2 or not again:
        return
    try:
        theirs = torch.autograd.grad(
            [b for _, b in again],
            [x for x, _ in wanted],
            [torch.tensor(weights(b.shape), dtype=b.dtype) for _, b in again],
            allow_unused=True,
        )
    except RuntimeError:  # torch has no second derivative of it
        return
    again = [(a, b) for a, b in again if a is not None and a.requires_grad]
    mine = (None,) * len(wanted)
    if again:
        mine = tg.autograd.grad(
            [a for a, _ in again],
            [y for _, y in wanted],
            [tg.tensor(weights(a.shape), dtype=a.dtype) for a, _ in again],
            allow_unused=True,
        )
    for a, b, (x, _) in zip(mine, theirs, wanted, strict=True):
        if b is not None and torch.isnan(b).any():  # a kink, where torch's second derivative is 0/0
            continue
        _same(
            np.zeros(x.shape, _array(x).dtype) if a is None else a,
            torch.zeros_like(x) if b is None else b,
            "second gradient",
            rtol * 10,
            atol * 100,
        )
    tally.seconds += 1


def main() -> None:
    """Print what is compared, and what is left out and why."""
    from torch.testing._internal.common_methods_invocations import op_db

    total, rows, out = Tally(), [], {}
    for op in op_db:
        why = left_out(op)
        if why is not None:
            out.setdefault(why, []).append(op.full_name)
            continue
        tally = Tally()
        for sample in samples(op, dtype_of(op)):
            compare(
                op,
                counterpart(op.name),
                sample,
                tally,
                orders=orders(op, dtype_of(op)),
                rtol=TOLERANCE.get(op.name, 1e-7),
            )
        rows.append((op.full_name, tally))
        for name in ("values", "gradients", "seconds", "unsupported"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    print("# Compared with PyTorch, sample by sample\n")
    print(
        f"Generated by `python tests/oracle/opinfo.py` with torch {torch.__version__.split('+')[0]}; the test is `pytest tests/oracle/test_opinfo.py`.\n"
    )
    print(
        f"{len(rows)} entries of OpInfo agree: {total.values} values (with shape and dtype), {total.gradients} gradients and {total.seconds} second gradients, in float64."
    )
    print(
        f"{total.unsupported} samples are left out: of types that numpy lacks, with functions or random numbers as arguments.\n"
    )
    print("| Entry | values | gradients | second gradients |\n|---|---|---|---|")
    for name, tally in rows:
        print(f"| `{name}` | {tally.values} | {tally.gradients or '–'} | {tally.seconds or '–'} |")
    print("\n## Values alone\n")
    for name, why in VALUES_ONLY.items():
        print(f"- `{name}`: {why}.")
    print("\n## Left out\n")
    for why, names in sorted(out.items()):
        print(f"- {why}: {', '.join(f'`{name}`' for name in names)}.")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
