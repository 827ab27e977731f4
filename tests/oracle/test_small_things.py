"""Names of PyTorch's that lessons use now and then: fused layers, layers that draw nothing, histograms, packed sequences, memory."""

import numpy as np
import pytest

from tests.oracle.lines import alike

pytestmark = pytest.mark.filterwarnings("ignore")


def fused(t, _compiled):
    nn, found = t.nn, []
    for make, norm, x in (
        (lambda: nn.Conv2d(3, 4, 2), nn.BatchNorm2d, t.randn(2, 3, 4, 4)),
        (lambda: nn.Conv2d(3, 4, 2, bias=False, groups=1), nn.BatchNorm2d, t.randn(2, 3, 4, 4)),
        (lambda: nn.Conv1d(3, 4, 1), nn.BatchNorm1d, t.randn(2, 3, 4)),
        (lambda: nn.Linear(3, 4), nn.BatchNorm1d, t.randn(5, 3)),
        (lambda: nn.Linear(3, 4, bias=False), nn.BatchNorm1d, t.randn(5, 3)),
    ):
        layer, after = make(), norm(4)
        after(layer(x))
        fuse = (
            nn.utils.fusion.fuse_linear_bn_eval if isinstance(layer, nn.Linear) else nn.utils.fusion.fuse_conv_bn_eval
        )
        try:
            fuse(layer, after)
        except Exception:
            found.append("refused")
        layer.eval(), after.eval()
        one = fuse(layer, after)
        found += [one(x), one is layer, list(one.state_dict().items()), [p.requires_grad for p in one.parameters()]]
    turned = nn.ConvTranspose2d(3, 4, 2).eval(), nn.BatchNorm2d(4).eval()
    return found, nn.utils.fusion.fuse_conv_bn_eval(*turned, transpose=True)(t.randn(1, 3, 2, 2))


def skipped(t, _compiled):
    layer = t.nn.utils.skip_init(t.nn.Linear, 3, 2, bias=False, dtype=t.float64)
    try:
        t.nn.utils.skip_init(dict)
    except Exception:
        refused = True
    return tuple(layer.weight.shape), layer.weight.dtype == t.float64, layer.bias, t.rand(2), refused


def counted(t, _compiled):
    x, found = t.randn(5, 4), []
    for options in (
        {"bins": 4},
        {"bins": 3, "range": (-1.0, 1.0)},
        {"bins": t.tensor([-2.0, 0.0, 0.5, 3.0])},
        {"bins": 4, "density": True},
        {"bins": 2, "weight": x.abs()},
        {"bins": t.tensor([-1.0, 0.0, 2.0]), "weight": x.abs(), "density": True},
    ):
        for of in (x, x.double(), t.arange(12.0), t.full((3,), 2.0), t.tensor([0.1, 0.2, 0.30000001])):
            given = {
                key: value.to(of.dtype).reshape(-1)[: of.numel()].reshape(of.shape)
                if key == "weight" and of.numel() <= value.numel()
                else value.to(of.dtype)
                if isinstance(value, t.Tensor)
                else value
                for key, value in options.items()
            }
            found += [t.histogram(of, **given), of.histogram(**given).hist]
    return found


def packed(t, _compiled):
    rnn = t.nn.utils.rnn
    one = rnn.pack_padded_sequence(t.randn(3, 2, 2), [3, 1])
    moved = [one.to("cpu"), one.cpu(), one.double(), one.half(), one.long(), one.to(t.float64), one.pin_memory]
    return (
        [each if callable(each) else tuple(each) for each in moved[:-1]],
        one.to("cpu") is one,
        one.is_cuda,
        type(moved[0]).__name__,
    )


def in_memory(t, _compiled):
    found = []
    for size, stride in (
        ((2, 3), (1, 2)),
        ((2, 3), (3, 1)),
        ((2, 2), (5, 2)),
        ((3,), (2,)),
        ((), ()),
        ((0, 2), (1, 1)),
    ):
        x = t.empty_strided(size, stride, dtype=t.float64)
        found += [x.stride() if x.numel() else None, x.is_contiguous()]
        x.fill_(1.5).mul_(t.arange(float(x.numel()), dtype=t.float64).reshape(x.shape))
        found += [x, x.t() if x.dim() == 2 else x]
    return found


def in_their_place(t, _compiled):
    f, found = t.nn.functional, []
    for name, args in (
        ("relu_", ()),
        ("elu_", (0.5,)),
        ("celu_", (2.0,)),
        ("selu_", ()),
        ("leaky_relu_", (0.2,)),
        ("hardtanh_", (-0.5, 0.5)),
        ("threshold_", (0.1, 3.0)),
    ):
        x = t.randn(4)
        w = x.clone().requires_grad_()
        y = w * 1
        same = getattr(f, name)(x, *args) is x
        getattr(f, name)(y, *args).sum().backward()
        found += [same, x, w.grad]
    return found


@pytest.mark.parametrize("program", [fused, skipped, counted, packed, in_memory, in_their_place])
def test_as_in_pytorch(program):
    np.random.seed(0)
    alike(program)
