"""A gradient takes the layout of its leaf: the fast path gives the bits and the strides of the general one."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.fast.paths import ACCELERATOR
from tinygrad_fr.record.accelerator import Accelerator

pytestmark = pytest.mark.fast("the path of a transposed gradient")

LAYOUTS = {
    "in order": np.ascontiguousarray,
    "columns first": np.asfortranarray,
    "backwards": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "every second": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "repeated": lambda x: np.broadcast_to(x[:1], x.shape),
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("shape", [(0, 3), (1, 5), (5, 1), (3, 4), (129, 130), (300, 257), (3, 4, 5), (7,)])
def test_it_is_the_general_paths(shape, dtype):
    drawn = (np.random.default_rng(0).normal(size=shape) * 9).astype(dtype)
    for lay in LAYOUTS.values():
        for leaf in LAYOUTS.values():
            gradient, like = lay(drawn), leaf(np.zeros(shape, dtype))
            found, expected = (path.laid(gradient, like) for path in (ACCELERATOR, Accelerator()))
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
            assert [step for step, side in zip(found.strides, shape, strict=True) if side > 1] == [
                step for step, side in zip(expected.strides, shape, strict=True) if side > 1
            ]


def test_a_leaf_keeps_a_gradient_of_its_own():
    x = tg.zeros(200, 300, requires_grad=True)
    sent = tg.rand(300, 200)
    x.T.backward(sent)
    assert x.grad.is_contiguous()
    np.testing.assert_array_equal(x.grad.numpy(), sent.numpy().T)
    sent += 1
    assert not np.array_equal(x.grad.numpy(), sent.numpy().T)
