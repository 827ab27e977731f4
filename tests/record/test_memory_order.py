"""In which order results lie in memory: PyTorch's, which is the order in which it then draws by chance for them."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F


def images():
    return tg.arange(192.0).reshape(2, 3, 4, 8).permute(0, 3, 1, 2)  # (2, 8, 3, 4), channels last


# What PyTorch 2.13 says of the result's strides.
STRIDES = {
    "group norm": (lambda x: F.group_norm(x, 2, tg.ones(8), tg.ones(8)), (96, 1, 32, 8)),
    "batch norm": (lambda x: F.batch_norm(x, None, None, training=True), (96, 1, 32, 8)),
    "layer norm": (lambda x: F.layer_norm(x, [3, 4]), (96, 12, 4, 1)),
    "convolution": (lambda x: F.conv2d(x, tg.ones(2, 8, 1, 1)), (24, 1, 8, 2)),
    "with a stride": (lambda x: F.conv2d(x, tg.ones(3, 8, 3, 3), tg.ones(3), stride=2, padding=1), (12, 1, 6, 3)),
    "transposed": (lambda x: F.conv_transpose2d(x, tg.ones(8, 2, 2, 2), stride=2), (96, 1, 16, 2)),
    "largest": (lambda x: F.max_pool2d(x, 2), (16, 1, 16, 8)),
    "means": (lambda x: F.avg_pool2d(x, 2), (16, 1, 16, 8)),
    "padded": (lambda x: F.pad(x, (1, 1, 1, 1)), (240, 1, 48, 8)),
    "end to end": (lambda x: tg.cat([x, x], 1), (192, 1, 64, 16)),
    "end to end with others": (lambda x: tg.cat([x, x.contiguous()], 1), (192, 12, 4, 1)),
    "one by one": (lambda x: x * x.sigmoid(), (96, 1, 32, 8)),
    "zeros": (tg.zeros_like, (96, 1, 32, 8)),
    "zeros in rows": (lambda x: tg.zeros_like(x, memory_format=tg.contiguous_format), (96, 12, 4, 1)),
    "in rows": (lambda x: x.contiguous(), (96, 12, 4, 1)),
    "copied in rows": (lambda x: x.clone(memory_format=tg.contiguous_format), (96, 12, 4, 1)),
    "and back": (lambda x: x.contiguous().to(memory_format=tg.channels_last), (96, 1, 32, 8)),
}


BY_KERNELS = ("group norm", "layer norm", "largest", "means")  # equations leave their results in another order


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.fast("the order in which kernels lay out their results"))
        if name in BY_KERNELS
        else name
        for name in STRIDES
    ],
)
def test_order(name):
    make, strides = STRIDES[name]
    for gradient in (False, True):
        assert make(images().requires_grad_(gradient)).stride() == strides


def test_is_contiguous():
    x = images()
    assert not x.is_contiguous()
    assert x.is_contiguous(memory_format=tg.channels_last)
    assert not x.contiguous().is_contiguous(memory_format=tg.channels_last)


def test_dropout_draws_in_that_order():
    tg.manual_seed(0)
    x = tg.ones(1, 2, 2, 3).permute(0, 3, 1, 2)
    kept = F.dropout(F.conv2d(x, tg.eye(3).reshape(3, 3, 1, 1)), 0.5)
    tg.manual_seed(0)
    rows = F.dropout(tg.ones(1, 2, 2, 3), 0.5)
    assert kept.tolist() == rows.permute(0, 3, 1, 2).tolist()


def test_a_module_in_that_order_gives_the_same_numbers():
    tg.manual_seed(0)
    layer, x = tg.nn.Conv2d(8, 3, 3), images() / 100
    expected = layer(x.contiguous())
    found = layer.to(memory_format=tg.channels_last)(x)
    assert layer.weight.stride() == (72, 1, 24, 8)
    assert tg.allclose(found, expected, atol=1e-5)


def test_four_dimensions_are_asked_for():
    with pytest.raises(tg.errors.ShapeError, match="4 dimensions"):
        tg.ones(2, 3).contiguous(memory_format=tg.channels_last)
