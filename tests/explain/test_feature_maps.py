"""Filters and feature maps, read off a record."""

import numpy as np
import pytest

from tinygrad_fr.draw import feature_maps_diagram
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import feature_maps, observed
from tinygrad_fr.plugins import Catalogue


def test_a_map_is_the_image_correlated_with_its_filter():
    run = observed(Catalogue().load("lenet"))
    first = feature_maps(run)[0]
    assert first.maps.shape == (6, 28, 28)
    windows = np.lib.stride_tricks.sliding_window_view(first.image[0], (5, 5))
    for number in range(6):
        expected = (windows * first.filters[number, 0]).sum(axis=(2, 3)) + run.module.c1.bias.detach().numpy()[number]
        assert np.allclose(first.maps[number], expected, atol=1e-5)


def test_every_convolution_is_there_in_order():
    found = feature_maps(observed(Catalogue().load("lenet")))
    assert [each.path.split("/")[-1] for each in found] == ["c1", "c3", "c5"]
    assert [each.filters.shape for each in found] == [(6, 1, 5, 5), (16, 6, 5, 5), (120, 16, 5, 5)]
    strengths = np.abs(found[1].maps).max(axis=(1, 2))
    chosen = found[1].strongest(4)
    assert min(strengths[chosen]) >= max(np.delete(strengths, chosen))


def test_the_picture_shows_each_layer():
    found = feature_maps(observed(Catalogue().load("lenet")))
    texts = [mark.text for mark in feature_maps_diagram("LeNet", found).marks]
    assert all(each.path in texts for each in found)


def test_a_model_without_convolutions_says_so():
    with pytest.raises(UsageError, match="model “mlp” has no convolution; try lenet or resnet"):
        feature_maps(observed(Catalogue().load("mlp")))
