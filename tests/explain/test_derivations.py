"""The chain rule written out, and the course's equations, against the engine's gradients."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

from tinygrad_fr import Scalar, nn, tensor
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import course_equations, derive, observed, walk
from tinygrad_fr.explain.equations import course as course_module
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue

MODELS = Catalogue()


def test_the_neuron_derived():
    w1, *_others = derive(observed(MODELS.load("neuron")).graph)
    assert str(w1).splitlines() == [
        "∂L/∂w₁ = ∂L/∂error × ∂error/∂a × ∂a/∂z × ∂z/∂total × ∂total/∂weighted1 × ∂weighted1/∂w₁",
        "       = (error + error) × 1 × (1 − a × a) × 1 × 1 × x₁",
        "       = −3.030 × 1 × 0.735 × 1 × 1 × 2",
        "       = −4.452",
    ]
    assert w1.latex.startswith(r"\begin{aligned} \frac{\partial L}{\partial w_{1}} &= ")
    rows = [element for element in ET.fromstring(w1.mathml).iter() if element.tag.endswith("mtr")]
    assert len(rows) == 4


def test_several_ways_add_up():
    x = Scalar(2.0, name="x")
    loss = x * 3 + x.relu() * x
    (found,) = derive(loss)
    loss.backward()
    assert found.lines[0].plain.count(" + ") == 2  # x × 3, the rectifier, and the factor beside it
    assert found.lines[-1].plain == "7"
    assert x.grad == 7.0
    assert "3 + " in found.lines[2].plain


def test_one_step_has_nothing_to_chain():
    x = Scalar(3.0, name="x")
    (found,) = derive(x * x)
    assert str(found) == "∂L/∂x = x + x\n      = 6"


def test_too_many_ways_are_counted_and_refused():
    x = Scalar(1.0, name="x")
    y = x
    for _doubling in range(22):
        y = y.tanh() + y.relu()
    with pytest.raises(UsageError, match="4,194,304 ways lead from the loss to x, more than the 16"):
        derive(y)


def test_whole_arrays_are_derived_as_symbols():
    weight = tensor(np.ones((2, 2), np.float32), requires_grad=True, name="W")
    (found,) = derive((tensor([[1.0, 2.0]]) @ weight).sum())
    assert [line.plain for line in found.lines] == ["∂L/∂z₁ × ∂z₁/∂W"]


# The course


def mlp(activation, loss, batch, sizes=(3, 4, 2)):
    x = tensor(np.random.default_rng(0).normal(size=(batch, sizes[0])))
    layers = [nn.Linear(a, b).double() for a, b in pairwise(sizes)]
    a = x
    for layer in layers[:-1]:
        a = activation(layer(a))
    return loss(layers[-1](a), batch), layers


def cross_entropy(z, batch):
    return F.cross_entropy(z, tensor(np.arange(batch) % 2))


def squared(z, batch):
    return (z.sigmoid() - 0.5).square().mean()


@pytest.mark.parametrize("activation", [F.sigmoid, F.tanh, F.relu])
@pytest.mark.parametrize("loss", [cross_entropy, squared])
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 2), (3, 5, 4, 2)])
def test_the_engine_gives_what_equations_1_to_7_give(activation, loss, batch, sizes):
    value, layers = mlp(activation, loss, batch, sizes)
    found = course_equations(value, lr=0.25)
    assert found.agree
    assert {equation.number for equation in found} == {1, 2, 3, 5, 6, 7} | ({4} if len(layers) > 1 else set())
    value.backward()
    by_hand = {(each.number, each.layer): each.by_hand for each in found if each.number in (5, 6)}
    for n, layer in enumerate(layers, 1):
        assert np.allclose(by_hand[5, n], layer.weight.grad.detach().numpy(), atol=1e-6)
        assert np.allclose(by_hand[6, n], layer.bias.grad.detach().numpy(), atol=1e-6)


def test_a_wrong_slope_is_noticed(monkeypatch):
    """Without σ′ in (4), equations (4) to (7) of the first layer differ from the engine's."""
    monkeypatch.setattr(course_module, "_slope", lambda _graph, layer: np.ones_like(layer.z.value))
    found = course_equations(mlp(F.tanh, cross_entropy, 3)[0])
    assert not found.agree
    assert {(each.number, each.layer) for each in found if not each.agrees} == {(n, 1) for n in (4, 5, 6, 7)}
    assert "different, by" in str(found)


def test_a_layer_without_bias_has_no_equation_6():
    loss = F.cross_entropy(nn.Linear(2, 2, bias=False)(tensor([[1.0, 2.0]])), tensor([0]))
    found = course_equations(walk(loss).graph)
    assert found.agree
    assert [each.number for each in found] == [1, 2, 3, 5, 7]


def test_a_run_that_is_no_chain_of_layers_says_so():
    with pytest.raises(UsageError, match="layers one after the other"):
        course_equations(observed(MODELS.load("neuron")))
    with pytest.raises(UsageError, match="layers one after the other"):
        course_equations(observed(MODELS.load("lstm")))


def test_the_equations_say_themselves():
    text = str(course_equations(observed(MODELS.load("mlp"))))
    assert "(3)  δ⁽²⁾ = p − y" in text
    assert "(4)  δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ ⊙ σ′(z⁽¹⁾)" in text
    assert "the same" in text
