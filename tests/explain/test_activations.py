"""Activation functions: slopes against central differences, zones against what algebra says."""

import math

import numpy as np
import pytest

from tinygrad_fr.draw import activations_diagram
from tinygrad_fr.explain import FUNCTIONS, activation
from tinygrad_fr.explain.lenses.activations import LEAST

STEP = 0.02  # between abscissas


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_those_of_the_values(name):
    found = activation(name)
    smooth = np.abs(found.x[1:-1]) > STEP  # away from a kink, which is at 0 if anywhere
    middle = (found.y[2:] - found.y[:-2]) / (2 * STEP)
    assert found.slope[1:-1][smooth] == pytest.approx(middle[smooth], abs=2e-4)


def test_slopes_and_saturation_are_those_of_the_formulas():
    root = math.sqrt(1 - 4 * LEAST)  # σ(1 − σ) = 0.05 at σ = (1 ± root) / 2
    ends = {
        "sigmoid": (0.25, 0.0, math.log((1 + root) / (1 - root)), True),
        "tanh": (1.0, 0.0, math.atanh(math.sqrt(1 - LEAST)), True),
        "relu": (1.0, None, 0.0, False),
        "elu": (1.0, None, -math.log(LEAST), False),
        "softplus": (1.0, None, math.log(1 / LEAST - 1), False),
        "gelu": (1.1289, math.sqrt(2), None, False),
    }
    for name, (largest, place, edge, both) in ends.items():
        found = activation(name)
        assert found.steepest[0] == pytest.approx(largest, abs=1e-4)
        assert found.steepest[1] == pytest.approx(place, abs=STEP) if place is not None else found.steepest[1] is None
        below, above = found.saturated
        if edge is not None:
            assert below == pytest.approx(-edge, abs=STEP)
        assert (above is not None) == both
        if both:
            assert above == pytest.approx(edge, abs=STEP)


def test_a_leaky_relu_saturates_nowhere():
    found = activation("leaky_relu")
    assert found.saturated == (None, None)
    assert found.sentence() == "largest slope 1.00; saturates nowhere: slope 0.01 at least"


def test_a_slope_that_passes_through_zero_is_no_saturation():
    silu = activation("silu")
    crossing = silu.x[np.argmin(np.abs(np.where(silu.x > -3, silu.slope, 1)))]
    assert crossing == pytest.approx(-1.278, abs=STEP)
    assert silu.saturated[0] < -4


def test_tanh_is_a_sigmoid_stretched():
    """Tanh z = 2 σ(2z) − 1."""
    sigmoid, tanh = activation("sigmoid"), activation("tanh")
    inner = np.abs(tanh.x) <= 20
    twice = np.interp(2 * tanh.x[inner], sigmoid.x, sigmoid.y)
    assert tanh.y[inner] == pytest.approx(2 * twice - 1, abs=1e-12)


def test_softmax_of_two_classes_is_a_sigmoid():
    softmax, sigmoid = activation("softmax"), activation("sigmoid")
    assert softmax.y == pytest.approx(sigmoid.y, abs=1e-12)
    assert softmax.slope == pytest.approx(sigmoid.slope, abs=1e-12)


def test_every_zone_is_shaded():
    shaded = {
        name: sum(mark.tooltip == "saturated" for mark in activations_diagram([activation(name)]).marks)
        for name in FUNCTIONS
    }
    assert shaded == {
        "sigmoid": 2, "tanh": 2, "relu": 1, "leaky_relu": 0, "elu": 1, "gelu": 1, "silu": 1, "softplus": 1, "softmax": 2,
    }  # fmt: skip
