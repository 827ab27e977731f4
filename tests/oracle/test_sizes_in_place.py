"""resize_, and the forms that .to() and Variable are called in, are PyTorch's."""

import pytest
import torch

import tinygrad_fr as tg

TO = {
    "device, dtype by name": lambda t, x: x.to("cpu", dtype=t.float64),
    "device, dtype": lambda t, x: x.to(t.device("cpu"), t.int64),
    "dtype, non_blocking": lambda t, x: x.to(t.float64, True),
    "dtype, non_blocking, copy": lambda t, x: x.to(t.float32, False, True),
    "device, dtype, non_blocking, copy": lambda t, x: x.to("cpu", t.float32, False, True),
    "other": lambda t, x: x.to(t.zeros(1, dtype=t.int32)),
    "device by name": lambda t, x: x.to(device="cpu"),
    "copy by name": lambda t, x: x.to("cpu", copy=True),
}


@pytest.mark.parametrize("kind", TO)
def test_forms_of_to(kind):
    for package in (torch, tg):
        x = package.arange(3.0)
        y = TO[kind](package, x)
        seen = (y is x, str(y.dtype), y.tolist())
        if package is torch:
            expected = seen
    assert seen == expected


@pytest.mark.parametrize("start", [(6,), (2, 3), (), (0,)])
@pytest.mark.parametrize("sides", [(2, 2), (3, 2), (1,), ([4],), (0, 3)])
def test_the_first_elements_stay(start, sides):
    count = 1
    for side in start:
        count *= side
    theirs, ours = torch.arange(float(count)).reshape(start).clone(), tg.arange(float(count)).reshape(start).clone()
    theirs.resize_(*sides)
    ours.resize_(*sides)
    stay = min(count, theirs.numel())
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert ours.flatten().tolist()[:stay] == theirs.flatten().tolist()[:stay]
    assert ours.flatten().tolist()[stay:] == [0.0] * (theirs.numel() - stay)  # PyTorch leaves these undefined


def test_what_requires_a_gradient_keeps_its_size():
    for package in (torch, tg):
        with pytest.raises(RuntimeError, match="resize"):
            package.ones(2, requires_grad=True).resize_(1)


def test_a_tensor_whose_elements_are_shown_elsewhere_is_refused():
    x = tg.arange(4.0)
    view = x[:2]
    with pytest.raises(NotImplementedError, match="reshape"):
        x.resize_(2)
    assert x.tolist() == [0, 1, 2, 3]
    assert view.tolist() == [0, 1]


@pytest.mark.parametrize(
    "held", [lambda t: t.zeros(1), lambda t: t.nn.Linear(1, 1).weight, lambda t: 3, lambda t: None]
)
def test_every_tensor_is_a_variable(held):
    assert isinstance(held(tg), tg.autograd.Variable) == isinstance(held(torch), torch.autograd.Variable)


def test_a_variable_is_made_of_a_tensor():
    for package in (torch, tg):
        with pytest.raises(TypeError):
            package.autograd.Variable([1.0])
