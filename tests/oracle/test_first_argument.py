"""What PyTorch's documentation calls ``input`` may be given under that name."""

import inspect
from types import ModuleType

import pytest
import torch

import tinygrad_fr as tg

PLACES = {"": torch, "nn.functional": torch.nn.functional, "linalg": torch.linalg, "special": torch.special}
# Chances, and a positive definite matrix: what takes either takes this. The same in each process that collects.
THERE = torch.tensor([[0.9, 0.1, 0.2], [0.1, 0.8, 0.3], [0.2, 0.3, 0.7]])


def named():
    """Functions of one tensor, which PyTorch takes as ``input``."""
    for place, home in PLACES.items():
        for name in dir(home):
            function = getattr(home, name)
            if name.startswith("_") or name.endswith("_") or not callable(function) or inspect.isclass(function):
                continue
            try:
                function(input=THERE.clone())
            except Exception:
                continue  # another name, or more arguments
            yield place, name


def ours(place, name):
    home = tg
    for part in filter(None, place.split(".")):
        home = getattr(home, part)
    return getattr(home, name, None)


CASES = [(place, name) for place, name in named() if ours(place, name) is not None]


@pytest.mark.parametrize(("place", "name"), CASES, ids=[f"{place}.{name}" for place, name in CASES])
def test_the_first_argument_has_pytorchs_name(place, name):
    assert not isinstance(ours(place, name), ModuleType)
    ours(place, name)(input=tg.tensor(THERE.numpy()))


def test_there_are_many():
    assert len(CASES) > 180


CALLS = {
    "CrossEntropyLoss": lambda m, t: m()(input=t.ones(2, 3), target=t.tensor([1, 2])),
    "PoissonNLLLoss": lambda m, t: m()(log_input=t.ones(2), target=t.ones(2)),
    "TripletMarginLoss": lambda m, t: m()(anchor=t.ones(2, 3), positive=t.ones(2, 3), negative=t.zeros(2, 3)),
    "MaxUnpool1d": lambda m, t: m(2)(input=t.ones(1, 1, 2), indices=t.tensor([[[0, 3]]]), output_size=(5,)),
    "ConvTranspose1d": lambda m, t: (lambda made: made(input=t.ones(1, 2, 4), output_size=(9,)).shape)(m(2, 3, 2, 2)),
    "LSTM": lambda m, t: m(3, 2)(input=t.ones(4, 1, 3), hx=(t.zeros(1, 1, 2), t.zeros(1, 1, 2)))[0].shape,
    "GRUCell": lambda m, t: m(3, 2)(input=t.ones(1, 3), hx=t.zeros(1, 2)).shape,
    "Embedding": lambda m, t: m(3, 2)(input=t.tensor([1])).shape,
    "LazyLinear": lambda m, t: m(2)(input=t.ones(1, 3)).shape,
    "Sequential": lambda m, t: m(t.nn.ReLU())(input=t.ones(2)),
    "RReLU": lambda m, t: m().eval()(input=-t.ones(2)),
    "Dropout": lambda m, t: m().eval()(input=t.ones(2)),
}


@pytest.mark.parametrize("name", CALLS)
def test_modules_are_called_by_pytorchs_names(name):
    found, expected = (CALLS[name](getattr(library.nn, name), library) for library in (tg, torch))
    assert str(found) == str(expected)


def test_the_size_of_a_transposed_convolution_is_one_of_those_that_its_stride_leaves_open():
    for library in (tg, torch):
        layer = library.nn.ConvTranspose2d(1, 1, 2, stride=3)
        assert tuple(layer(library.ones(1, 1, 2, 2), output_size=(1, 1, 7, 6)).shape) == (1, 1, 7, 6)
        for size in ((8, 5), (7, 4), (7,)):
            with pytest.raises(ValueError, match=r"output size|output_size"):
                layer(library.ones(1, 1, 2, 2), output_size=size)


@pytest.mark.parametrize("norm", [1, 2, 3, 1.5, -1, 4, float("inf")])
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("sign", ["both", "positive", "many zeros"])
def test_power_pooling_keeps_signs_and_counts_as_pytorch_does(norm, ceil, sign):
    drawn = torch.randn(2, 3, 6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    drawn = {"both": drawn, "positive": drawn.abs(), "many zeros": drawn.clamp(min=0)}[sign]
    found = []
    for library in (tg, torch):
        x = library.tensor(drawn.numpy().copy(), requires_grad=True)
        y = library.nn.functional.lp_pool2d(x, norm, (2, 3), stride=2, ceil_mode=ceil)
        y.sum().backward()
        found.append((torch.tensor(y.detach().numpy()), torch.tensor(x.grad.numpy())))
    for ours_, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours_, theirs, equal_nan=True)
