"""Our models reach the score of their recipe, over three seeds, and train the same way twice."""

import numpy as np
import pytest

from tinygrad_fr import nn
from tinygrad_fr.errors import DataError
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train

NAMES = list(Catalogue().sources)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NAMES)
def test_the_recipe_reaches_its_score(name, seed):
    assert train(Catalogue().load(name), seed=seed).reached


@pytest.mark.parametrize("data", ["xor", "moons"])
def test_the_mlp_learns_its_other_data(data):
    model = Catalogue().load("mlp")
    assert train(model, model.settings.replaced({"data": data})).reached


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_numbers_bit_for_bit(name):
    model = Catalogue().load(name)
    first, second = (train(model, seed=5, epochs=1) for _ in range(2))
    assert [e.loss for e in first.epochs] == [e.loss for e in second.epochs]
    for a, b in zip(first.module.parameters(), second.module.parameters(), strict=True):
        assert np.array_equal(np.asarray(a), np.asarray(b))


def test_a_diverging_training_stops_and_says_where():
    model = Catalogue().load("mlp")
    with pytest.raises(DataError, match=r"diverged: the loss is (nan|inf) at step \d+"):
        train(model, model.settings.replaced({"lr": "3e38"}))


def test_weights_that_do_not_fit_change_nothing():
    layer = nn.Linear(2, 3)
    before = layer.weight.numpy().copy()
    for state, message in (
        ({"weight": np.zeros((3, 2))}, "missing bias"),
        ({"weight": np.zeros((3, 2)), "bias": np.zeros(3), "more": 1}, "unexpected more"),
        ({"weight": np.zeros((2, 2)), "bias": np.zeros(3)}, r"weight weight: expected shape \(3, 2\), got \(2, 2\)"),
    ):
        with pytest.raises(DataError, match=message):
            layer.load_state_dict(state)
    assert np.array_equal(layer.weight.numpy(), before)
