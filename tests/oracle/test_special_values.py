"""PyTorch's own samples with NaN, infinities and zeros of both signs among their elements: value and gradient are PyTorch's."""

import copy
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

sys.path.append(str(Path(__file__).parent))
import opinfo

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of what PyTorch is to give up

SPECIAL = (float("nan"), float("inf"), float("-inf"), 0.0, -0.0)
FEW = 2  # samples of an entry
COMPARED = [op for op in op_db if opinfo.left_out(op) is None and opinfo.dtype_of(op) == torch.float64]


def placed(x, value, draw):
    """What an argument is with a special value at one place of each tensor."""
    if isinstance(x, torch.Tensor) and x.dtype == torch.float64 and x.numel():
        y = x.detach().clone().contiguous()
        y.view(-1)[int(draw.integers(y.numel()))] = value
        return y.requires_grad_(x.requires_grad)
    if isinstance(x, list | tuple) and not isinstance(x, torch.Size):
        return type(x)(placed(part, value, draw) for part in x)
    return x


def differences(op, orders):
    """What differs from PyTorch for an entry: the special value and the sentence."""
    draw, tally = np.random.default_rng(0), opinfo.Tally()
    for sample in islice(opinfo.samples(op, torch.float64), FEW):
        for value in SPECIAL:
            given = copy.copy(sample)
            given.input, given.args = placed(sample.input, value, draw), placed(tuple(sample.args), value, draw)
            try:
                op(given.input, *given.args, **given.kwargs)
            except (RuntimeError, ValueError):  # PyTorch refuses
                continue
            try:
                opinfo.compare(
                    op, opinfo.counterpart(op.name), given, tally, orders=min(orders, opinfo.orders(op, torch.float64))
                )
            except Exception as error:
                yield value, f"{type(error).__name__}: {error}"


_ORDER = "adds in another order, where opposite infinities meet"
_ZERO = "weighs elements by 0, which NaN and infinities make NaN in one and not in the other"
_FINITE = "refuses what is not finite, which PyTorch does for NaN alone"
_TURN = "orders zeros of both signs as they stood, where PyTorch's order is not stable"
_STEPS = "eliminates in another order, where infinities and NaN meet"
_SINGULAR = "refuses a triangle with 0 on its diagonal, and weighs elements by 0"
_PLACE = "is NaN at NaN, where PyTorch's slope depends on the place in memory"

# Entries whose values differ there, and why.
VALUES = {
    "argsort": _TURN,
    "cdist": "counts a difference that is NaN as one",
    "linalg.cond": _FINITE,
    "linalg.inv": "solves by another order of rows",
    "linalg.lu": _STEPS,
    "linalg.lu_factor": _STEPS,
    "linalg.lu_factor_ex": _STEPS,
    "linalg.lu_solve": _SINGULAR,
    "linalg.matrix_rank": _FINITE,
    "linalg.pinv": _FINITE,
    "linalg.qr": "reflects a column that is not finite as a whole",
    "linalg.slogdet": "has the sign of a determinant that is NaN, where PyTorch says 0",
    "linalg.solve": _ORDER,
    "linalg.solve_triangular": _ZERO,
    "linalg.svdvals": _FINITE,
    "lu": _STEPS,
    "lu_solve": _SINGULAR,
    "mode": "refuses NaN",
    "multinomial": "refuses to draw more places than have a weight, without replacement",
    "nn.functional.batch_norm": _ORDER,
    "nn.functional.bilinear": _ORDER,
    "nn.functional.ctc_loss": _ORDER,
    "nn.functional.grid_sample": "refuses a place that is not finite",
    "nn.functional.interpolate": _ZERO,
    "nn.functional.scaled_dot_product_attention": _ZERO,
    "nn.functional.upsample_bilinear": _ZERO,
    "norm": _FINITE,
    "pinverse": _FINITE,
    "polygamma": "is 0 at infinity, where PyTorch's series gives NaN",
    "qr": "reflects a column that is not finite as a whole",
    "sort": _TURN,
    "special.polygamma": "is 0 at infinity, where PyTorch's series gives NaN",
    "std_mean": "keeps the mean of an infinity, which PyTorch's running mean loses",
    "var_mean": "keeps the mean of an infinity, which PyTorch's running mean loses",
}
# Entries whose gradients differ there, and why.
GRADIENTS = {
    "__rmod__": "multiplies by a quotient that is infinite",
    "div": "multiplies 0 by an infinite slope where the quotient was cut",
    "ldexp": "is a product by a power that overflowed",
    "linalg.tensorsolve": _ORDER,
    "logdet": "is the inverse, of which a singular matrix has none",
    "logit": "is NaN at NaN",
    "msort": _TURN,
    "nanmean": "sends nothing to NaN",
    "nn.functional.celu": _PLACE,
    "nn.functional.elu": _PLACE,
    "nn.functional.layer_norm": _ORDER,
    "nn.functional.relu6": _PLACE,
    "nn.functional.selu": _PLACE,
    "nn.functional.soft_margin_loss": "is the slope at infinity, where PyTorch's is infinite by 0",
    "scatter_reduce": "shares among equal elements alone",
}


@pytest.mark.parametrize("op", COMPARED, ids=lambda op: op.full_name)
def test_a_special_value_gives_what_it_gives_in_pytorch(op):
    if op.name not in VALUES:
        assert not list(differences(op, int(op.name not in GRADIENTS)))


def test_the_tables_hold_no_entry_that_agrees():
    """What agrees in every form is taken out of them."""
    for table, orders in ((VALUES, 0), (GRADIENTS, 1)):
        for name in table:
            assert any(next(differences(op, orders), None) for op in COMPARED if op.name == name), name
