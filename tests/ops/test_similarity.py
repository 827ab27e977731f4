"""The cosine of an angle where a vector is shorter than eps: PyTorch's numbers, by the shortcut and by the equations."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F


def test_of_two_numbers():
    x, y = tg.tensor(3.0, requires_grad=True), tg.tensor(-2.0)
    found = F.cosine_similarity(x, y, dim=0)
    found.backward()
    assert found.shape == x.grad.shape == ()
    assert found.item() == -1.0
    assert x.grad.item() == 0.0


@pytest.mark.parametrize("distances", [(), ("op", "equation")], ids=["shortcut", "equations"])
@pytest.mark.parametrize(("vector", "value", "first", "second"), [
    ([3.0, 4.0], 0.9838699100999074, [-0.028621670111997302, 0.021466252583997952], [0.07155417527999322, -0.03577708763999665]),
    ([3e-10, 4e-10], 0.049193495504995376, [41769749.819696076, 85507239.45959195], [0.0035777087639996645, -0.0017888543819998305]),
    ([0.0, 0.0], 0.0, [44721359.5499958, 89442719.0999916], [0.0, 0.0]),
])  # fmt: skip
def test_vectors_of_any_length(vector, value, first, second, distances):
    x, y = (
        tg.tensor([vector], dtype=tg.float64, requires_grad=True),
        tg.tensor([[1.0, 2.0]], dtype=tg.float64, requires_grad=True),
    )
    with tg.opened(*distances):
        found = F.cosine_similarity(x, y)
    found.sum().backward()
    np.testing.assert_allclose(found.item(), value, rtol=1e-8)
    np.testing.assert_allclose(x.grad.numpy()[0], first, rtol=1e-8)
    np.testing.assert_allclose(y.grad.numpy()[0], second, rtol=1e-7)
