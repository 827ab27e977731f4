"""An optimizer's kernels give the bits of its plain equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr import optim, tensor
from tinygrad_fr.optim import formula

MAKERS = {
    "SGD": lambda p: optim.SGD(p, 0.1, weight_decay=0.1),
    "momentum": lambda p: optim.SGD(p, 0.1, momentum=0.9, dampening=0.3),
    "Nesterov": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True, maximize=True),
    "Adam": lambda p: optim.Adam(p, 0.1, weight_decay=0.1),
    "AMSGrad": lambda p: optim.Adam(p, 0.1, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, 0.1),
    "Adagrad": lambda p: optim.Adagrad(p, 0.1, lr_decay=0.1),
    "RMSprop": lambda p: optim.RMSprop(p, 0.1, centered=True),
    "RMSprop with momentum": lambda p: optim.RMSprop(p, 0.1, momentum=0.5, weight_decay=0.1),
}


def trained(make, dtype, seed, shape):
    chance = np.random.default_rng(seed)
    w = tensor(chance.normal(size=shape).astype(dtype), requires_grad=True)
    optimizer = make([w])
    for _ in range(4):
        w.grad = tensor((chance.normal(size=shape) * 10.0 ** chance.integers(-6, 6)).astype(dtype))
        optimizer.step()
    return w.detach().numpy()


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=20, deadline=None)
@given(dtype=st.sampled_from([np.float32, np.float64]), seed=st.integers(0, 99), shape=st.sampled_from([(1,), (40, 5)]))
def test_kernels_give_the_bits_of_the_equations(name, dtype, seed, shape):
    wanted = trained(MAKERS[name], dtype, seed, shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formula, "KERNEL_SIZE", 1)
        found = trained(MAKERS[name], dtype, seed, shape)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.fast("which kernels are chosen")
def test_large_parameters_take_the_kernels(monkeypatch):
    """What is compared above is not the same way twice."""
    from tinygrad_fr.kernels import elementwise

    asked = []
    kernel = elementwise.kernel
    monkeypatch.setattr(elementwise, "kernel", lambda *said: asked.append(said) or kernel(*said))
    monkeypatch.setattr(formula, "KERNEL_SIZE", 1)
    monkeypatch.setattr(optim.sgd, "_MOVED", formula.Formula("w - lr * g", "w", "g", "lr"))
    trained(MAKERS["SGD"], np.float32, 0, (3,))
    assert (("w", "g", "lr"), "w - lr * g") in asked


@pytest.mark.parametrize("size", [3, 40_000])
def test_a_rate_of_numpys_leaves_the_parameters_type_alone(size):
    w = tensor(np.ones(size, np.float32), requires_grad=True)
    w.grad = tensor(np.ones(size, np.float32))
    optim.SGD([w], np.float64(0.5)).step()
    assert w.dtype == np.float32
    assert w.detach().numpy()[0] == 0.5
