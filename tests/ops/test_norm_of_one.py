"""The norm of one element is its size, whatever the order is: nothing overflows on the way, and nan is no exception."""

import math

import pytest

import tinygrad_fr as tg


@pytest.mark.parametrize("order", [math.nan, 1000.0, -1000.0, math.inf, -math.inf, -2.0, 0.5, 1, 2, 3])
def test_the_norm_of_one_element(order):
    assert tg.linalg.vector_norm(tg.tensor([[-4.5], [2.0]]), order, dim=1).tolist() == [4.5, 2.0]
    assert tg.linalg.vector_norm(tg.tensor(-3.0), order).item() == 3.0


def test_the_norm_of_several():
    assert math.isnan(tg.linalg.vector_norm(tg.ones(2), math.nan))
    assert tg.linalg.vector_norm(tg.tensor([[-4.5], [0.0]]), 0, dim=1).tolist() == [1.0, 0.0]
