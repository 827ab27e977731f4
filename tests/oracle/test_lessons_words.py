"""Words of lessons that take a size, a chance or a cycle: the numbers and shapes are PyTorch's."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

SIZED = [
    "L.zeros(size=(2, 3))", "L.ones(size=[2])", "L.rand(size=(2,))", "L.randn(size=(3,), dtype=L.float64)",
    "L.rand(2, pin_memory=False)", "L.rand(2, layout=L.strided)", "L.zeros(2, 3).new_zeros(size=(2,))",
    "L.zeros(2, 3).new_ones(size=(2,), device='cpu')", "L.zeros(2, 3).new_full((2,), 3, device='cpu')",
    "L.tensor([1.5]).new(2, 3).zero_()", "L.tensor([1]).new([1, 2])", "L.tensor([1.0]).new(L.zeros(2, 3).size()).zero_()",
    "L.tensor([0.2, 0.5]).bernoulli()", "L.rand(20).bernoulli(0.3)", "L.tensor([1.0, 2.0]).multinomial(5, True)",
    "L.range(0, 3)", "L.range(1, 2, 0.25)", "L.randperm(70_000)[:50]", "L.randperm(70_000, dtype=L.int32)[-50:]",
]  # fmt: skip
OF_ONE = [
    "[T([1.0]), T([2.0])]", "[T([[1.0]]), T([[2.0]])]", "[T([1.0]), T(2.0)]", "[T([1.0]), 3.0]", "[3.0, T([1.0])]",
    "[[T([1.0])], [T(2.0)]]", "(T([1.0]),)", "[[T([1.0]), 2.0], [3.0, 4.0]]", "[T([1]), 2.5]", "[2, T([1.5])]",
]  # fmt: skip


def same(mine, other):
    assert str(mine.dtype) == str(other.dtype)
    assert tuple(mine.shape) == tuple(other.shape)
    np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("written", SIZED)
def test_sizes_by_name_and_chances_as_methods(written):
    tg.manual_seed(3)
    torch.manual_seed(3)
    same(eval(written, {"L": tg}), eval(written, {"L": torch}))


@pytest.mark.parametrize("written", OF_ONE)
def test_a_tensor_of_one_element_in_a_list_is_a_number(written):
    same(tg.tensor(eval(written, {"T": tg.tensor})), torch.tensor(eval(written, {"T": torch.tensor})))


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 17)])
def test_slopes_drawn_for_what_is_not_above_zero(shape, inplace):
    found = []
    for library in (tg, torch):
        library.manual_seed(1)
        x = library.randn(*shape).requires_grad_()
        layer = library.nn.RReLU(0.1, 0.4, inplace=inplace)
        y = layer(x * 1.0)
        (y * y).sum().backward()
        found.append((y, x.grad, layer.eval()(x * 1.0), layer))
    for mine, other in zip(found[0][:3], found[1][:3], strict=True):
        same(mine, other)
    assert repr(found[0][3]) == repr(found[1][3])


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize(
    "options", [{}, {"mode": "triangular2"}, {"mode": "exp_range", "gamma": 0.8}, {"step_size_down": 1},
                {"scale_fn": lambda x: 0.5 / x, "scale_mode": "cycle"}, {"base_momentum": 0.5, "max_momentum": 0.7}],
    ids=lambda options: " ".join(options) or "none",
)  # fmt: skip
def test_cycles_of_rate_and_momentum(kind, options):
    found = []
    for library in (tg, torch):
        p = library.tensor([1.0], requires_grad=True)
        optimizer = library.optim.SGD([p], lr=1.0, momentum=0.9) if kind == "SGD" else library.optim.Adam([p])
        p.grad = library.tensor([0.0])
        scheduler = library.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.5, step_size_up=2, **options)
        rates = []
        for _step in range(11):
            group = optimizer.param_groups[0]
            rates += [group["lr"], group.get("momentum", 0) or group.get("betas", (0,))[0], *scheduler.get_last_lr()]
            optimizer.step()
            scheduler.step()
        found.append(rates)
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.parametrize("options", [{}, {"lr": 0.1, "weight_decay": 0.1}, {"d": 3.0, "eps": (1e-6, 0.1)}], ids=str)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 4)])
def test_adafactor_in_every_number_of_dimensions(shape, options):
    found = []
    for library in (tg, torch):
        library.manual_seed(0)
        w = library.randn(shape).requires_grad_()
        optimizer = library.optim.Adafactor([w], **options)
        for _step in range(4):
            optimizer.zero_grad()
            ((w - 2) ** 2 * (w + 1)).sum().backward()
            optimizer.step()
        found.append(w)
    same(*found)
