"""What stands beside a tensor in an element-wise call: arrays, and numbers that fill. The generated call answers as the general path does."""

import itertools

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.devices.layout import laid_by, laid_in, order_of
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import Elementwise

DTYPES = (np.float16, np.float32, np.float64, np.int32, np.bool_)
NUMBERS = (
    0.5,
    -7,
    1e5,
    -1e5,
    3.4028234663852886e38,
    3.5e38,
    -1e39,
    1e308,
    np.inf,
    -np.inf,
    np.nan,
    True,
    10**25,
    1 << 70,
)


def outcome(call, *args):
    """Bits, dtype and gradients of a call, or what it refuses with."""
    leaves = [x.clone().requires_grad_(x.is_floating_point()) if isinstance(x, tg.Tensor) else x for x in args]
    try:
        y = call(*leaves)
    except (TinygradError, TypeError) as error:
        return type(error), str(error)
    if y.requires_grad:
        y.backward(tg.ones_like(y))
    grads = [x.grad.numpy().tobytes() for x in leaves if isinstance(x, tg.Tensor) and x.grad is not None]
    return y.dtype, tuple(y.shape), y.detach().numpy().tobytes(), grads


@pytest.mark.parametrize(
    "name", [name for name, op in registry.items() if isinstance(op, Elementwise) and op.kinds.filling]
)
def test_a_number_that_fills_fits_or_is_refused_as_the_general_path_says(name):
    op = registry[name]
    for dtype, number in itertools.product(DTYPES, NUMBERS):
        for places in itertools.product((False, True), repeat=len(op.inputs)):
            x = tg.tensor(np.array([[1, 2], [3, 0]]).astype(dtype))
            given = [
                number if number_here and x_ in op.kinds.filling else x
                for number_here, x_ in zip(places, op.inputs, strict=True)
            ]
            if name == "where":
                given[0] = tg.tensor([[True, False], [False, True]])
            assert outcome(op.call, *given) == outcome(op.general, *given), given


@pytest.mark.fast("arrays beside tensors")
def test_an_array_beside_a_tensor_takes_the_generated_call(monkeypatch):
    x, mask = tg.tensor([1.0, -2.0]), np.array([True, False])
    wanted = outcome(registry["where"].general, mask, x, 0.0)

    def general(self, *_args, **_attrs):
        raise AssertionError(self.name)

    monkeypatch.setattr(Elementwise, "_call", general)
    assert outcome(registry["where"].call, mask, x, 0.0) == wanted
    assert registry["mul"].call(np.ones(2, np.float32), x).tolist() == [1.0, -2.0]


def test_results_of_any_operands_lie_in_the_order_of_their_steps():
    chance = np.random.default_rng(4)
    for _time in range(300):
        shape = tuple(chance.integers(0, 4, chance.integers(0, 4)))
        operands = []
        for _each in range(2):
            own = tuple(side if chance.integers(3) else 1 for side in shape)[chance.integers(0, len(shape) + 1) :]
            turned = chance.permutation(len(own))
            operands.append(
                np.zeros([2 * own[i] for i in turned]).transpose(np.argsort(turned))[(slice(None, None, 2),) * len(own)]
            )
        value = np.zeros(shape)
        order = order_of(shape, *(np.broadcast_to(x, shape).strides for x in operands))
        assert laid_by(value, operands).strides == laid_in(value, order).strides
