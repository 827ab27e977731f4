"""Every operation that PyTorch and we both have, on PyTorch's own samples: value, shape, dtype, gradients, errors."""

import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError

sys.path.append(str(Path(__file__).parent))
import opinfo

COMPARED = [op for op in op_db if opinfo.left_out(op) is None]


def entry(op):
    return op.full_name


@pytest.mark.parametrize("op", COMPARED, ids=entry)
def test_values_and_gradients_of_both_orders_are_torchs(op):
    dtype = opinfo.dtype_of(op)
    tally = opinfo.Tally()
    for sample in opinfo.samples(op, dtype):
        opinfo.compare(op, opinfo.counterpart(op.name), sample, tally, orders=opinfo.orders(op, dtype))
    assert tally.values


SIGNED = {"linalg.eigh"}  # an eigenvector may be turned round
STORED = {"as_strided"}  # reads the memory that a copy of a sample does not have
FLOATS = [
    op
    for op in COMPARED
    if op.name not in SIGNED | STORED
    and torch.float32 in op.supported_dtypes("cpu")
    and opinfo.dtype_of(op) == torch.float64
]


@pytest.mark.parametrize("op", FLOATS, ids=entry)
def test_float32_and_strides(op):
    """In single precision, and on tensors that do not lie contiguous in memory."""
    tally = opinfo.Tally()
    for sample in islice(opinfo.samples(op, torch.float32), 12):
        opinfo.compare(op, opinfo.counterpart(op.name), sample.noncontiguous(), tally, orders=0, rtol=2e-3, atol=2e-3)
    assert tally.values or tally.unsupported


# What torch refuses and we take, on purpose: entry → why.
TAKEN = {
    "cov": "weights are checked by nobody but the reader",
    "nn.functional.conv1d": "an integer input is converted",
    "nn.functional.conv2d": "an integer input is converted",
    "nn.functional.conv3d": "an integer input is converted",
    "nn.functional.multilabel_margin_loss": "an empty batch has a loss",
    "nn.functional.max_pool1d": "an empty batch has a maximum of each of its no windows",
    "nn.functional.max_pool3d": "an empty batch has a maximum of each of its no windows",
    "nn.functional.softshrink": "a negative λ is a function too",
    "nn.functional.hardtanh": "bounds that cross give the upper one",
    "narrow": "a start may be a tensor of one element",
    "scatter": "the source is converted",
    "scatter_add": "the source is converted",
    "mean": "an integer dtype rounds",
}
REFUSING = [op for op in COMPARED if op.error_inputs_func is not None]


def arguments(sample):
    leaves = {}
    return opinfo.ours([sample.input, *sample.args], leaves), opinfo.ours(sample.kwargs, leaves)


@pytest.mark.parametrize("op", REFUSING, ids=entry)
def test_what_torch_refuses_is_refused_in_one_sentence(op):
    for error in op.error_inputs("cpu"):
        if "memory" in error.error_regex or "unsupported operation" in error.error_regex:
            continue  # of tensors that overlap, which copies of them do not: test_out.py has such
        if "must be tuple of Tensors" in error.error_regex:
            continue  # a tensor stands for the sequence of its rows
        try:
            args, kwargs = arguments(error.sample_input)
        except opinfo.UnsupportedError:
            continue
        if op.name in TAKEN or any(isinstance(x, int | float) for x in args[:2]):  # numbers may stand for tensors
            continue
        with pytest.raises((TinygradError, TypeError)) as caught:
            opinfo.counterpart(op.name)(*args, **kwargs)
        assert "\n" not in str(caught.value)


def test_the_comparison_has_teeth():
    """A wrong gradient is found by these very functions."""
    op = next(op for op in COMPARED if op.name == "tanh")
    sample = next(s for s in opinfo.samples(op, torch.float64) if s.input.numel() > 1)
    with pytest.raises(AssertionError, match="gradient"):
        opinfo.compare(op, lambda x: tg.tanh(x) + (x - x.detach()), sample, opinfo.Tally())
    with pytest.raises(AssertionError, match="value"):
        opinfo.compare(op, tg.sinh, sample, opinfo.Tally())


def test_ctc_through_log_softmax():
    """torch's gradient of ctc_loss is right where log_softmax precedes it."""
    generator = np.random.default_rng(0)
    scores, targets = generator.normal(size=(12, 3, 5)), generator.integers(1, 5, (3, 4))
    lengths = [12, 10, 7], [4, 2, 1]
    for reduction in ("mean", "sum"):
        a, b = tg.tensor(scores, requires_grad=True), torch.tensor(scores, requires_grad=True)
        ours = tg.nn.functional.ctc_loss(a.log_softmax(-1), tg.tensor(targets), *lengths, reduction=reduction)
        theirs = torch.nn.functional.ctc_loss(b.log_softmax(-1), torch.tensor(targets), *lengths, reduction=reduction)
        assert np.allclose(ours.item(), theirs.item(), rtol=1e-12)
        ours.backward()
        theirs.backward()
        assert np.allclose(a.grad.detach().numpy(), b.grad.detach().numpy(), rtol=1e-9, atol=1e-12)
