"""What a compiled step reaches through objects, modules held as values and names of attributes."""

import dataclasses
import types
from typing import Any

import pytest

import tinygrad_fr as tg
from tinygrad_fr import compile, tensor
from tinygrad_fr.errors import CompileWarning


@dataclasses.dataclass(frozen=True)
class Library:
    root: Any
    F: Any
    scale: float = 2.0
    own: Any = None


def test_modules_and_numbers_of_a_data_class():
    library = Library(tg, tg.nn.functional)
    step = compile(lambda x: library.root.exp(x) * library.scale + library.F.relu(x))
    for value in ([1.0], [-1.0]):
        x = tensor(value)
        assert step(x).item() == pytest.approx((tg.exp(x) * 2 + tg.nn.functional.relu(x)).item(), rel=1e-6)
    assert (step.recordings, step.replays, step.eager) == (1, 1, 0)


def test_an_attribute_by_a_captured_name_follows_the_name():
    name = "relu"
    step = compile(lambda x: getattr(tg.nn.functional, name)(x) * 3)
    x = tensor([-1.0, 2.0])
    assert step(x).tolist() == [0.0, 6.0]
    assert step(x).tolist() == [0.0, 6.0]
    name = "tanh"
    assert step(x).tolist() == (x.tanh() * 3).tolist()
    assert step.eager == 0


def test_an_attribute_by_a_constant_name():
    held = types.SimpleNamespace()
    held.gain = 2.0
    step = compile(lambda x: x * getattr(held, "gain"))  # noqa: B009 - what is tested
    assert step(tensor([1.0])).item() == 2.0
    held.gain = 5.0
    assert step(tensor([1.0])).item() == 5.0


def test_a_name_that_is_worked_out_runs_eagerly():
    held = Library(tg, None, own={"a": 1})

    def step(x):
        for part in ("ta", "si"):
            x = getattr(held.root, part + ("nh" if part == "ta" else "n"))(x)
        return x

    compiled, x = compile(step), tensor([0.5])
    with pytest.warns(CompileWarning, match="getattr"):
        assert compiled(x).tolist() == step(x).tolist()
    assert compiled.eager == 1


def test_equality_of_data_classes_is_held_to():
    now = [Library(None, None, 1.0)]
    one = Library(None, None, 1.0)
    step = compile(lambda x: x * 2 if now[0] == one else x * 3)
    assert step(tensor([1.0])).item() == 2.0
    now[0] = Library(None, None, 4.0)
    assert step(tensor([1.0])).item() == 3.0


def test_another_generator_behind_a_module_runs_eagerly():
    import numpy as np

    held = Library(np, None)
    step = compile(lambda x: x * held.root.random.rand())
    with pytest.warns(CompileWarning):
        found = {step(tensor([1.0])).item() for _call in range(3)}
    assert len(found) == 3


W = tensor([1.0, 2.0, 3.0], requires_grad=True)
MADE_INSIDE = {
    "a constant, detached": lambda x: ((W * x - tg.zeros_like(W * x).detach()) ** 2).mean(),
    "detached twice": lambda x: (tg.ones(3).detach().detach() * x).sum(),
    "data of a constant, changed": lambda x: (tg.ones(3).data * x + tg.zeros(3).data.add_(2)).sum(),
    "a draw, detached": lambda x: (tg.rand(3).detach() * x).sum(),
    "a draw compared": lambda x: (x * (tg.rand(3) > 0.5).detach()).sum(),
    "a draw as an index": lambda x: x[tg.randperm(3)].cumsum(0)[0],
    "a draw gathered by": lambda x: x.gather(0, tg.randperm(3))[0] * 2,
    "a draw that drops": lambda x: x.masked_fill(tg.rand(3) > 0.5, 0.0).sum(),
    "a constant as an index": lambda x: x[tg.tensor([2, 0])].sum() * 2,
    "places worked out": lambda x: x[tg.arange(3).flip(0)][0],
    "filled in place": lambda x: (lambda b: (b.add_(x), b.detach() * 2)[1].sum())(tg.zeros(3)),
}


@pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
@pytest.mark.parametrize("name", MADE_INSIDE)
def test_what_a_step_makes_by_itself(name):
    step = MADE_INSIDE[name]
    compiled = compile(step)
    found = []
    for each in (compiled, step):
        tg.manual_seed(1)
        found.append([each(tensor([1.0, 2.0, 4.0]) * i).item() for i in (1, 2, 3, 4)])
    assert found[0] == pytest.approx(found[1], rel=1e-6)
