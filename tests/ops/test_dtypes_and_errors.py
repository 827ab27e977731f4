"""What PyTorch has no kernel for, or refuses, is refused in one sentence of its class; integers keep their dtype where it keeps it."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.nn import functional as F

t = tg.tensor


@pytest.mark.parametrize(("call", "kind"), [
    (lambda: t(4.0).cumsum(1), IndexError),
    (lambda: t(4.0).cumprod(1), IndexError),
    (lambda: t(4.0).cummax(1), IndexError),
    (lambda: t(4.0).cummin(-2), IndexError),
    (lambda: t(4.0).logcumsumexp(1), IndexError),
    (lambda: tg.roll(t([1.0, 2, 3]), (1, 2)), RuntimeError),
    (lambda: t([1.0, 2]).unfold(0, 1, -1), RuntimeError),
    (lambda: t([1.0, 2]).unfold(0, 1, 0), RuntimeError),
    (lambda: tg.meshgrid(t([1.0]), t([2.0]), indexing="bad"), RuntimeError),
    (lambda: tg.scatter(t([1.0, 2.0]), 0, t([0]), t([1])), RuntimeError),
    (lambda: tg.scatter_add(t([1.0, 2.0]), 0, t([0]), t([1])), RuntimeError),
    (lambda: t([1.0, 2.0]).scatter_reduce(0, t([0]), t([1.0]), reduce="bad"), RuntimeError),
    (lambda: tg.scatter(t([1.0, 2.0]), 0, t([0]), t([1.0]), reduce="mean"), RuntimeError),
    (lambda: tg.index_add(t([1.0, 2.0]), 0, t([0]), t([1])), RuntimeError),
    (lambda: tg.index_copy(t([1.0, 2.0]), 0, t([0]), t([1])), RuntimeError),
    (lambda: t([4.0]) >> 1, RuntimeError),
    (lambda: tg.linspace(0, 1, 5, dtype=tg.bool), RuntimeError),
    (lambda: tg.logspace(0, 1, 5, dtype=tg.bool), RuntimeError),
    (lambda: tg.arange(0, 5, dtype=tg.bool), RuntimeError),
    (lambda: tg.trapezoid(t([1.0, 2]), t([1.0, 2, 3])), RuntimeError),
    (lambda: F.interpolate(tg.ones(1, 1, 2, 2).long(), 3), RuntimeError),
    (lambda: F.interpolate(tg.ones(1, 1, 2, 2).long(), 3, mode="bilinear"), RuntimeError),
    (lambda: F.max_pool1d(tg.ones(1, 4).long(), 2), RuntimeError),
    (lambda: F.adaptive_avg_pool2d(tg.ones(1, 4, 4).long(), 2), RuntimeError),
    (lambda: F.avg_pool2d(tg.ones(1, 4, 4).int(), 2), RuntimeError),
])  # fmt: skip
def test_refusals(call, kind):
    with pytest.raises(kind) as caught:
        call()
    assert isinstance(caught.value, TinygradError)
    assert "\n" not in str(caught.value)


def test_pools_of_integers():
    big = 2**53 + 1  # which no float32 or float64 holds
    x = t([[[-5, big], [-7, -6]]])
    found = F.max_pool2d(x, 2, padding=1, stride=2)
    assert (found.dtype, found.tolist()) == (tg.int64, [[[-5, big], [-7, -6]]])
    found = F.avg_pool2d(t([[[1, 2], [4, 8]]]), 2)
    assert (found.dtype, found.tolist()) == (tg.int64, [[[3]]])  # 15 // 4
    assert F.avg_pool2d(t([[[-1, -2], [-4, -8]]]), 2).tolist() == [[[-3]]]  # towards zero, as C


def test_bytes_are_interpolated_in_bytes():
    x = t([[[[0, 100], [200, 50]]]], dtype=tg.uint8)
    found = F.interpolate(x, (3, 3), mode="bilinear")
    assert found.dtype == tg.uint8
    assert found.tolist() == [[[[0, 50, 100], [100, 88, 75], [200, 125, 50]]]]
